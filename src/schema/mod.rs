//! The schema of the central database: the one list of its migrations, for both engines, and how a connection comes to
//! stand on them.
//!
//! Whoever connects (ledger, office, committee) calls [`stand`] first. A schema that is up to date is found so by
//! reading `_sqlx_migrations`, which any role of ours may read, so a gateway needs no right to change tables. An older
//! schema is migrated by who may, one at a time; a newer one is not for this program ([`Standing::Newer`]). Every
//! migration is for ever: what was released is never edited, a change is a new file.
//!
//! To add one: write `migrations/sqlite/000N_name.sql` and `migrations/postgres/000N_name.sql`, and a line in
//! [`MIGRATIONS`].

mod close;

pub use close::{CLOSE_MONTHS, close_months};

use std::{fmt, fs::OpenOptions, os::unix::fs::OpenOptionsExt, pin::Pin, str::FromStr, time::Duration};

use sqlx::{
    AnyConnection, ConnectOptions, Connection, PgConnection, SqlSafeStr, SqliteConnection,
    migrate::{AppliedMigration, Migrate, MigrateError, Migration, MigrationType, Migrator},
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

/// Which of the two a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file of SQLite.
    Sqlite,
    /// A server of PostgreSQL.
    Postgres,
}

impl Engine {
    /// Reads the scheme of an address; none where it is neither `sqlite:` nor `postgres:`.
    pub fn of(address: &str) -> Option<Self> {
        match address.split_once(':')?.0 {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            _ => None,
        }
    }
}

/// Number, name, text for SQLite, text for PostgreSQL.
const MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    (
        1,
        "usage",
        include_str!("../../migrations/sqlite/0001_usage.sql"),
        include_str!("../../migrations/postgres/0001_usage.sql"),
    ),
    (
        2,
        "office",
        include_str!("../../migrations/sqlite/0002_office.sql"),
        include_str!("../../migrations/postgres/0002_office.sql"),
    ),
    (
        3,
        "schema",
        include_str!("../../migrations/sqlite/0003_schema.sql"),
        include_str!("../../migrations/postgres/0003_schema.sql"),
    ),
    (
        4,
        "chain",
        include_str!("../../migrations/sqlite/0004_chain.sql"),
        include_str!("../../migrations/postgres/0004_chain.sql"),
    ),
    (
        6,
        "intake",
        include_str!("../../migrations/sqlite/0006_intake.sql"),
        include_str!("../../migrations/postgres/0006_intake.sql"),
    ),
    (
        7,
        "views",
        concat!(
            include_str!("../../migrations/committee/tables.sql"),
            include_str!("../../migrations/sqlite/0007_views.sql"),
            include_str!("../../migrations/committee/views.sql"),
        ),
        concat!(
            include_str!("../../migrations/committee/tables.sql"),
            include_str!("../../migrations/postgres/0007_views.sql"),
            include_str!("../../migrations/committee/views.sql"),
            include_str!("../../migrations/postgres/0007_rights.sql"),
        ),
    ),
    (
        8,
        "retention",
        include_str!("../../migrations/sqlite/0008_retention.sql"),
        include_str!("../../migrations/postgres/0008_retention.sql"),
    ),
    (
        9,
        "trainings",
        include_str!("../../migrations/sqlite/0009_trainings.sql"),
        include_str!("../../migrations/postgres/0009_trainings.sql"),
    ),
    (
        10,
        "service",
        concat!(
            include_str!("../../migrations/committee/service_tables.sql"),
            include_str!("../../migrations/sqlite/0010_service.sql"),
            include_str!("../../migrations/committee/service.sql"),
        ),
        concat!(
            include_str!("../../migrations/committee/service_tables.sql"),
            include_str!("../../migrations/postgres/0010_service.sql"),
            include_str!("../../migrations/committee/service.sql"),
            include_str!("../../migrations/postgres/0010_rights.sql"),
        ),
    ),
    (
        11,
        "limits",
        include_str!("../../migrations/sqlite/0011_limits.sql"),
        include_str!("../../migrations/postgres/0011_limits.sql"),
    ),
    (
        12,
        "versions",
        include_str!("../../migrations/sqlite/0012_versions.sql"),
        include_str!("../../migrations/postgres/0012_versions.sql"),
    ),
    (
        13,
        "sessions",
        include_str!("../../migrations/sqlite/0013_sessions.sql"),
        include_str!("../../migrations/postgres/0013_sessions.sql"),
    ),
    (
        14,
        "false positives",
        include_str!("../../migrations/sqlite/0014_false_positives.sql"),
        include_str!("../../migrations/postgres/0014_false_positives.sql"),
    ),
    (
        15,
        "mail",
        include_str!("../../migrations/sqlite/0015_mail.sql"),
        include_str!("../../migrations/postgres/0015_mail.sql"),
    ),
    (
        16,
        "rights",
        include_str!("../../migrations/sqlite/0016_rights.sql"),
        include_str!("../../migrations/postgres/0016_rights.sql"),
    ),
];

/// Where sqlx keeps what was applied.
const TABLE: &str = "_sqlx_migrations";

/// How long one may wait for a migration, one's own or another's: it may rewrite millions of rows.
const PATIENCE: Duration = Duration::from_secs(4 * 3600);

/// How the schema of a database stands to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As this program needs it.
    Current,
    /// Migrations are missing, or all of them.
    Older,
    /// A later version of the program migrated it.
    Newer,
    /// What was applied is not what this program knows by that number.
    Other,
}

/// Why a connection cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum SchemaError {
    /// The address is neither `sqlite:` nor `postgres:`, or cannot be read.
    Address,
    /// A later version of the program migrated this database.
    Newer,
    /// The database holds another schema under the same numbers.
    Other,
    /// A migration did not end in time.
    TimedOut,
    /// The database said no, or said nothing.
    Database(sqlx::Error),
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("l'adresse de la base de données doit commencer par sqlite: ou postgres:"),
            Self::Newer => f.write_str("le schéma de la base de données est plus récent que ce programme"),
            Self::Other => f.write_str("le schéma de la base de données n'est pas celui que ce programme connaît"),
            Self::TimedOut => f.write_str("la mise à jour du schéma n'a pas fini à temps"),
            Self::Database(error) => f.write_str(&in_french(error)),
        }
    }
}

impl std::error::Error for SchemaError {}

impl From<sqlx::Error> for SchemaError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<MigrateError> for SchemaError {
    fn from(error: MigrateError) -> Self {
        Self::Database(error.into())
    }
}

impl From<SchemaError> for sqlx::Error {
    fn from(error: SchemaError) -> Self {
        match error {
            SchemaError::Database(error) => error,
            SchemaError::TimedOut => std::io::Error::from(std::io::ErrorKind::TimedOut).into(),
            SchemaError::Address | SchemaError::Newer | SchemaError::Other => {
                MigrateError::Source(error.to_string().into()).into()
            }
        }
    }
}

/// Why a database cannot be read by a command that changes nothing in it.
#[derive(Debug)]
#[non_exhaustive]
pub enum NotReadable {
    /// Its schema is older than this program.
    Older,
    /// Anything else.
    Schema(SchemaError),
}

impl fmt::Display for NotReadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Older => f.write_str(
                "le schéma de la base de données est plus ancien que ce programme : lancez `gardefou ledger migrate`",
            ),
            Self::Schema(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotReadable {}

impl From<sqlx::Error> for NotReadable {
    fn from(error: sqlx::Error) -> Self {
        Self::Schema(error.into())
    }
}

/// What an account is told that lacks a right: which one has it. Tables are not named.
const NOT_ALLOWED: &str = "ce compte de la base de données n'a pas les droits que cela demande : il faut le propriétaire \
    de la base pour `ledger migrate` ; un compte du rôle gardefou_dpo pour `person`, `ledger verify`, `replay` et \
    `explain --request` ; un compte du rôle gardefou_gateway pour `serve`, `keys` et `import` ; un compte du rôle \
    gardefou_committee pour `report` (docs/database.md)";

/// What an error of the driver means, in French. The driver's own words may repeat values or the address; its code does
/// not.
pub fn in_french(error: &sqlx::Error) -> String {
    match error_code(error).as_deref() {
        Some("42501") => NOT_ALLOWED.to_owned(),
        Some(code) => format!("la base de données a répondu par une erreur ({code})"),
        None => "la base de données est injoignable".to_owned(),
    }
}

/// The database's own code of an error: SQLSTATE of PostgreSQL, result code of SQLite.
fn error_code(error: &sqlx::Error) -> Option<String> {
    match error {
        sqlx::Error::Database(error) => error.code().map(Into::into),
        sqlx::Error::Migrate(error) => match &**error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error_code(error),
            _ => None,
        },
        _ => None,
    }
}

/// The migrations of an engine, in order.
fn migrations(engine: Engine) -> Vec<Migration> {
    let made = MIGRATIONS.iter().map(|&(number, name, sqlite, postgres)| {
        let text = match engine {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
        };
        Migration::new(number, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    made.collect()
}

/// Number of the last migration.
fn last() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.0)
}

/// How the schema stands. Reads one table, changes nothing.
///
/// # Errors
/// The database cannot be read. A table of migrations that is not there counts as [`Standing::Older`].
pub async fn standing<C: Migrate>(connection: &mut C, engine: Engine) -> Result<Standing, sqlx::Error> {
    let known = migrations(engine);
    let applied = match connection.list_applied_migrations(TABLE).await {
        Ok(applied) => applied,
        Err(error) if no_such_table(&error) => return Ok(Standing::Older),
        Err(error) => return Err(error.into()),
    };
    if applied.iter().any(|migration| migration.version > last()) {
        return Ok(Standing::Newer);
    }
    let same = |there: &AppliedMigration| {
        known
            .iter()
            .any(|ours| ours.version == there.version && ours.checksum == there.checksum)
    };
    Ok(if !applied.iter().all(same) {
        Standing::Other
    } else if applied.len() < known.len() {
        Standing::Older
    } else {
        Standing::Current
    })
}

/// The table of migrations is missing: SQLSTATE 42P01 of PostgreSQL; SQLite has no code of its own for it.
fn no_such_table(error: &MigrateError) -> bool {
    let MigrateError::Execute(sqlx::Error::Database(error)) = error else {
        return false;
    };
    error.code().as_deref() == Some("42P01") || error.message().starts_with("no such table")
}

/// Makes sure that the schema is what this program needs, migrating an older one.
///
/// Two programs may come at once: one migrates, the other waits for it. On PostgreSQL the session's limits for
/// statements and locks are lifted meanwhile.
///
/// # Errors
/// The schema is not for this program, or a migration failed; of that one nothing is applied then.
pub async fn stand<C: Migratable>(connection: &mut C, engine: Engine) -> Result<(), SchemaError> {
    match standing(connection, engine).await? {
        Standing::Current => Ok(()),
        Standing::Newer => Err(SchemaError::Newer),
        Standing::Other => Err(SchemaError::Other),
        Standing::Older => tokio::time::timeout(PATIENCE, migrate(connection, engine))
            .await
            .map_err(|_| SchemaError::TimedOut)?,
    }
}

/// Connects and tells how the schema stands. Makes no file and changes nothing.
///
/// # Errors
/// The address is unreadable, or nothing answers there.
pub async fn look(address: &str) -> Result<(AnyConnection, Engine, Standing), SchemaError> {
    let engine = Engine::of(address).ok_or(SchemaError::Address)?;
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(address).await?;
    let standing = standing(&mut connection, engine).await?;
    Ok((connection, engine, standing))
}

/// Connects to a database whose schema is this program's.
///
/// # Errors
/// As [`look`], or its schema is not.
pub async fn open_to_read(address: &str) -> Result<(AnyConnection, Engine), NotReadable> {
    let (connection, engine, standing) = look(address).await.map_err(NotReadable::Schema)?;
    match standing {
        Standing::Current => Ok((connection, engine)),
        Standing::Older => Err(NotReadable::Older),
        Standing::Newer => Err(NotReadable::Schema(SchemaError::Newer)),
        Standing::Other => Err(NotReadable::Schema(SchemaError::Other)),
    }
}

/// No limits; and one schema, which functions with their owner's rights keep as theirs (`SET search_path FROM CURRENT`).
const WIDE: &str = "SET statement_timeout = 0; SET lock_timeout = 0;
    SELECT set_config('search_path', format('%I, pg_temp', current_schema()), false)";
const AS_BEFORE: &str = "RESET statement_timeout; RESET lock_timeout; RESET search_path";

async fn migrate<C: Migratable>(connection: &mut C, engine: Engine) -> Result<(), SchemaError> {
    let migrator = Migrator::with_migrations(migrations(engine));
    match engine {
        // The migrator has no lock of its own here, so everything is one writing transaction from its first word.
        Engine::Sqlite => connection.migrate_at_once(&migrator).await?,
        Engine::Postgres => {
            connection.say(WIDE).await?;
            migrator.run_direct(None, connection, false).await?;
            connection.say(AS_BEFORE).await?;
        }
    }
    Ok(())
}

/// What [`tend`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tended {
    /// How the schema stood before.
    pub before: Standing,
    /// Number of its last migration now.
    pub version: i64,
    /// Roles of PostgreSQL that are not there, so that nobody can be given them.
    pub missing_roles: Vec<String>,
}

/// Brings the schema of a database up to date and gives its roles their rights. For its owner.
///
/// # Errors
/// As [`stand`]; or the address is unreadable, or this user is not the owner.
pub async fn tend(address: &str) -> Result<Tended, SchemaError> {
    match Engine::of(address).ok_or(SchemaError::Address)? {
        Engine::Sqlite => {
            let mut connection = sqlite_options(address)?.connect().await?;
            let before = standing(&mut connection, Engine::Sqlite).await?;
            stand(&mut connection, Engine::Sqlite).await?;
            Ok(Tended {
                before,
                version: last(),
                missing_roles: Vec::new(),
            })
        }
        Engine::Postgres => {
            let options = PgConnectOptions::from_str(address).map_err(|_| SchemaError::Address)?;
            let mut connection = options.disable_statement_logging().connect().await?;
            let before = standing(&mut connection, Engine::Postgres).await?;
            stand(&mut connection, Engine::Postgres).await?;
            sqlx::query("SELECT apply_role_grants()")
                .execute(&mut connection)
                .await?;
            let missing_roles = sqlx::query_scalar(MISSING_ROLES).fetch_all(&mut connection).await?;
            Ok(Tended {
                before,
                version: last(),
                missing_roles,
            })
        }
    }
}

fn sqlite_options(address: &str) -> Result<SqliteConnectOptions, SchemaError> {
    let options = SqliteConnectOptions::from_str(address).map_err(|_| SchemaError::Address)?;
    make_private(&options)?;
    Ok(options.journal_mode(SqliteJournalMode::Wal).disable_statement_logging())
}

/// Makes the folder and the file before SQLite does, readable by their owner alone: pseudonyms are personal data.
///
/// A file that is there is left alone: SQLite's locks belong to the process, and a handle that we opened and closed would
/// let go of all of them. The next program to leave the database would then believe that it was the last one, and take
/// the write-ahead log with it.
///
/// # Errors
/// The folder or the file cannot be made.
pub fn make_private(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    let path = options.get_filename();
    if path.as_os_str().is_empty() || path.to_string_lossy().contains(":memory:") {
        return Ok(());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().create_new(true).append(true).mode(0o600).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

const MISSING_ROLES: &str = "SELECT DISTINCT role FROM role_grants
    WHERE role NOT IN (SELECT rolname FROM pg_roles) ORDER BY role";

type Said<'a> = Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send + 'a>>;

/// A connection that can be brought to the schema: of either engine, or of any.
pub trait Migratable: Migrate + Send {
    /// Says something of which no answer is expected.
    #[doc(hidden)]
    fn say(&mut self, sql: &'static str) -> Said<'_>;

    /// Runs all in one writing transaction.
    #[doc(hidden)]
    fn migrate_at_once<'a>(&'a mut self, migrator: &'a Migrator) -> Said<'a>;
}

macro_rules! migratable {
    ($($connection:ty),*) => {$(
        impl Migratable for $connection {
            fn say(&mut self, sql: &'static str) -> Said<'_> {
                Box::pin(async move { sqlx::raw_sql(sql).execute(self).await.map(|_| ()) })
            }

            fn migrate_at_once<'a>(&'a mut self, migrator: &'a Migrator) -> Said<'a> {
                Box::pin(async move {
                    let mut transaction = self.begin_with("BEGIN IMMEDIATE").await?;
                    migrator.run_direct(None, &mut *transaction, false).await?;
                    transaction.commit().await
                })
            }
        }
    )*};
}

migratable!(SqliteConnection, PgConnection, AnyConnection);
