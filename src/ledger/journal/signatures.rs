//! Signed heads in the database: one text for both engines.

use sqlx::{PgConnection, SqliteConnection};

use crate::ledger::{heads::SignedHead, signing::unhex};

/// The same statements with the types of each engine.
macro_rules! keep {
    ($connection:expr, $head:expr, $public_key:expr) => {{
        sqlx::query(KEEP_KEY)
            .bind(&$head.key_id)
            .bind($public_key)
            .bind($head.signed_at_ms)
            .execute(&mut *$connection)
            .await?;
        sqlx::query(KEEP_HEAD)
            .bind(&$head.instance)
            .bind($head.instance_seq)
            .bind(unhex(&$head.chain).unwrap_or_default())
            .bind($head.signed_at_ms)
            .bind(&$head.key_id)
            .bind(unhex(&$head.signature).unwrap_or_default())
            .execute(&mut *$connection)
            .await?;
        Ok(())
    }};
}

/// Keeps a signed head, and the key that signed it. What is there already stays.
pub(super) async fn in_sqlite(
    connection: &mut SqliteConnection,
    head: &SignedHead,
    public_key: &[u8],
) -> Result<(), sqlx::Error> {
    keep!(connection, head, public_key.to_vec())
}

/// As [`in_sqlite`].
pub(super) async fn in_postgres(
    connection: &mut PgConnection,
    head: &SignedHead,
    public_key: &[u8],
) -> Result<(), sqlx::Error> {
    keep!(connection, head, public_key)
}

/// Keeps a public key: its id, its bytes, when it was first used. What is there already stays.
pub(in crate::ledger) const KEEP_KEY: &str =
    "INSERT INTO ledger_keys (key_id, public_key, first_used_at_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

const KEEP_HEAD: &str = "INSERT INTO chain_signatures (instance, instance_seq, chain, signed_at_ms, key_id, signature)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
