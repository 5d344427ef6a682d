-- Which policy was in force when, on SQLite: each coming into force, beside each version.
ALTER TABLE policy_versions ADD COLUMN full_hash TEXT NOT NULL DEFAULT ''; -- SHA-256, 64 hexadecimal digits; policy_hash is its beginning
ALTER TABLE policy_versions ADD COLUMN signers TEXT NOT NULL DEFAULT '[]'; -- JSON list of name and public key: who may put the version after it in force

CREATE TABLE policy_loads (
    instance     TEXT    NOT NULL, -- the gateway
    loaded_at_ms INTEGER NOT NULL, -- since when
    policy_hash  TEXT    NOT NULL REFERENCES policy_versions,
    reason       TEXT    NOT NULL CHECK (reason IN ('start', 'reload')),
    signed_by    TEXT    NOT NULL, -- JSON list of names; empty where nobody had to sign
    PRIMARY KEY (instance, loaded_at_ms, policy_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX policy_loads_by_time ON policy_loads (loaded_at_ms);
