//! Speed of the detector on one core: prompts of 175 bytes and 2 KB, long
//! texts, growth. `cargo bench --bench detector [FILE]`; without a file, the
//! texts of `tests/corpus` one after the other.

use gardefou::detector::{Detector, Scratch};
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
    for size in [175, 2 << 10, 20 << 10, 1 << 20] {
        let pieces = pieces(&text, size);
        let mut times = Vec::with_capacity(ROUNDS);
        let began = Instant::now();
        for piece in pieces.iter().cycle().take(ROUNDS) {
            let start = Instant::now();
            let _ = black_box(detector.scan(black_box(piece), &mut scratch).map(|found| found.len()));
            times.push(start.elapsed());
            if began.elapsed() > PATIENCE {
                break;
            }
        }
        times.sort_unstable();
        let total: Duration = times.iter().sum();
        let bytes = pieces.iter().map(String::len).cycle().take(times.len()).sum::<usize>();
        println!(
            "{size:>8} bytes: median {:>9.1?}  p99 {:>9.1?}  {:>6.1} MB/s",
            times[times.len() / 2],
            times[times.len() * 99 / 100],
            bytes as f64 / total.as_secs_f64() / 1e6
        );
    }
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
