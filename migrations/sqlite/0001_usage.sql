-- The journal on SQLite: one row per request, the columns of the contract in its order.
-- Instants are ISO 8601 in UTC with milliseconds, booleans 0 or 1, counts JSON objects.
CREATE TABLE usage_events (
    id               TEXT    NOT NULL PRIMARY KEY,
    occurred_at      TEXT    NOT NULL,
    caller           TEXT    NOT NULL,
    direction        TEXT,
    tool             TEXT,
    tool_level       INTEGER,
    model            TEXT,
    dialect          TEXT    NOT NULL,
    endpoint         TEXT    NOT NULL,
    stream           INTEGER NOT NULL,
    purpose          TEXT,
    decision         TEXT    NOT NULL,
    rule             TEXT,
    findings         TEXT    NOT NULL,
    finding_types    TEXT    NOT NULL,
    mention          TEXT    NOT NULL,
    http_status      INTEGER,
    outcome          TEXT    NOT NULL,
    input_tokens     INTEGER,
    output_tokens    INTEGER,
    tokens_estimated INTEGER NOT NULL,
    duration_ms      INTEGER,
    first_token_ms   INTEGER,
    upstream_ms      INTEGER,
    overhead_us      INTEGER,
    energy_kwh_min   REAL,
    energy_kwh_max   REAL,
    co2e_kg_min      REAL,
    co2e_kg_max      REAL,
    cost_eur         REAL,
    policy_hash      TEXT    NOT NULL,
    charter_version  TEXT    NOT NULL,
    instance         TEXT    NOT NULL,
    chain            BLOB    NOT NULL,
    instance_seq     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The order of the chain. Unique: two rows at one place would be a fork.
CREATE UNIQUE INDEX usage_events_chain ON usage_events (instance, instance_seq);

-- Where each chain stands. Changed with the rows, in one transaction.
CREATE TABLE chain_heads (
    instance     TEXT    NOT NULL PRIMARY KEY,
    instance_seq INTEGER NOT NULL,
    chain        BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- Every policy that was in force, so that a decision can be explained later.
CREATE TABLE policy_versions (
    policy_hash     TEXT    NOT NULL PRIMARY KEY,
    first_loaded_at TEXT    NOT NULL,
    instance        TEXT    NOT NULL,
    charter_version TEXT    NOT NULL,
    document        TEXT    NOT NULL
) STRICT;
