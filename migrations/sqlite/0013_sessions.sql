-- Who is signed in to the pages, and the directory of people and groups, on SQLite.
CREATE TABLE sessions (
    id           TEXT    NOT NULL PRIMARY KEY, -- SHA-256 of the secret in the cookie
    caller       TEXT    NOT NULL,             -- pseudonym without a year
    sealed       TEXT    NOT NULL,             -- who it is, sealed under the secret in the cookie
    sign_in      TEXT    NOT NULL UNIQUE,      -- SHA-256 of the sign-in that opened it: a sign-in counts once
    opened_at_ms INTEGER NOT NULL,
    seen_at_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_opened ON sessions (opened_at_ms);

CREATE TABLE directory_people (
    caller    TEXT NOT NULL PRIMARY KEY, -- pseudonym without a year
    groups    TEXT NOT NULL,             -- JSON array of names
    direction TEXT NOT NULL              -- empty where there is none
) STRICT, WITHOUT ROWID;

-- One row, once the directory was imported.
CREATE TABLE directory_import (
    id             INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    imported_at_ms INTEGER NOT NULL
) STRICT;

-- The first account at the issuer that had an address: the next holder of the address is somebody else.
CREATE TABLE subjects (
    caller       TEXT    NOT NULL PRIMARY KEY, -- pseudonym without a year
    subject      TEXT    NOT NULL,             -- keyed hash of the issuer and its `sub`
    seen_at_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO office_changes (topic, revision) VALUES ('directory', 1);
CREATE TRIGGER directory_imported AFTER INSERT ON directory_import BEGIN UPDATE office_changes SET revision = revision + 1 WHERE topic = 'directory'; END;
CREATE TRIGGER directory_imported_again AFTER UPDATE ON directory_import BEGIN UPDATE office_changes SET revision = revision + 1 WHERE topic = 'directory'; END;
CREATE TRIGGER directory_person_removed AFTER DELETE ON directory_people BEGIN UPDATE office_changes SET revision = revision + 1 WHERE topic = 'directory'; END;
