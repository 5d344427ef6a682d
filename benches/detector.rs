//! Speed of the detector on one core: prompts of 175 bytes and 2 KB, long
//! texts, a form full of findings, growth from 1 KB to 1 MB; and, in the same
//! run, an alternation of thirty expressions over the same texts, so that
//! figures of two machines can be compared by their ratios.
//! `cargo bench --bench detector [FILE]`; without a file, the texts of
//! `tests/corpus` one after the other.

use gardefou::detector::{Detector, Scratch};
use regex::bytes::Regex;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Scans of one size, at least.
const ROUNDS: usize = 3_000;
/// And no longer than this.
const PATIENCE: Duration = Duration::from_secs(4);

fn main() {
    let file = std::env::args().nth(1).filter(|argument| !argument.starts_with("--"));
    let text = match file {
        Some(path) => std::fs::read_to_string(path).expect("a readable UTF-8 file"),
        None => corpus(),
    };
    let start = Instant::now();
    let (detector, mut scratch) = (Detector::builtin(), Scratch::default());
    let first = detector.scan("M. Roux", &mut scratch).map(|found| found.len());
    println!("first scan {:?}, tables included ({first:?} finding)", start.elapsed());
    let mut scan = |piece: &str| detector.scan(piece, &mut scratch).map_or(0, |found| found.len());
    let expressions = Regex::new(EXPRESSIONS).expect("expressions that were tried");
    let search = |piece: &str| expressions.find_iter(piece.as_bytes()).count();
    for size in [175, 2 << 10, 20 << 10, 1 << 20] {
        compare(&format!("{size} bytes"), &pieces(&text, size), &mut scan, &search);
    }
    compare("2 KB, dense", &pieces(FORM, 2 << 10), &mut scan, &search);
    for (name, text) in [("text", text.as_str()), ("dense", FORM)] {
        growth(name, text, &mut scan);
    }
}

/// Measures the detector and the expressions on the same pieces.
fn compare(name: &str, pieces: &[String], scan: &mut impl FnMut(&str) -> usize, search: &impl Fn(&str) -> usize) {
    let ours = measure(name, pieces, scan);
    let theirs = measure("  expressions", pieces, &mut |piece| search(piece));
    println!("{:>16}  {:.2} times the expressions", "speed", ours / theirs);
}

/// Times one pass after the other over the pieces; prints and returns MB/s.
fn measure(name: &str, pieces: &[String], scan: &mut impl FnMut(&str) -> usize) -> f64 {
    let mut times = Vec::with_capacity(ROUNDS);
    let mut findings = 0;
    let began = Instant::now();
    for piece in pieces.iter().cycle().take(ROUNDS) {
        let start = Instant::now();
        findings += black_box(scan(black_box(piece)));
        times.push(start.elapsed());
        if began.elapsed() > PATIENCE {
            break;
        }
    }
    let total: Duration = times.iter().sum();
    let bytes = pieces.iter().map(String::len).cycle().take(times.len()).sum::<usize>();
    let speed = bytes as f64 / total.as_secs_f64() / 1e6;
    times.sort_unstable();
    println!(
        "{name:>16}: median {:>9.1?}  p99 {:>9.1?}  {speed:>6.1} MB/s  {:>5.1} findings a scan",
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        findings as f64 / times.len() as f64,
    );
    speed
}

/// How the time of a text grows with its length: the same megabytes in pieces
/// of each length, the best of three passes. One piece over and over would
/// flatter the short ones, which a processor learns by heart.
fn growth(name: &str, text: &str, scan: &mut impl FnMut(&str) -> usize) {
    print!("growth of {name} from 1 KB to 1 MB, a doubling:");
    let long = text.repeat((4 << 20) / text.len() + 2);
    let mut before = None;
    for size in (10..=20).map(|power| 1 << power) {
        let mut pieces = pieces(&long, size);
        pieces.truncate((4 << 20) / size);
        let passes = (0..3).map(|_| {
            let start = Instant::now();
            for piece in &pieces {
                black_box(scan(black_box(piece)));
            }
            start.elapsed().as_secs_f64() / pieces.len() as f64
        });
        let best = passes.fold(f64::MAX, f64::min);
        if let Some(before) = before.replace(best) {
            print!(" {:.2}", best / before);
        }
    }
    println!();
}

/// The templates of the corpus, values left out.
fn corpus() -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    ["harmless", "generic", "situations"]
        .map(|name| std::fs::read_to_string(format!("{folder}/{name}.txt")).expect("a file of the repository"))
        .concat()
}

/// Texts of about this size, cut from `text` over and over.
fn pieces(text: &str, size: usize) -> Vec<String> {
    let long = text.repeat(size / text.len() + 2);
    let mut pieces = Vec::new();
    let mut at = 0;
    while at + size < long.len() && pieces.len() < 4_000 {
        let end = long.ceil_char_boundary(at + size);
        pieces.push(long[at..end].to_owned());
        at = end;
    }
    pieces
}

/// Someone who does not exist, with all that a form asks.
const FORM: &str = "\
Bénéficiaire : Mme Sylvie GARCIN, née le 12/03/1951 à Manosque
N° de sécurité sociale : 2 51 03 04 112 034 89
Adresse : 14 rue des Lavandes, 04100 Manosque
Téléphone : 06 12 34 56 78 - Courriel : sylvie.garcin@orange.fr
IBAN : FR76 3000 6000 0112 3456 7890 189 - Immatriculation : AB-123-CD
Situation : Mme Garcin est atteinte de la maladie de Parkinson. Son fils, Karim Benali, touche le RSA.

";

/// Thirty expressions over ASCII, as one would write them for these data.
const EXPRESSIONS: &str = r"(?x-u)
    \b[12]\ ?[0-9]{2}\ ?[0-9]{2}\ ?[0-9AB]{2}\ ?[0-9]{3}\ ?[0-9]{3}(?:\ ?[0-9]{2})?\b
  | \b0[1-9](?:[ .-]?[0-9]{2}){4}\b
  | \+33\ ?[1-9](?:[ .-]?[0-9]{2}){4}\b
  | \b0033[1-9][0-9]{8}\b
  | [A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}\.[A-Za-z]{2,10}
  | \bFR[0-9]{2}(?:\ ?[0-9A-Z]{4}){5}\ ?[0-9A-Z]{3}\b
  | \b[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}\b
  | \b4[0-9]{3}(?:[ -]?[0-9]{4}){3}\b
  | \b5[1-5][0-9]{2}(?:[ -]?[0-9]{4}){3}\b
  | \b3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}\b
  | \b[A-Z]{2}-[0-9]{3}-[A-Z]{2}\b
  | \b[0-9]{1,4}\ [A-Z]{1,3}\ [0-9]{2}\b
  | \b[0-9]{2}[/.-][0-9]{2}[/.-](?:19|20)[0-9]{2}\b
  | \b(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}\b
  | \b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b
  | \b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b
  | \b[0-9]{3}\ ?[0-9]{3}\ ?[0-9]{3}\ ?[0-9]{5}\b
  | \b[0-3][0-9]\ [0-9]{2}\ [0-9]{3}\ [0-9]{3}\ [0-9]{3}\b
  | \b[0-9]{2}[A-Z]{2}[0-9]{5}\b
  | \b[0-9]{10}[A-Z]\b
  | \b[0-9]{1,4}(?:\ bis|\ ter)?,?\ (?:rue|avenue|chemin|place)\ [A-Za-z' -]{3,40}
  | \b[0-9]{5}\ [A-Z][A-Za-z-]{2,30}
  | \b(?:M|Mme|Mlle|Dr|Me)\.?\ [A-Z][A-Za-z-]{1,30}
  | \b[Mm]atricule\ ?:?\ ?[0-9A-Z]{4,12}
  | \b[Mm]ot\ de\ passe\ ?:\ ?[^\ \n]{4,40}
  | \bAKIA[0-9A-Z]{16}\b
  | \bgh[oprsu]_[0-9A-Za-z]{30,40}\b
  | \bsk-[0-9A-Za-z_-]{20,80}\b
  | \beyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}
  | -----BEGIN\ [A-Z\ ]{0,20}PRIVATE\ KEY-----
";
