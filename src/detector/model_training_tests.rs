//! How the model learns: an averaged perceptron over the words of a text where
//! persons are marked. Run by `data/train.py`.

use super::super::scan::Reading;
use super::super::{Buffers, Detector};
use super::*;

/// Times that the whole text is read.
const EPOCHS: usize = 8;
/// One name in so many is shown as if nobody had heard of it.
const UNHEARD: u64 = 5;

/// A text that was read, and which of its capitalised words are of persons.
struct Lesson {
    reading: Reading,
    candidates: Vec<Candidate>,
    /// The person that each candidate is of, from 1 on; 0 for none.
    persons: Vec<usize>,
}

/// A text without its marks, and where its persons are.
fn unmark(line: &str) -> (String, Vec<(usize, usize)>) {
    let (mut text, mut persons, mut open) = (String::new(), Vec::new(), 0);
    for c in line.chars() {
        match c {
            '\u{1}' => text.push('\n'),
            '\u{2}' => open = text.len(),
            '\u{3}' => persons.push((open, text.len())),
            _ => text.push(c),
        }
    }
    (text, persons)
}

fn lesson(detector: &Detector, line: &str) -> Lesson {
    let (text, marks) = unmark(line);
    let mut buffers = Buffers::default();
    detector.identify(&text, &mut buffers);
    let Buffers { reading, mut found, .. } = buffers;
    super::super::overlap::resolve(&mut found);
    let mut candidates = Vec::new();
    gather(&reading.view(), &found, &mut candidates);
    let persons = candidates.iter().map(|c| {
        let token = reading.view().tokens[c.token];
        let (start, end) = reading.folded.original(&text, token.start, token.end);
        let inside = |&(from, to): &(usize, usize)| from <= start as usize && end as usize <= to;
        marks.iter().position(inside).map_or(0, |person| person + 1)
    });
    let persons = persons.collect();
    Lesson {
        reading,
        candidates,
        persons,
    }
}

/// A sequence of numbers that looks random and is the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

struct Perceptron {
    weights: Vec<f32>,
    totals: Vec<f32>,
    seen: f32,
}

impl Perceptron {
    fn score(&self, features: &[u32]) -> f32 {
        features.iter().map(|&f| self.weights[f as usize]).sum()
    }

    fn learn(&mut self, features: &[u32], by: f32) {
        for &f in features {
            self.weights[f as usize] += by;
            self.totals[f as usize] += by * self.seen;
        }
    }

    /// Learns one text; returns how many words it judged wrongly.
    fn read(&mut self, lesson: &mut Lesson, dice: &mut Dice) -> usize {
        let view = lesson.reading.view();
        let mut candidates = lesson.candidates.clone();
        let (mut person, mut unheard) = (0, false);
        for (candidate, &of) in candidates.iter_mut().zip(&lesson.persons) {
            if of != person {
                (person, unheard) = (of, of > 0 && dice.roll().is_multiple_of(UNHEARD));
            }
            if unheard {
                (candidate.known, candidate.ruled) = (Known::default(), 0);
            }
        }
        let mut wrong = 0;
        for n in 0..candidates.len() {
            if !candidates[n].open {
                continue;
            }
            let features = features(&view, &candidates, n);
            let (truth, score) = (lesson.persons[n] > 0, self.score(&features));
            candidates[n].person = score > 0.0;
            self.seen += 1.0;
            let sign = if truth { 1.0 } else { -1.0 };
            if score * sign <= MARGIN {
                self.learn(&features, sign);
                wrong += usize::from(candidates[n].person != truth);
            }
        }
        wrong
    }

    /// The mean of the weights over all that was seen, as bytes.
    fn average(&self) -> Vec<u8> {
        let mean: Vec<f32> = self
            .weights
            .iter()
            .zip(&self.totals)
            .map(|(w, t)| w - t / self.seen)
            .collect();
        let mut sizes: Vec<f32> = mean.iter().map(|w| w.abs()).filter(|w| *w > 0.0).collect();
        sizes.sort_by(f32::total_cmp);
        let largest = sizes[sizes.len() * 999 / 1000];
        println!("{} weights, largest {largest}", sizes.len());
        mean.iter()
            .map(|w| (w / largest * 127.0).round().clamp(-127.0, 127.0) as i8 as u8)
            .collect()
    }
}

/// A word judged rightly by less than this is learnt all the same.
const MARGIN: f32 = 2.0;

#[test]
#[ignore = "writes data/persons.bin; run by data/train.py"]
fn learns_the_names_of_persons() {
    #[expect(clippy::disallowed_methods, reason = "data/train.py has no other way to tell a test")]
    let path = std::env::var("MARKED_TEXT").expect("data/train.py tells the text");
    let text = std::fs::read_to_string(path).expect("the text is there");
    let detector = Detector::builtin();
    let mut lessons: Vec<Lesson> = text.lines().map(|line| lesson(&detector, line)).collect();
    let mut dice = Dice(7);
    let mut perceptron = Perceptron {
        weights: vec![0.0; 1 << BITS],
        totals: vec![0.0; 1 << BITS],
        seen: 0.0,
    };
    for epoch in 1..=EPOCHS {
        let mut wrong = 0;
        for n in (1..lessons.len()).rev() {
            lessons.swap(n, dice.roll() as usize % (n + 1));
        }
        for lesson in &mut lessons {
            wrong += perceptron.read(lesson, &mut dice);
        }
        println!("epoch {epoch}: {wrong} words wrong");
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/persons.bin");
    std::fs::write(path, perceptron.average()).expect("data/ can be written");
}
