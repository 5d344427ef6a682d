-- The durable local queue of the ledger: what was promised to be written down and is not yet in the database.
-- Rows are only added (by the writer) and removed (once relayed), never changed.
CREATE TABLE outbox (
    n          INTEGER PRIMARY KEY, -- order of writing; of settling, for rows that settle
    settles    INTEGER,             -- NULL: a request is open; its own n: opened and ended at once; else the n of the row it ends
    entry      TEXT,                -- JSON of domain::Entry, where the row opens a request
    settlement TEXT,                -- JSON of domain::Settlement, where the row ends one
    settled_at INTEGER              -- milliseconds since 1970, where the row ends one
) STRICT;
