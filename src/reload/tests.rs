//! Ways in which people, editors and machines save a file, and what must not be taken for a save. On real files, since
//! the file system is what this room is about.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::symlink,
    sync::{Arc, Mutex},
};

use super::*;
use crate::domain::NotText;

/// Far more than a save takes on a loaded machine.
const SOON: Duration = Duration::from_secs(20);
/// Long enough for a save to be handed over, were it taken for one.
const A_WHILE: Duration = Duration::from_millis(1_200);

struct Desk {
    folder: PathBuf,
    handed: Arc<Mutex<Vec<Found>>>,
    ask: mpsc::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Desk {
    /// A folder with a policy `one`, watched.
    async fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("gardefou-reload-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(folder.join("config")).unwrap();
        let path = folder.join("config/policy.toml");
        fs::write(&path, "one").unwrap();
        Self::over(folder, path).await
    }

    async fn over(folder: PathBuf, path: PathBuf) -> Self {
        let handed = Arc::<Mutex<Vec<Found>>>::default();
        let (ask, again) = mpsc::channel(1);
        let (known, list) = (read(&path), handed.clone());
        let task = tokio::spawn(watch(path, known, again, move |found| {
            list.lock().unwrap().push(found);
            std::future::ready(())
        }));
        // It looks from its first pause on.
        tokio::time::sleep(LOOK * 2).await;
        Self {
            folder,
            handed,
            ask,
            task,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("config/policy.toml")
    }

    fn all(&self) -> Vec<Result<String, Unreadable>> {
        let all = self.handed.lock().unwrap();
        all.iter().map(|found| found.clone().map(|saved| saved.text)).collect()
    }

    /// Waits until this was handed over, and says after how long.
    async fn hears(&self, expected: Result<&str, Unreadable>) -> Duration {
        let since = Instant::now();
        while self.all().last() != Some(&expected.map(str::to_owned)) {
            assert!(since.elapsed() < SOON, "{expected:?} never came, but {:?}", self.all());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        since.elapsed()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.task.abort();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn a_save_is_seen_however_it_is_made() {
    let desk = Desk::new().await;
    let path = desk.path();
    // In place, by a new file in its place, by deleting it first; and twice the same way.
    for round in 0..3 {
        let text = |way: &str| format!("{way} {round}");
        fs::write(&path, text("in place")).unwrap();
        desk.hears(Ok(&text("in place"))).await;
        fs::write(path.with_extension("new"), text("in its place")).unwrap();
        fs::rename(path.with_extension("new"), &path).unwrap();
        desk.hears(Ok(&text("in its place"))).await;
        fs::remove_file(&path).unwrap();
        fs::write(&path, text("anew")).unwrap();
        desk.hears(Ok(&text("anew"))).await;
    }
    // On a machine that stands still between a deletion and what follows, the file is missing indeed.
    let all = desk.all().into_iter().filter(Result::is_ok).count();
    assert_eq!(all, 9, "each once: {:?}", desk.all());
}

#[tokio::test]
async fn links_and_folders_that_are_swapped_are_saves() {
    // As Kubernetes mounts a ConfigMap: policy.toml → ..data/policy.toml, ..data → ..1.
    let folder = std::env::temp_dir().join(format!("gardefou-reload-{}", uuid::Uuid::now_v7()));
    let config = folder.join("config");
    for version in ["1", "2", "3"] {
        fs::create_dir_all(config.join(format!("..{version}"))).unwrap();
        fs::write(config.join(format!("..{version}/policy.toml")), version).unwrap();
    }
    symlink("..1", config.join("..data")).unwrap();
    symlink("..data/policy.toml", config.join("policy.toml")).unwrap();
    let desk = Desk::over(folder.clone(), config.join("policy.toml")).await;
    for version in ["2", "3"] {
        symlink(format!("..{version}"), config.join("..data_tmp")).unwrap();
        fs::rename(config.join("..data_tmp"), config.join("..data")).unwrap();
        desk.hears(Ok(version)).await;
    }
    // What the link leads to is written in place.
    fs::write(config.join("..3/policy.toml"), "3 again").unwrap();
    desk.hears(Ok("3 again")).await;
    // Another folder takes the place of the folder, and a file in it is saved then.
    fs::create_dir(folder.join("other")).unwrap();
    fs::write(folder.join("other/policy.toml"), "elsewhere").unwrap();
    fs::rename(&config, folder.join("old")).unwrap();
    fs::rename(folder.join("other"), &config).unwrap();
    desk.hears(Ok("elsewhere")).await;
    fs::write(config.join("policy.toml"), "here").unwrap();
    desk.hears(Ok("here")).await;
    fs::remove_dir_all(&config).unwrap();
    desk.hears(Err(Unreadable::Missing)).await;
    fs::create_dir(&config).unwrap();
    fs::write(config.join("policy.toml"), "back").unwrap();
    desk.hears(Ok("back")).await;
}

#[tokio::test]
async fn half_a_file_is_no_save() {
    let desk = Desk::new().await;
    // Two halves with a long pause, the file held open.
    let mut file = File::create(desk.path()).unwrap();
    file.write_all(b"first half, ").unwrap();
    tokio::time::sleep(A_WHILE).await;
    file.write_all(b"second half").unwrap();
    drop(file);
    desk.hears(Ok("first half, second half")).await;
    // Two halves with a short pause, the file opened twice; again where this machine made the pause long.
    for round in 0.. {
        let (one, two) = (format!("{round}, "), format!("{round}, and"));
        let since = Instant::now();
        fs::write(desk.path(), &one).unwrap();
        tokio::time::sleep(SETTLE / 5).await;
        let mut file = OpenOptions::new().append(true).open(desk.path()).unwrap();
        file.write_all(b"and").unwrap();
        drop(file);
        let short = since.elapsed() < SETTLE / 2;
        desk.hears(Ok(&two)).await;
        if short {
            assert!(!desk.all().contains(&Ok(one)), "half was handed over: {:?}", desk.all());
            break;
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_says_why_and_once() {
    let desk = Desk::new().await;
    let path = desk.path();
    fs::remove_file(&path).unwrap();
    desk.hears(Err(Unreadable::Missing)).await;
    tokio::time::sleep(A_WHILE).await;
    fs::create_dir(&path).unwrap();
    desk.hears(Err(Unreadable::NotAFile)).await;
    fs::remove_dir(&path).unwrap();
    fs::write(&path, [b'a', 0xff, b'b']).unwrap();
    desk.hears(Err(Unreadable::NotText(NotText { line: 1, column: 2 })))
        .await;
    // 50 MB of which nothing is written.
    File::create(&path).unwrap().set_len(50_000_000).unwrap();
    desk.hears(Err(Unreadable::TooLarge)).await;
    fs::remove_file(&path).unwrap();
    // A link to itself: root may read anything else.
    symlink("policy.toml", &path).unwrap();
    let since = Instant::now();
    while !matches!(desk.all().last(), Some(Err(Unreadable::Refused(_)))) {
        assert!(since.elapsed() < SOON, "{:?}", desk.all());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    fs::remove_file(&path).unwrap();
    fs::write(&path, "one").unwrap();
    desk.hears(Ok("one")).await;
    assert_eq!(desk.all().len(), 6, "{:?}", desk.all());
}

#[tokio::test]
async fn a_pipe_in_the_place_of_the_policy_holds_nobody_up() {
    let desk = Desk::new().await;
    fs::remove_file(desk.path()).unwrap();
    let made = std::process::Command::new("mkfifo").arg(desk.path()).status().unwrap();
    assert!(made.success());
    desk.hears(Err(Unreadable::NotAFile)).await;
}

#[tokio::test]
async fn a_file_that_was_away_for_a_moment_was_not_away() {
    let desk = Desk::new().await;
    let mut moments = 0;
    while moments < 20 {
        let since = Instant::now();
        fs::remove_file(desk.path()).unwrap();
        fs::write(desk.path(), "one").unwrap();
        if since.elapsed() > SETTLE / 2 {
            // This machine stood still: it was away for long.
            desk.handed.lock().unwrap().clear();
            moments = 0;
        }
        moments += 1;
    }
    tokio::time::sleep(A_WHILE).await;
    let gone = desk.all().contains(&Err(Unreadable::Missing));
    assert!(!gone, "{:?}", desk.all());
}

#[tokio::test]
async fn signatures_are_part_of_what_is_saved() {
    let desk = Desk::new().await;
    fs::write(signatures_of(&desk.path()), "a signature").unwrap();
    desk.hears(Ok("one")).await;
    assert_eq!(
        desk.handed.lock().unwrap()[0].as_ref().unwrap().signatures,
        "a signature"
    );
}

#[tokio::test]
async fn who_asks_is_told_at_once_and_of_the_same_too() {
    let desk = Desk::new().await;
    desk.ask.send(()).await.unwrap();
    desk.hears(Ok("one")).await;
    tokio::time::sleep(A_WHILE).await;
    desk.ask.send(()).await.unwrap();
    let since = Instant::now();
    while desk.all().len() < 2 {
        assert!(since.elapsed() < SOON, "{:?}", desk.all());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
