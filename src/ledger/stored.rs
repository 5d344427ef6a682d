//! Rows of `usage_events` as a database holds them, back in canonical form, from both engines.
//!
//! A value that this program never writes (an instant between two milliseconds, counts that are none, another spelling
//! of an id) goes into the canonical form as its own text, so that it cannot have the hash of what was written.

use std::ops::Range;

use serde_json::{Map, Value as Json};
use sqlx::{Row as _, any::AnyRow};

use super::{
    journal::sqlite::instant,
    row::{COLUMNS, Canonical, Value, link},
};
use crate::domain::Counts;
use crate::schema::Engine;

/// How a column is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Uuid,
    Instant,
    Text,
    Integer,
    Boolean,
    Real,
    Counts,
    Chain,
}

/// For each of [`COLUMNS`].
pub(super) const KINDS: [Kind; COLUMNS.len()] = [
    Kind::Uuid,
    Kind::Instant,
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Integer,
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Boolean,
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Counts,
    Kind::Counts,
    Kind::Text,
    Kind::Integer,
    Kind::Text,
    Kind::Integer,
    Kind::Integer,
    Kind::Boolean,
    Kind::Integer,
    Kind::Integer,
    Kind::Integer,
    Kind::Integer,
    Kind::Real,
    Kind::Real,
    Kind::Real,
    Kind::Real,
    Kind::Real,
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Chain,
    Kind::Integer,
    Kind::Text,
];

/// 2255-06-05, in microseconds since 1970: beyond, PostgreSQL's arithmetic rounded what was written to 32 µs.
const EXACT_UNTIL: i64 = 1 << 53;

/// A row as stored.
pub(super) struct Stored {
    /// In canonical spelling, or as the database holds it.
    pub(super) id: String,
    /// Milliseconds since 1970; none where the database holds no instant of ours.
    pub(super) occurred_at: Option<i64>,
    pub(super) seq: i64,
    pub(super) chain: Vec<u8>,
    canonical: Vec<u8>,
    /// Where the place in the chain stands in it.
    seq_at: Range<usize>,
}

impl Stored {
    /// The chain value that this row has on top of that one.
    pub(super) fn link(&self, before: &[u8]) -> [u8; 32] {
        link(before, &self.canonical)
    }

    /// The same if it stood at another place.
    pub(super) fn link_at(&self, seq: i64, before: &[u8]) -> [u8; 32] {
        let mut there = Canonical {
            bytes: self.canonical[..self.seq_at.start].to_vec(),
        };
        there.put("instance_seq", Value::Integer(seq));
        there.bytes.extend_from_slice(&self.canonical[self.seq_at.end..]);
        link(before, &there.bytes)
    }

    /// The hash of an erased row as it stands.
    pub(super) fn hash(&self) -> [u8; 32] {
        link(b"gardefou-erased-row-1\n", &self.canonical)
    }
}

/// Builds a row from its columns, in order.
#[derive(Default)]
struct Building {
    canonical: Canonical,
    id: String,
    occurred_at: Option<i64>,
    seq: i64,
    chain: Vec<u8>,
    seq_at: Range<usize>,
}

impl Building {
    fn put(&mut self, name: &str, value: Value<'_>) {
        let from = self.canonical.bytes.len();
        match value {
            Value::Bytes(chain) => self.chain = chain.to_vec(),
            Value::Instant(at) => self.occurred_at = Some(at),
            _ => {}
        }
        self.canonical.put(name, value);
        match (name, value) {
            ("id", Value::Text(id)) => id.clone_into(&mut self.id),
            ("instance_seq", Value::Integer(seq)) => {
                self.seq = seq;
                self.seq_at = from..self.canonical.bytes.len();
            }
            _ => {}
        }
    }

    fn built(self) -> Stored {
        Stored {
            id: self.id,
            occurred_at: self.occurred_at,
            seq: self.seq,
            chain: self.chain,
            canonical: self.canonical.bytes,
            seq_at: self.seq_at,
        }
    }
}

/// The columns as a database is to give them, to be read by [`read`].
pub(super) fn columns(engine: Engine) -> String {
    let columns = COLUMNS.into_iter().zip(KINDS).map(|(name, kind)| match (engine, kind) {
        (Engine::Postgres, Kind::Integer) => format!("{name}::bigint"),
        (Engine::Postgres, Kind::Boolean) => format!("{name}::int::bigint"),
        (Engine::Postgres, Kind::Uuid | Kind::Counts) => format!("{name}::text"),
        (Engine::Postgres, Kind::Instant) => format!("(extract(epoch FROM {name}) * 1000000)::bigint"),
        _ => name.to_owned(),
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// Reads [`columns`].
pub(super) fn read(row: &AnyRow, engine: Engine) -> Result<Stored, sqlx::Error> {
    let mut building = Building::default();
    each(row, engine, |name, value| building.put(name, value))?;
    Ok(building.built())
}

/// Reads [`columns`] of a row as it will be without its caller and purpose.
pub(super) fn read_erased(row: &AnyRow, engine: Engine) -> Result<Stored, sqlx::Error> {
    let mut building = Building::default();
    each(row, engine, |name, value| match name {
        "caller" => building.put(name, Value::Text("")),
        "purpose" => building.put(name, Value::Null),
        _ => building.put(name, value),
    })?;
    Ok(building.built())
}

/// Reads [`columns`] for somebody who wants to know what is written of them: all but the chain.
pub(super) fn read_for_person(row: &AnyRow, engine: Engine) -> Result<Map<String, Json>, sqlx::Error> {
    let mut object = Map::new();
    each(row, engine, |name, value| {
        let value = match value {
            Value::Null => Json::Null,
            Value::Text(text) => text.into(),
            Value::Integer(n) if name == "stream" || name == "tokens_estimated" => (n != 0).into(),
            Value::Integer(n) => n.into(),
            Value::Boolean(b) => b.into(),
            Value::Real(x) => x.into(),
            Value::Instant(at) => instant(at).into(),
            Value::Uuid(id) => id.to_string().into(),
            Value::Counts(text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
            Value::Bytes(_) => return,
        };
        object.insert(name.to_owned(), value);
    })?;
    for counts in ["findings", "finding_types"] {
        // SQLite gives its text, which is as canonical as when it was hashed.
        if let Some(Json::String(text)) = object.get(counts)
            && let Ok(read) = serde_json::from_str(text)
        {
            object.insert(counts.to_owned(), read);
        }
    }
    Ok(object)
}

/// Gives each column and its value, in order.
fn each(row: &AnyRow, engine: Engine, mut put: impl FnMut(&str, Value<'_>)) -> Result<(), sqlx::Error> {
    let text = |i: usize| row.try_get::<Option<String>, _>(i);
    for (i, (name, kind)) in COLUMNS.into_iter().zip(KINDS).enumerate() {
        match (engine, kind) {
            (Engine::Postgres, Kind::Instant) => {
                let at: i64 = row.try_get(i)?;
                let (ms, beside) = ((at + 500).div_euclid(1000), at.rem_euclid(1000));
                if beside == 0 || at > EXACT_UNTIL {
                    put(name, Value::Instant(ms));
                } else {
                    put(name, Value::Text(&format!("{at} µs")));
                }
            }
            (Engine::Sqlite, Kind::Instant) => {
                let text: String = row.try_get(i)?;
                let at = text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond());
                match at.filter(|&at| instant(at) == text) {
                    Some(at) => put(name, Value::Instant(at)),
                    None => put(name, Value::Text(&text)),
                }
            }
            (Engine::Postgres, Kind::Counts) => {
                let text: String = row.try_get(i)?;
                put(name, Value::Counts(&counts(&text).unwrap_or(text)));
            }
            (_, Kind::Uuid | Kind::Text | Kind::Counts) => {
                put(name, text(i)?.as_deref().map_or(Value::Null, Value::Text));
            }
            (_, Kind::Integer | Kind::Boolean) => {
                let number = row.try_get::<Option<i64>, _>(i)?;
                put(name, number.map_or(Value::Null, Value::Integer));
            }
            (_, Kind::Real) => {
                let figure = row.try_get::<Option<f64>, _>(i)?;
                put(name, figure.map_or(Value::Null, Value::Real));
            }
            (_, Kind::Chain) => put(name, Value::Bytes(&row.try_get::<Vec<u8>, _>(i)?)),
        }
    }
    Ok(())
}

/// PostgreSQL orders keys by length, and puts spaces.
fn counts(text: &str) -> Option<String> {
    if text == "{}" {
        return Some(text.to_owned());
    }
    serde_json::to_string(&serde_json::from_str::<Counts>(text).ok()?).ok()
}
