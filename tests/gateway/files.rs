//! Attached files are read by another process: it is confined, what harms it harms nobody, and it is believed only
//! when it ends well.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use gardefou::reading::{Limits, Reader, Unread};

#[path = "../../src/reading/tests/samples.rs"]
mod samples;

/// The process lives two seconds at most. A debug build hashes and inflates slowly beside it, and other tests use the
/// machine as well: what this bound catches is a reading without end.
const REFUSED_WITHIN: Duration = Duration::from_secs(20);

fn reader() -> Reader {
    Reader::with(
        env!("CARGO_BIN_EXE_gardefou").into(),
        vec!["read-file".into()],
        Limits::default(),
    )
}

/// One that gives a debug build on a busy machine all the time it may need.
fn patient(at_once: usize) -> Reader {
    let limits = Limits {
        at_once,
        deadline: REFUSED_WITHIN,
        patience: 4 * REFUSED_WITHIN,
        ..Limits::default()
    };
    Reader::with(env!("CARGO_BIN_EXE_gardefou").into(), vec!["read-file".into()], limits)
}

/// A process that does this instead of reading.
fn instead(script: &str) -> Reader {
    Reader::with("/bin/sh".into(), vec!["-c".into(), script.into()], Limits::default())
}

#[tokio::test]
async fn a_file_is_read_and_its_words_come_back() {
    let file = samples::docx(&samples::paragraph("Mme &#201;lodie Roux"), &[]);
    let text = patient(4).read(file.into(), Some("lettre.docx")).await.unwrap();
    assert_eq!(text.text, "Mme Élodie Roux\n");
    assert!(
        !format!("{text:?}").contains("Roux"),
        "what is printed holds no word of a file"
    );
}

#[tokio::test]
async fn hostile_files_are_refused_in_time_and_the_next_is_read() {
    let reader = reader();
    for (name, bytes, declared, reasons) in samples::hostile(1) {
        let began = Instant::now();
        let why = reader.read(bytes.into(), declared).await.unwrap_err();
        assert!(reasons.contains(&why.code()) || why == Unread::TooSlow, "{name}: {why}");
        assert!(began.elapsed() < REFUSED_WITHIN, "{name}: {:?}", began.elapsed());
    }
    assert_eq!(reader.read("après".into(), None).await.unwrap().text, "après\n");
}

#[tokio::test]
async fn fifty_megabytes_of_brackets_end_in_time() {
    let began = Instant::now();
    let page = [&b"<html>"[..], &b"<".repeat(50 << 20)].concat();
    assert_eq!(
        reader().read(page.into(), Some("a.html")).await.unwrap_err(),
        Unread::TooLarge
    );
    let page = [&b"<html>"[..], &b"<".repeat(49 << 20)].concat();
    let why = reader().read(page.into(), Some("a.html")).await.unwrap_err();
    assert!(matches!(why, Unread::TooLarge | Unread::TooSlow), "{why}");
    assert!(began.elapsed() < REFUSED_WITHIN);
}

#[tokio::test]
async fn a_process_that_does_not_end_well_is_not_believed() {
    let good = r#"printf '{"Ok":{"kind":"text","text":"a","images":false,"pages":0}}'"#;
    for (script, why) in [
        ("exit 0".to_owned(), Unread::Died),
        ("cat >/dev/null; exit 0".to_owned(), Unread::Died),
        ("cat >/dev/null; kill -9 $$".to_owned(), Unread::Died),
        ("cat >/dev/null; kill -24 $$".to_owned(), Unread::TooSlow),
        ("cat >/dev/null; echo tout va bien".to_owned(), Unread::Died),
        (format!("cat >/dev/null; {good}; exit 1"), Unread::Died),
        (format!("cat >/dev/null; {good}; {good}"), Unread::Died),
        (format!("cat >/dev/null; {good}; sleep 60"), Unread::TooSlow),
        ("sleep 60".to_owned(), Unread::TooSlow),
        ("cat >/dev/null; printf '{\"Err\":\"macro\"}'".to_owned(), Unread::Macro),
    ] {
        let began = Instant::now();
        assert_eq!(
            instead(&script).read("texte".into(), None).await.unwrap_err(),
            why,
            "{script}"
        );
        assert!(began.elapsed() < REFUSED_WITHIN, "{script}");
    }
    let absent = Reader::with("/nowhere/gardefou".into(), Vec::new(), Limits::default());
    assert_eq!(
        absent.read("texte".into(), None).await.unwrap_err(),
        Unread::Unavailable
    );
}

#[tokio::test]
async fn a_process_that_never_stops_talking_is_ended() {
    let why = instead("yes").read("texte".into(), None).await.unwrap_err();
    assert!(matches!(why, Unread::Died | Unread::TooSlow), "{why}");
}

#[tokio::test]
async fn a_file_is_read_once() {
    // Each process would say its own number.
    let reader = instead(r#"cat >/dev/null; printf '{"Ok":{"kind":"text","text":"%s","images":false,"pages":0}}' $$"#);
    let first = reader.read("texte".into(), Some("a.txt")).await.unwrap();
    assert_eq!(reader.read("texte".into(), Some("a.txt")).await.unwrap(), first);
    assert_ne!(
        reader.read("texte".into(), Some("a.pdf")).await.unwrap(),
        first,
        "said to be something else"
    );
    assert_ne!(reader.read("autre".into(), Some("a.txt")).await.unwrap(), first);
}

#[tokio::test]
async fn the_process_has_no_environment_of_ours() {
    let reader = instead(
        r#"cat >/dev/null; printf '{"Ok":{"kind":"text","text":"%s","images":false,"pages":0}}' "[$HOME$USER]""#,
    );
    assert_eq!(reader.read("texte".into(), None).await.unwrap().text, "[]");
}

#[tokio::test]
async fn more_files_than_may_be_read_at_once_wait_their_turn() {
    let reader = std::sync::Arc::new(patient(2));
    let all: Vec<_> = (0..8)
        .map(|at| {
            let reader = std::sync::Arc::clone(&reader);
            tokio::spawn(async move { reader.read(format!("fichier {at}").into(), None).await })
        })
        .collect();
    for (at, one) in all.into_iter().enumerate() {
        assert_eq!(one.await.unwrap().unwrap().text, format!("fichier {at}\n"));
    }
}

#[tokio::test]
async fn an_image_is_read_only_for_those_who_ask_and_where_it_can_be() {
    let image = &b"\x89PNG\r\n\x1a\n and nothing more"[..];
    assert_eq!(
        reader().read(image.into(), Some("a.png")).await.unwrap_err(),
        Unread::Image
    );
    let installed = std::path::Path::new("/usr/bin/tesseract").exists();
    let why = if installed { Unread::Damaged } else { Unread::NoOcr };
    assert_eq!(
        reader().read_with_ocr(image.into(), Some("a.png")).await.unwrap_err(),
        why
    );
}

/// What the system says of a process that waits for its file.
#[cfg(target_os = "linux")]
#[test]
fn the_process_that_reads_can_do_little() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gardefou"))
        .arg("read-file")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let order = br#"{"declared":null,"images":false,"seconds":3}"#;
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(&u32::try_from(order.len()).unwrap().to_be_bytes())
        .unwrap();
    input.write_all(order).unwrap();
    let began = Instant::now();
    let limits = loop {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap_or_default();
        let confined = limits
            .lines()
            .any(|line| line.starts_with("Max open files") && line.contains(" 3 "));
        if confined || began.elapsed() > Duration::from_secs(10) {
            break limits;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(
        limits
            .lines()
            .any(|line| line.starts_with("Max cpu time") && line.contains(" 3 "))
    );
    for (name, most) in [
        ("Max address space", "1073741824"),
        ("Max file size", "0"),
        ("Max core file size", "0"),
        ("Max open files", "3"),
        ("Max processes", "0"),
    ] {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        let said: Vec<&str> = line[name.len()..].split_whitespace().take(2).collect();
        assert_eq!(said, [most, most], "{name}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
