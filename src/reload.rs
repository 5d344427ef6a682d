//! The policy file, seen again whenever it is saved: read, tried, and only then put in force.
//!
//! The folder is watched rather than the file, because editors save by putting a new file in the old one's place.
//! A file that cannot be used leaves the last good policy where it is, and says so.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

/// An editor saves in several steps: what follows within this time is the same save.
const SETTLE: Duration = Duration::from_millis(100);
/// Watching may miss a save on a network drive: the file is looked at this often in any case.
const LOOK: Duration = Duration::from_secs(5);

/// Calls `changed` with the text of the file each time it differs from the last, until the task is dropped.
/// `again` asks for a look at once (SIGHUP).
pub async fn watch(path: PathBuf, mut last: String, mut again: mpsc::Receiver<()>, mut changed: impl FnMut(String)) {
    let (seen, mut saves) = mpsc::channel(1);
    // Without a watcher the file is still looked at every few seconds; the log says so.
    let _watcher = match watcher(&path, seen) {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            tracing::warn!(%error, "the policy's folder cannot be watched; it is read every few seconds instead");
            None
        }
    };
    loop {
        tokio::select! {
            Some(()) = saves.recv() => {
                tokio::time::sleep(SETTLE).await;
                while saves.try_recv().is_ok() {}
            }
            Some(()) = again.recv() => last.clear(),
            () = tokio::time::sleep(LOOK) => {}
        }
        match tokio::fs::read_to_string(&path).await {
            Ok(text) if text != last => {
                last.clone_from(&text);
                changed(text);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the policy file cannot be read; the last good policy stays in force"),
        }
    }
}

fn watcher(path: &Path, seen: mpsc::Sender<()>) -> notify::Result<RecommendedWatcher> {
    let name = path.file_name().map(ToOwned::to_owned);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let ours = event.map_or(true, |event| {
            !event.kind.is_access() && event.paths.iter().any(|path| path.file_name() == name.as_deref())
        });
        if ours {
            // Full means that a look is due already.
            let _ = seen.try_send(());
        }
    })?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}
