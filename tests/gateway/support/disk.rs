//! A small disk of one's own, that can be filled: a tmpfs with a bound.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::account::Account;

/// The disk. It goes with the value.
pub struct SmallDisk {
    /// The process that mounted it; it lives as long as its standard input.
    holder: Child,
    root: PathBuf,
}

impl SmallDisk {
    /// A disk of so many MiB, that the tests and the account of their servers may write. Root mounts it; others do so
    /// in a namespace of their own, which needs no right, and reach it through `/proc`.
    pub fn of(mib: u32) -> Self {
        let folder = std::env::temp_dir().join(format!("gardefou-disk-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&folder).expect("a folder");
        let mount = format!("mount -t tmpfs -o size={mib}m,mode=0777 none \"$0\" && echo $$ && exec cat");
        let (program, arguments): (&str, &[&str]) = match Account::of_servers() {
            Some(_) => ("sh", &[]),
            None => ("unshare", &["-rm", "sh"]),
        };
        let mut holder = Command::new(program)
            .args(arguments)
            .args(["-c", &mount])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut said = String::new();
        let _ = BufReader::new(holder.stdout.take().expect("its output")).read_line(&mut said);
        let pid: u32 = said.trim().parse().unwrap_or_else(|_| {
            panic!("a small disk needs root, or user namespaces (sysctl kernel.unprivileged_userns_clone=1)")
        });
        let root = match program {
            "sh" => folder,
            _ => PathBuf::from(format!("/proc/{pid}/root{}", folder.display())),
        };
        Self { holder, root }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        let mut ballast = fs::File::create(self.root.join("ballast")).expect("a file");
        for size in [65_536, 4_096, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn free(&self) {
        fs::remove_file(self.root.join("ballast")).expect("the ballast");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What was mounted in the holder's namespace goes with it.
        if !self.root.starts_with("/proc") {
            let _ = Command::new("umount").arg("-l").arg(&self.root).status();
            let _ = fs::remove_dir(&self.root);
        }
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
