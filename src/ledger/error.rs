//! What can go wrong, as kinds: no message here repeats a value, an address or a password.

use std::{error::Error, fmt, io, path::PathBuf};

use sqlx::migrate::MigrateError;

use crate::domain::trouble;

/// Why a request could not be written down. Then nothing leaves: the caller sees 503, never a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unavailable {
    /// The outbox holds as many rows or bytes as the settings allow.
    Full,
    /// As many requests are under way as the settings allow.
    TooManyOpen,
    /// The entry alone is larger than a row may be.
    TooLarge,
    /// The disk is nearly full: what is left is for what was accepted before.
    NoRoom,
    /// The file could not be written: disk full, read-only, I/O error.
    NotWritten,
    /// The file was written and the disk would not confirm it.
    NotSynced,
    /// The disk did not answer in time.
    TooSlow,
    /// The ledger is stopping or has stopped.
    Stopped,
}

impl Unavailable {
    /// Stable kebab-case word for logs and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Full => "outbox-full",
            Self::TooManyOpen => "too-many-open",
            Self::TooLarge => "entry-too-large",
            Self::NoRoom => "disk-full",
            Self::NotWritten => "outbox-not-written",
            Self::NotSynced => "outbox-not-synced",
            Self::TooSlow => "outbox-too-slow",
            Self::Stopped => "ledger-stopped",
        }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "la file locale du journal a atteint sa taille maximale",
            Self::TooManyOpen => "trop de requêtes sont en cours",
            Self::TooLarge => "la ligne du journal est trop longue",
            Self::NoRoom => "le disque de la file locale du journal est presque plein",
            Self::NotWritten => "la file locale du journal ne peut pas être écrite",
            Self::NotSynced => "le disque ne confirme pas l'écriture de la file locale du journal",
            Self::TooSlow => "le disque de la file locale du journal ne répond pas à temps",
            Self::Stopped => "le journal est arrêté",
        })
    }
}

impl Error for Unavailable {}

/// Why the ledger cannot start. A database that is down is no reason: the relay keeps trying.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The folder or the file of the outbox cannot be made.
    Folder(io::Error),
    /// Another gateway uses this outbox.
    InUse,
    /// The outbox exists and cannot be opened, or its schema is newer than this program.
    Outbox(sqlx::Error),
    /// The outbox is damaged. It was not touched.
    Damaged(PathBuf),
    /// The file of the signed heads cannot be read.
    Heads(io::Error),
    /// The database address is neither `sqlite:` nor `postgres:`, or cannot be read.
    Address,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(e) => write!(
                f,
                "le dossier de la file locale du journal ne peut pas être créé : {}",
                trouble(e)
            ),
            Self::InUse => f.write_str("la file locale du journal est déjà utilisée par une autre passerelle"),
            Self::Outbox(e) => {
                let why = match Trouble::of(e) {
                    Trouble::Full => "le disque est plein",
                    Trouble::ReadOnly => "elle ne peut pas être modifiée (droits, ou disque en lecture seule)",
                    Trouble::Denied => "elle appartient à un autre compte",
                    Trouble::TimedOut => "un autre programme l'occupe",
                    Trouble::Schema => "une version plus récente de la passerelle l'a écrite",
                    Trouble::Unreachable | Trouble::Other => "le disque ne répond pas comme il le devrait",
                };
                write!(f, "la file locale du journal ne peut pas être ouverte : {why}")
            }
            Self::Damaged(path) => write!(
                f,
                "la file locale du journal {0} est endommagée. Elle n'a pas été modifiée : elle peut contenir des demandes \
                 qui ne sont pas encore dans la base. Mettez de côté, sans les effacer, {0}, {0}-wal et {0}-shm, puis \
                 relancez la passerelle : elle en créera une nouvelle",
                path.display()
            ),
            Self::Heads(e) => write!(
                f,
                "le fichier heads.jsonl, à côté de la file locale du journal, ne peut pas être lu : {}",
                trouble(e)
            ),
            Self::Address => f.write_str("l'adresse de la base de données doit commencer par sqlite: ou postgres:"),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Folder(e) | Self::Heads(e) => Some(e),
            Self::Outbox(e) => Some(e),
            Self::InUse | Self::Damaged(_) | Self::Address => None,
        }
    }
}

/// What is wrong with a database, as far as an operator must know to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// No connection: stopped, starting, network, name.
    Unreachable,
    /// It does not answer in time: hung, overloaded, locked.
    TimedOut,
    /// User, password or privilege.
    Denied,
    /// No room left.
    Full,
    /// It accepts no writing.
    ReadOnly,
    /// Its schema is not the one this program needs, or a file is damaged.
    Schema,
    /// Another answer than expected.
    Other,
}

impl Trouble {
    /// Stable kebab-case word for logs, metrics and `/readyz`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed-out",
            Self::Denied => "denied",
            Self::Full => "full",
            Self::ReadOnly => "read-only",
            Self::Schema => "schema",
            Self::Other => "other",
        }
    }

    /// Of the database, in French.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Unreachable => "injoignable",
            Self::TimedOut => "ne répond pas à temps",
            Self::Denied => "refuse le compte de la passerelle",
            Self::Full => "n'a plus de place",
            Self::ReadOnly => "n'accepte aucune écriture",
            Self::Schema => "n'a pas les tables de cette version du programme, ou un fichier est abîmé",
            Self::Other => "répond par une erreur inattendue : voir le journal de la passerelle",
        }
    }

    /// Reads the kind of an error from what the driver says of it.
    pub(super) fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(e) => e.code().map_or(Self::Other, |code| Self::of_code(&code)),
            sqlx::Error::Io(e) if e.kind() == io::ErrorKind::TimedOut => Self::TimedOut,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => Self::Unreachable,
            sqlx::Error::Migrate(e) => match &**e {
                MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => Self::of(e),
                _ => Self::Schema,
            },
            _ => Self::Other,
        }
    }

    /// SQLSTATE of PostgreSQL (five characters; appendix A of its manual) or result code of SQLite (a number;
    /// the low byte is the primary code, sqlite.org/rescode.html).
    fn of_code(code: &str) -> Self {
        if code.len() == 5 && !code.starts_with("00") {
            return match (&code[..2], code) {
                (_, "53100") => Self::Full,
                (_, "25006") => Self::ReadOnly,
                (_, "42501") | ("28", _) => Self::Denied,
                (_, "57014" | "55P03") => Self::TimedOut,
                ("08" | "57" | "53", _) => Self::Unreachable,
                ("42" | "3F" | "3D", _) => Self::Schema,
                _ => Self::Other,
            };
        }
        match code.parse::<u32>().map(|n| n & 0xff) {
            Ok(5 | 6) => Self::TimedOut,
            Ok(8) => Self::ReadOnly,
            Ok(13) => Self::Full,
            Ok(3 | 23) => Self::Denied,
            Ok(10 | 14) => Self::Unreachable,
            Ok(1 | 11 | 17 | 26) => Self::Schema,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Trouble;

    #[test]
    fn codes_of_both_engines_are_told_apart() {
        let cases = [
            ("53100", Trouble::Full),
            ("25006", Trouble::ReadOnly),
            ("28P01", Trouble::Denied),
            ("42501", Trouble::Denied),
            ("57014", Trouble::TimedOut),
            ("57P01", Trouble::Unreachable),
            ("57P03", Trouble::Unreachable),
            ("42P01", Trouble::Schema),
            ("3D000", Trouble::Schema),
            ("23505", Trouble::Other),
            ("5", Trouble::TimedOut),
            ("13", Trouble::Full),
            ("8", Trouble::ReadOnly),
            ("1032", Trouble::ReadOnly),
            ("2570", Trouble::Unreachable),
            ("26", Trouble::Schema),
        ];
        for (code, expected) in cases {
            assert_eq!(Trouble::of_code(code), expected, "{code}");
        }
    }
}
