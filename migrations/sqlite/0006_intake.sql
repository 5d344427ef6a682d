-- What comes in from outside, on SQLite: uses of Gemini inside Google Workspace, which no gateway sees, and trainings.
-- One row an event of the export, without a name: who holds the export can make the key again, and nobody else.
CREATE TABLE workspace_events (
    event_key   TEXT NOT NULL PRIMARY KEY, -- SHA-256 of what Google says makes the event unique, and its place in it
    month       TEXT NOT NULL,             -- civil month of Europe/Paris, YYYY-MM
    occurred_on TEXT NOT NULL,             -- civil day of Europe/Paris, YYYY-MM-DD
    caller      TEXT NOT NULL,             -- keyed pseudonym; '' where the export names nobody
    direction   TEXT NOT NULL,             -- direction in the policy in force at the import; '' where there is none
    app         TEXT NOT NULL,             -- such as gmail
    action      TEXT NOT NULL,             -- such as summarize; '' where the export says none
    category    TEXT NOT NULL              -- Google's event_category; '' where the export says none
) STRICT, WITHOUT ROWID;

CREATE INDEX workspace_events_month ON workspace_events (month, app, caller);

-- Who had which training, imported by the DSIUN; the policy may name others. Gateways know them by heart.
CREATE TABLE attestations (
    caller         TEXT    NOT NULL, -- pseudonym without a year
    training       TEXT    NOT NULL, -- its name in the policy
    valid_until    TEXT    NOT NULL, -- last day, YYYY-MM-DD
    imported_at_ms INTEGER NOT NULL,
    PRIMARY KEY (caller, training)
) STRICT, WITHOUT ROWID;

INSERT INTO office_changes (topic, revision) VALUES ('attestations', 1);
CREATE TRIGGER attestations_added   AFTER INSERT ON attestations BEGIN UPDATE office_changes SET revision = revision + 1 WHERE topic = 'attestations'; END;
CREATE TRIGGER attestations_changed AFTER UPDATE ON attestations BEGIN UPDATE office_changes SET revision = revision + 1 WHERE topic = 'attestations'; END;
CREATE TRIGGER attestations_removed AFTER DELETE ON attestations BEGIN UPDATE office_changes SET revision = revision + 1 WHERE topic = 'attestations'; END;
