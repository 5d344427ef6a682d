-- The small tables of the office on SQLite. Instants are milliseconds since 1970, so that one text serves both engines.

-- Keys of callers: hashes only.
CREATE TABLE api_keys (
    id            TEXT    NOT NULL PRIMARY KEY, -- short, public
    secret_hash   TEXT    NOT NULL UNIQUE,      -- SHA-256 of the key, hexadecimal
    owner         TEXT    NOT NULL,             -- identity known to the policy
    groups        TEXT    NOT NULL,             -- JSON array
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER,
    revoked_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE charter_acceptances (
    caller          TEXT    NOT NULL, -- pseudonym
    charter_version TEXT    NOT NULL,
    accepted_at_ms  INTEGER NOT NULL,
    PRIMARY KEY (caller, charter_version)
) STRICT, WITHOUT ROWID;

-- What callers say of an answer or of a tool.
CREATE TABLE feedback (
    id            TEXT    NOT NULL PRIMARY KEY, -- UUIDv7
    created_at_ms INTEGER NOT NULL,
    caller        TEXT    NOT NULL,             -- pseudonym
    direction     TEXT,
    tool          TEXT,
    request_id    TEXT,                         -- usage_events.id, where it is about one answer
    rating        INTEGER,                      -- 1 to 5
    comment       TEXT,                         -- after screening
    answered_at_ms INTEGER
) STRICT, WITHOUT ROWID;

-- What went wrong, for the RSSI and the DPO.
CREATE TABLE incidents (
    id            TEXT    NOT NULL PRIMARY KEY, -- UUIDv7
    created_at_ms INTEGER NOT NULL,
    caller        TEXT    NOT NULL,             -- pseudonym
    tool          TEXT,
    request_id    TEXT,                         -- usage_events.id, where it is about one answer
    category      TEXT    NOT NULL,
    description   TEXT    NOT NULL,             -- after screening
    status        TEXT    NOT NULL,             -- open, closed
    closed_at_ms  INTEGER
) STRICT, WITHOUT ROWID;

-- Counts every change of a topic, so that one cheap query tells a gateway whether its copy is current. Triggers count,
-- so a change made by hand counts too.
CREATE TABLE office_changes (
    topic    TEXT    NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO office_changes (topic, revision) VALUES ('keys', 1), ('charters', 1);

CREATE TRIGGER api_keys_added   AFTER INSERT ON api_keys BEGIN UPDATE office_changes SET revision = revision + 1 WHERE topic = 'keys'; END;
CREATE TRIGGER api_keys_changed AFTER UPDATE ON api_keys BEGIN UPDATE office_changes SET revision = revision + 1 WHERE topic = 'keys'; END;
CREATE TRIGGER api_keys_removed AFTER DELETE ON api_keys BEGIN UPDATE office_changes SET revision = revision + 1 WHERE topic = 'keys'; END;
CREATE TRIGGER charters_added   AFTER INSERT ON charter_acceptances BEGIN UPDATE office_changes SET revision = revision + 1 WHERE topic = 'charters'; END;
CREATE TRIGGER charters_changed AFTER UPDATE ON charter_acceptances BEGIN UPDATE office_changes SET revision = revision + 1 WHERE topic = 'charters'; END;
CREATE TRIGGER charters_removed AFTER DELETE ON charter_acceptances BEGIN UPDATE office_changes SET revision = revision + 1 WHERE topic = 'charters'; END;
