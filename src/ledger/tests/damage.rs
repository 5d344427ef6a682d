//! The outbox file after a power cut, and after worse.

use super::*;
use crate::ledger::{
    outbox::{NewRow, Outbox},
    reader::Reader,
};

/// Requests that were written one commit at a time, and how long the WAL was when each commit had returned.
struct Written {
    database: Vec<u8>,
    wal: Vec<u8>,
    /// Id, length of the WAL with its opening, and with its ending.
    requests: Vec<(Uuid, usize, usize)>,
}

async fn written(count: usize) -> Written {
    let folder = Folder::new();
    let (ledger, tasks) = Ledger::start(folder.settings_without_database(), clock())
        .await
        .unwrap();
    let file = |name: &str| std::fs::read(folder.0.join(name)).unwrap();
    let mut requests = Vec::new();
    for n in 1..=count {
        let entry = entry();
        let id = entry.id.0;
        let receipt = ledger.open(entry).await.unwrap();
        let opened = file("outbox.db-wal").len();
        receipt.settle(completed());
        while ledger.status().waiting < n as u64 {
            sleep(Duration::from_millis(1)).await;
        }
        requests.push((id, opened, file("outbox.db-wal").len()));
    }
    let (database, wal) = (file("outbox.db"), file("outbox.db-wal"));
    drop(tasks);
    Written {
        database,
        wal,
        requests,
    }
}

/// What a start finds in these files: (id, outcome) in order.
async fn found(database: &[u8], wal: &[u8]) -> Result<Vec<(Uuid, Outcome)>, StartError> {
    let folder = Folder::new();
    let path = folder.0.join("outbox.db");
    std::fs::write(&path, database).unwrap();
    std::fs::write(folder.0.join("outbox.db-wal"), wal).unwrap();
    let interrupted = Settlement::bare(Outcome::Interrupted, 0);
    let (outbox, found) = Outbox::open(&path, &interrupted, clock()()).await?;
    let rows = Reader::open(&path).await.unwrap().waiting(0, found.last, 10_000).await;
    let rows: Vec<_> = rows
        .unwrap()
        .into_iter()
        .map(|row| (row.entry.id.0, row.settlement.outcome))
        .collect();
    assert_eq!(rows.len() as u64, found.requests);
    outbox.close().await;
    Ok(rows)
}

#[tokio::test]
async fn the_end_of_the_wal_torn_at_any_sector_costs_only_what_came_after() {
    const SECTOR: usize = 512;
    let Written {
        database,
        wal,
        requests,
    } = written(12).await;
    let (sealed, ..) = requests.split_at(8);
    let from = sealed.last().unwrap().2.next_multiple_of(SECTOR);
    let mut tried = 0;
    for torn in (from..wal.len()).step_by(SECTOR) {
        let overwritten = |end: usize, byte: u8| {
            let mut wal = wal.clone();
            wal[torn..end].fill(byte);
            wal
        };
        let next = (torn + SECTOR).min(wal.len());
        let ways = [
            ("cut", wal[..torn].to_vec()),
            ("zeros", overwritten(wal.len(), 0)),
            ("garbage", overwritten(wal.len(), 0xA5)),
            ("one sector", overwritten(next, 0x5A)),
        ];
        for (way, wal) in ways {
            let mut expected: Vec<_> = requests
                .iter()
                .filter(|(_, _, ended)| *ended <= torn)
                .map(|(id, ..)| (*id, Outcome::Completed))
                .collect();
            let open = requests
                .iter()
                .find(|(_, opened, ended)| *opened <= torn && torn < *ended);
            expected.extend(open.map(|(id, ..)| (*id, Outcome::Interrupted)));
            assert_eq!(found(&database, &wal).await.unwrap(), expected, "{way} at {torn}");
            tried += 1;
        }
    }
    assert!(
        tried >= 4 * 4 * 4096 / SECTOR,
        "{tried} ways: four requests fill frames"
    );
}

#[tokio::test]
async fn a_damaged_file_stops_the_start_and_is_left_as_it_is() {
    let folder = Folder::new();
    let nowhere = folder.settings_without_database();
    let (ledger, tasks) = Ledger::start(nowhere.clone(), clock()).await.unwrap();
    for _ in 0..400 {
        ledger.record(entry(), completed()).await.unwrap();
    }
    assert!(!tasks.shutdown().await, "nothing left for a database that is not there");
    let path = folder.0.join("outbox.db");
    let whole = std::fs::read(&path).unwrap();
    assert!(whole.len() > 50 * 4096, "{} bytes", whole.len());
    let text = whole
        .windows(12)
        .rposition(|bytes| bytes == b"\"dialect\":\"g")
        .unwrap();
    for (range, what) in [
        (0..16, "the name of the format"),
        (100..200, "the schema"),
        (40 * 4096..41 * 4096, "a page of the tree"),
        (whole.len() - 4096..whole.len(), "the last page"),
        (text..text + 1, "the quote of a word"),
    ] {
        let mut damaged = whole.clone();
        damaged[range].fill(0xA5);
        std::fs::write(&path, &damaged).unwrap();
        let start = Ledger::start(nowhere.clone(), clock()).await.err();
        let said = start.unwrap_or_else(|| panic!("{what} is damaged, and nobody saw it"));
        assert!(matches!(said, StartError::Damaged(_)), "{what}: {said}");
        assert!(said.to_string().contains("outbox.db-wal") && said.to_string().contains("Mettez de côté"));
        assert!(std::fs::read(&path).unwrap() == damaged, "{what}: the file was changed");
    }
    std::fs::write(&path, &whole).unwrap();
    let (ledger, tasks) = Ledger::start(folder.settings(), clock()).await.unwrap();
    assert!(ledger.flush(SOON).await);
    assert!(tasks.shutdown().await);
    assert_eq!(folder.rows().await.len(), 400);
}

#[tokio::test]
async fn a_wal_beside_a_damaged_file_is_not_folded_into_it() {
    let folder = Folder::new();
    let file = |name: &str| folder.0.join(name);
    for requests in [400, 3] {
        let (ledger, tasks) = Ledger::start(folder.settings_without_database(), clock())
            .await
            .unwrap();
        for _ in 0..requests {
            ledger.record(entry(), completed()).await.unwrap();
        }
        if requests == 3 {
            // As they are while the process lives; its end would fold one into the other.
            std::fs::copy(file("outbox.db"), file("copy.db")).unwrap();
            std::fs::copy(file("outbox.db-wal"), file("copy.db-wal")).unwrap();
        }
        tasks.shutdown().await;
    }
    let settings = LedgerSettings {
        outbox: file("copy.db"),
        ..folder.settings()
    };
    let (mut database, wal) = (
        std::fs::read(file("copy.db")).unwrap(),
        std::fs::read(file("copy.db-wal")).unwrap(),
    );
    assert!(!wal.is_empty());
    database[20 * 4096..21 * 4096].fill(0xA5);
    std::fs::write(file("copy.db"), &database).unwrap();
    for _ in 0..2 {
        let start = Ledger::start(settings.clone(), clock()).await.err();
        assert!(matches!(start, Some(StartError::Damaged(_))), "{start:?}");
        assert!(std::fs::read(file("copy.db")).unwrap() == database);
        assert!(std::fs::read(file("copy.db-wal")).unwrap() == wal);
    }
    std::fs::remove_file(file("copy.db")).unwrap();
    let start = Ledger::start(settings, clock()).await.err();
    assert!(matches!(start, Some(StartError::Damaged(_))), "{start:?}");
    assert!(std::fs::read(file("copy.db-wal")).unwrap() == wal);
}

/// What is committed may be read before memory has it as well: whoever took it from both would count it twice.
#[tokio::test]
async fn the_reader_stops_where_memory_takes_over() {
    let folder = Folder::new();
    let (ledger, tasks) = Ledger::start(folder.settings_without_database(), clock())
        .await
        .unwrap();
    for _ in 0..10 {
        ledger.record(entry(), completed()).await.unwrap();
    }
    let mut reader = Reader::open(&folder.0.join("outbox.db")).await.unwrap();
    let mut numbers = async |first, last, limit| -> Vec<i64> {
        let rows = reader.waiting(first, last, limit).await.unwrap();
        rows.iter().map(|row| row.n).collect()
    };
    assert_eq!(numbers(0, 4, 100).await, [1, 2, 3, 4]);
    assert_eq!(numbers(5, 9, 3).await, [5, 6, 7]);
    assert!(numbers(11, 20, 100).await.is_empty());
    drop(tasks);
}

#[tokio::test]
async fn rows_in_doubt_are_gone_before_the_next_are_written() {
    let folder = Folder::new();
    let path = folder.0.join("outbox.db");
    let interrupted = Settlement::bare(Outcome::Interrupted, 0);
    let (mut outbox, _) = Outbox::open(&path, &interrupted, clock()()).await.unwrap();
    let row = |n: i64, settles: Option<i64>| NewRow {
        n,
        settles,
        entry: settles.is_none_or(|opening| opening == n).then(|| json(&entry())),
        settlement: settles.map(|_| json(&completed())),
        settled_at: settles.map(|_| 1),
    };
    outbox.append(vec![row(1, None), row(2, None)]).await.unwrap();
    // Written, and said to have failed: the ending is asked for again, the opening was refused.
    outbox.append(vec![row(3, Some(1)), row(4, None)]).await.unwrap();
    outbox.doubt(3);
    outbox.append(vec![row(3, Some(1)), row(5, Some(5))]).await.unwrap();
    outbox.close().await;
    let (outbox, found) = Outbox::open(&path, &interrupted, clock()()).await.unwrap();
    assert_eq!(
        (found.requests, found.interrupted),
        (3, 1),
        "1, 2 and 5, of which 2 was open"
    );
    outbox.close().await;
}

#[tokio::test]
async fn what_a_start_finds_weighs_what_it_weighed_before() {
    let folder = Folder::new();
    let (ledger, tasks) = Ledger::start(folder.settings_without_database(), clock())
        .await
        .unwrap();
    for _ in 0..10 {
        ledger.record(entry(), completed()).await.unwrap();
    }
    let weighed = ledger.status().bytes;
    tasks.shutdown().await;
    let (ledger, tasks) = folder.start().await;
    assert!(ledger.status().bytes <= weighed);
    assert!(ledger.flush(SOON).await && tasks.shutdown().await);
    assert_eq!(
        ledger.status().bytes,
        0,
        "accents are two bytes, going in and coming out"
    );
}

#[tokio::test]
async fn a_file_that_a_backlog_has_left_empty_is_given_back() {
    let folder = Folder::new();
    let path = folder.0.join("outbox.db");
    let (ledger, tasks) = Ledger::start(folder.settings_without_database(), clock())
        .await
        .unwrap();
    for _ in 0..400 {
        ledger.record(entry(), completed()).await.unwrap();
    }
    tasks.shutdown().await;
    let long = std::fs::metadata(&path).unwrap().len();
    let interrupted = Settlement::bare(Outcome::Interrupted, 0);
    let (mut outbox, _) = Outbox::open(&path, &interrupted, clock()()).await.unwrap();
    outbox.remove(&(1..=398).collect::<Vec<_>>()).await.unwrap();
    outbox.shrink().await.unwrap();
    let short = std::fs::metadata(&path).unwrap().len();
    assert!(long > 50 * 4096 && short < 10 * 4096, "{long} bytes, then {short}");
    let rows = Reader::open(&path).await.unwrap().waiting(0, 400, 10).await.unwrap();
    assert_eq!(rows.len(), 2);
    outbox.close().await;
}
