//! The signed heads of this gateway, kept beside the outbox: what the database held at a time, where whoever owns the
//! database cannot change it.
//!
//! `heads.jsonl`: one JSON object a line, oldest first, each synced before the database hears of it. Bounded: the last
//! [`KEPT`] lines, and of older ones the last of each day and those after which the chain went back.

use std::{
    collections::{HashMap, HashSet},
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    file::{beside, sync_folder},
    row::Head,
    signing::{PublicKeys, Signer, Statement, hex, unhex},
};

/// Lines kept whatever their day: a week of signatures every minute.
const KEPT: usize = 10_000;
/// Lines beyond that before the file is thinned out.
const SLACK: usize = 1_000;
const DAY: i64 = 86_400_000;

/// A head of a chain, vouched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SignedHead {
    pub(super) instance: String,
    pub(super) instance_seq: i64,
    /// Hexadecimal, like the signature.
    pub(super) chain: String,
    pub(super) signed_at_ms: i64,
    pub(super) key_id: String,
    pub(super) signature: String,
}

impl SignedHead {
    pub(super) fn new(instance: &str, head: &Head, signer: &Signer, at: i64) -> Self {
        let statement = Statement::Head {
            instance,
            seq: head.seq,
            chain: &head.chain,
        };
        Self {
            instance: instance.to_owned(),
            instance_seq: head.seq,
            chain: hex(&head.chain),
            signed_at_ms: at,
            key_id: signer.key_id().to_owned(),
            signature: hex(&signer.sign(&statement, at)),
        }
    }

    pub(super) fn is_signed_by(&self, keys: &PublicKeys) -> bool {
        let (Some(chain), Some(signature)) = (unhex(&self.chain), unhex(&self.signature)) else {
            return false;
        };
        let statement = Statement::Head {
            instance: &self.instance,
            seq: self.instance_seq,
            chain: &chain,
        };
        keys.vouch(&self.key_id, &statement, self.signed_at_ms, &signature)
    }
}

/// Reads such a file. A line that is none is left out and counted: the last one may be torn.
pub(super) fn read(path: &Path) -> io::Result<(Vec<SignedHead>, usize)> {
    let bytes = fs::read(path)?;
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let (mut heads, mut unreadable) = (Vec::new(), 0);
    for line in lines {
        match serde_json::from_slice(line) {
            Ok(head) => heads.push(head),
            Err(_) => unreadable += 1,
        }
    }
    Ok((heads, unreadable))
}

/// The file, open for the gateway that writes it.
pub(super) struct HeadsFile {
    path: PathBuf,
    heads: Vec<SignedHead>,
    /// The file ends in the middle of a line.
    torn: bool,
}

impl HeadsFile {
    /// The file beside this outbox.
    pub(super) fn open(outbox: &Path) -> io::Result<Self> {
        let path = outbox.with_file_name("heads.jsonl");
        let (heads, torn) = match fs::read(&path) {
            Ok(bytes) => (read(&path)?.0, bytes.last().is_some_and(|&last| last != b'\n')),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Vec::new(), false),
            Err(error) => return Err(error),
        };
        Ok(Self { path, heads, torn })
    }

    /// The last head of an instance.
    pub(super) fn last(&self, instance: &str) -> Option<&SignedHead> {
        self.heads.iter().rev().find(|head| head.instance == instance)
    }

    /// When the last head was signed.
    pub(super) fn last_signed_at(&self) -> Option<i64> {
        self.heads.last().map(|head| head.signed_at_ms)
    }

    /// The chain of an instance was once longer than at a later time: the database lost rows. The file tells so until
    /// somebody puts it away.
    pub(super) fn went_back(&self, instance: &str) -> bool {
        let own = self.heads.iter().filter(|head| head.instance == instance);
        own.map(|head| head.instance_seq)
            .collect::<Vec<_>>()
            .windows(2)
            .any(|two| two[1] < two[0])
    }

    /// Adds a head. When this returns, it is on disk.
    pub(super) fn append(&mut self, head: SignedHead) -> io::Result<()> {
        let mut line = Vec::new();
        if self.torn {
            line.push(b'\n');
        }
        serde_json::to_writer(&mut line, &head)?;
        line.push(b'\n');
        let new = !self.path.exists();
        let mut file = fs::OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.path)?;
        // Until it is known to be whole.
        self.torn = true;
        file.write_all(&line)?;
        file.sync_data()?;
        if new {
            sync_folder(&self.path)?;
        }
        self.torn = false;
        self.heads.push(head);
        if self.heads.len() >= KEPT + SLACK {
            self.thin_out()?;
        }
        Ok(())
    }

    fn thin_out(&mut self) -> io::Result<()> {
        let kept = thinned(&self.heads);
        let mut text = Vec::new();
        for head in &kept {
            serde_json::to_writer(&mut text, head)?;
            text.push(b'\n');
        }
        let new = beside(&self.path, ".new");
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        sync_folder(&self.path)?;
        self.heads = kept;
        Ok(())
    }
}

/// The last [`KEPT`], and of the older ones the last of each day and instance and those after which a chain went back.
fn thinned(heads: &[SignedHead]) -> Vec<SignedHead> {
    let old = heads.len().saturating_sub(KEPT);
    let (mut days, mut next) = (HashSet::new(), HashMap::new());
    let mut kept = Vec::new();
    for (i, head) in heads.iter().enumerate().rev() {
        let later = next.insert(&head.instance, head.instance_seq);
        let went_back = later.is_some_and(|later| later < head.instance_seq);
        if days.insert((&head.instance, head.signed_at_ms.div_euclid(DAY))) || i >= old || went_back {
            kept.push(head.clone());
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(seq: i64, at: i64) -> SignedHead {
        SignedHead {
            instance: "essai-1".into(),
            instance_seq: seq,
            chain: "00".repeat(32),
            signed_at_ms: at,
            key_id: String::new(),
            signature: String::new(),
        }
    }

    #[test]
    fn old_heads_are_thinned_out_to_one_a_day_and_a_loss_stays_told() {
        // 40 heads a day for 400 days; on day 3 the chain goes back.
        let mut heads: Vec<_> = (0..16_000).map(|i| head(i, i / 40 * DAY + i)).collect();
        for late in &mut heads[130..] {
            late.instance_seq -= 50;
        }
        let kept = thinned(&heads);
        let first_kept = heads.len() - KEPT;
        assert_eq!(
            kept.len(),
            KEPT + first_kept / 40 + 1,
            "one a day, and the one before the loss"
        );
        assert_eq!(kept[kept.len() - KEPT..], heads[first_kept..]);
        let file = HeadsFile {
            path: PathBuf::new(),
            heads: kept,
            torn: false,
        };
        assert!(file.went_back("essai-1") && !file.went_back("essai-2"));
    }

    #[test]
    fn a_torn_line_loses_nothing_but_itself() {
        let folder = std::env::temp_dir().join(format!("gardefou-heads-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&folder).unwrap();
        let outbox = folder.join("outbox.db");
        let mut file = HeadsFile::open(&outbox).unwrap();
        file.append(head(1, 1)).unwrap();
        file.append(head(2, 2)).unwrap();
        let path = folder.join("heads.jsonl");
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 7]).unwrap();
        let mut file = HeadsFile::open(&outbox).unwrap();
        assert_eq!(file.last("essai-1"), Some(&head(1, 1)));
        file.append(head(3, 3)).unwrap();
        let (heads, unreadable) = read(&path).unwrap();
        assert_eq!((heads, unreadable), (vec![head(1, 1), head(3, 3)], 1));
        fs::remove_dir_all(&folder).unwrap();
    }
}
