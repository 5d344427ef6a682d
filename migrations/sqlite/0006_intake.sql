-- What comes in from outside, on SQLite: uses of Gemini inside Google Workspace, which no gateway sees.
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
