-- Who vouches for the chains, and what the rights of a person change in them, on SQLite. Instants are milliseconds
-- since 1970, so that one text serves both engines.

-- Heads of chains as the gateways signed them: a row before one of them cannot be changed without its key.
CREATE TABLE chain_signatures (
    instance     TEXT    NOT NULL,
    instance_seq INTEGER NOT NULL,
    chain        BLOB    NOT NULL, -- chain value of that row
    signed_at_ms INTEGER NOT NULL,
    key_id       TEXT    NOT NULL,
    signature    BLOB    NOT NULL, -- Ed25519
    PRIMARY KEY (instance, instance_seq)
) STRICT, WITHOUT ROWID;

-- Public keys that signed. What makes a key believed is a copy of it elsewhere: `ledger.pub`.
CREATE TABLE ledger_keys (
    key_id           TEXT    NOT NULL PRIMARY KEY, -- first 16 digits of the SHA-256 of the public key
    public_key       BLOB    NOT NULL,
    first_used_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A gap is believed where it is signed.
ALTER TABLE retention_gaps ADD COLUMN signed_at_ms INTEGER;
ALTER TABLE retention_gaps ADD COLUMN key_id TEXT;
ALTER TABLE retention_gaps ADD COLUMN signature BLOB;

-- Rows whose caller and purpose were erased: their hash as they stand now, and the chain value on which the next row
-- stands, signed by whoever erased.
CREATE TABLE erased_rows (
    instance     TEXT    NOT NULL,
    instance_seq INTEGER NOT NULL,
    chain        BLOB    NOT NULL,
    row_hash     BLOB    NOT NULL,
    erased_at_ms INTEGER NOT NULL,
    key_id       TEXT    NOT NULL,
    signature    BLOB    NOT NULL,
    PRIMARY KEY (instance, instance_seq)
) STRICT, WITHOUT ROWID;

-- Requests of persons about their data (RGPD art. 15, 17 and 20), without the person.
CREATE TABLE person_requests (
    id          TEXT    NOT NULL PRIMARY KEY, -- UUIDv7
    kind        TEXT    NOT NULL,             -- export, erase
    asked_at_ms INTEGER NOT NULL,
    done_at_ms  INTEGER NOT NULL,
    rows        INTEGER NOT NULL,
    reason      TEXT
) STRICT, WITHOUT ROWID;

-- How long such requests take, by year; no year with fewer than five.
CREATE VIEW committee_person_requests AS
SELECT strftime('%Y', asked_at_ms / 1000, 'unixepoch') AS year, kind, count(*) AS requests,
    avg(done_at_ms - asked_at_ms) / 86400000.0 AS mean_days,
    sum(done_at_ms - asked_at_ms > 31 * 86400000) AS over_one_month
FROM person_requests GROUP BY 1, 2 HAVING count(*) >= 5;
