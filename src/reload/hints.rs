//! What the operating system tells of the policy's folder: that something happened, and whether a program that wrote to
//! the file has it open still. Hints only: without them the file is looked at all the same.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, ModifyKind},
};
use tokio::sync::Notify;

use super::signatures_of;

/// The folder of the policy, and that of the file it is a link to.
pub(super) struct Hints {
    path: PathBuf,
    heard: Arc<Heard>,
    /// Folders that are watched, by device and inode: another folder may take the place of one.
    folders: Vec<(PathBuf, u64, u64)>,
    watcher: Option<RecommendedWatcher>,
}

#[derive(Default)]
struct Heard {
    something: Notify,
    /// Files that somebody wrote to and has not closed.
    open: Mutex<BTreeSet<OsString>>,
    lost: AtomicBool,
}

impl Hints {
    pub(super) fn new(path: &Path) -> Self {
        let mut hints = Self {
            path: path.to_owned(),
            heard: Arc::default(),
            folders: Vec::new(),
            watcher: None,
        };
        hints.follow();
        hints
    }

    /// Something happened to the policy or to its signatures.
    pub(super) async fn something(&self) {
        self.heard.something.notified().await;
    }

    /// A program that wrote to the policy or to its signatures has it open still.
    pub(super) fn somebody_writes(&self) -> bool {
        !self
            .heard
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    /// Watches the folders that the path leads to now.
    pub(super) fn follow(&mut self) {
        let (folders, names) = places(&self.path);
        if folders == self.folders && !self.heard.lost.swap(false, Ordering::Relaxed) {
            return;
        }
        // What was heard of other folders says nothing of these.
        self.heard = Arc::default();
        self.watcher = match watcher(&folders, names, self.heard.clone()) {
            Ok(watcher) => Some(watcher),
            Err(error) => {
                tracing::warn!(%error, "the policy's folder cannot be watched; the file is looked at instead");
                None
            }
        };
        self.folders = folders;
    }
}

/// The folders, and the names in them that matter.
fn places(path: &Path) -> (Vec<(PathBuf, u64, u64)>, BTreeSet<OsString>) {
    let files = [path.to_owned(), signatures_of(path)];
    let leads_to = files.iter().filter_map(|file| fs::canonicalize(file).ok());
    let (mut folders, mut names) = (BTreeSet::new(), BTreeSet::new());
    for file in files.iter().cloned().chain(leads_to) {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")));
        folders.extend(folder.ok().and_then(|folder| {
            let metadata = fs::metadata(&folder).ok()?;
            Some((folder, metadata.dev(), metadata.ino()))
        }));
        names.extend(file.file_name().map(ToOwned::to_owned));
    }
    (folders.into_iter().collect(), names)
}

fn watcher(
    folders: &[(PathBuf, u64, u64)],
    names: BTreeSet<OsString>,
    heard: Arc<Heard>,
) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event| hear(event, &names, &heard))?;
    for (folder, ..) in folders {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

fn hear(event: notify::Result<Event>, names: &BTreeSet<OsString>, heard: &Heard) {
    let mut open = heard.open.lock().unwrap_or_else(PoisonError::into_inner);
    let Ok(event) = event else {
        return heard.something.notify_one();
    };
    if event.need_rescan() {
        // Events were lost, the closing of a file perhaps among them.
        open.clear();
        heard.lost.store(true, Ordering::Relaxed);
        return heard.something.notify_one();
    }
    for name in event.paths.iter().filter_map(|path| path.file_name()) {
        if !names.contains(name) {
            continue;
        }
        match event.kind {
            EventKind::Modify(ModifyKind::Data(_)) => {
                open.insert(name.to_owned());
            }
            EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Remove(_)
            | EventKind::Modify(ModifyKind::Name(_)) => {
                open.remove(name);
            }
            // Our own reading is told here too.
            EventKind::Access(_) => continue,
            _ => {}
        }
        heard.something.notify_one();
    }
}
