-- What callers give back, whole, and the letters about it, on SQLite.
ALTER TABLE feedback ADD COLUMN sense TEXT;           -- success, difficulty, limit
ALTER TABLE feedback ADD COLUMN less_contact INTEGER; -- 1: the AI took the place of a contact with a citizen
ALTER TABLE feedback ADD COLUMN answer TEXT;          -- in the words of the DSIUN

ALTER TABLE incidents ADD COLUMN ticket TEXT;         -- for people: S-2026-0042
ALTER TABLE incidents ADD COLUMN excerpt TEXT;        -- of the answer, as the caller chose it, after screening

-- The last number of a year. Counted in the transaction that opens the incident.
CREATE TABLE ticket_numbers (
    year INTEGER NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;
UPDATE incidents SET ticket = numbered.ticket FROM (
    SELECT id, 'S-' || strftime('%Y', created_at_ms / 1000, 'unixepoch') || '-' || printf('%04d', row_number() OVER (
        PARTITION BY strftime('%Y', created_at_ms / 1000, 'unixepoch') ORDER BY created_at_ms, id)) AS ticket
    FROM incidents) AS numbered
WHERE numbered.id = incidents.id;
INSERT INTO ticket_numbers (year, last) SELECT CAST(substr(ticket, 3, 4) AS INTEGER), count(*) FROM incidents GROUP BY 1;
CREATE UNIQUE INDEX incidents_ticket ON incidents (ticket);
CREATE INDEX incidents_caller ON incidents (caller);
CREATE INDEX feedback_caller ON feedback (caller);

-- What is answered to an incident. Never changed.
CREATE TABLE incident_replies (
    id          TEXT    NOT NULL PRIMARY KEY, -- UUIDv7
    incident_id TEXT    NOT NULL,
    at_ms       INTEGER NOT NULL,
    role        TEXT    NOT NULL,             -- of who answers: security, dpo, author
    words       TEXT    NOT NULL              -- after screening
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_replies_incident ON incident_replies (incident_id, at_ms);

-- Letters on their way: one row a recipient, kept until it is delivered.
CREATE TABLE letters (
    id               TEXT    NOT NULL PRIMARY KEY,
    created_at_ms    INTEGER NOT NULL,
    recipient        TEXT    NOT NULL, -- a contact of the policy
    subject          TEXT    NOT NULL,
    body             TEXT    NOT NULL, -- never a caller's words or name
    attempts         INTEGER NOT NULL,
    due_at_ms        INTEGER NOT NULL, -- not to be tried before
    claimed_by       TEXT,             -- the gateway that is sending it
    claimed_until_ms INTEGER,          -- when another may take it over
    delivered_at_ms  INTEGER,
    dead_at_ms       INTEGER,          -- when it was given up
    trouble          TEXT              -- a word for what went wrong last
) STRICT, WITHOUT ROWID;
CREATE INDEX letters_due ON letters (due_at_ms) WHERE delivered_at_ms IS NULL AND dead_at_ms IS NULL;
