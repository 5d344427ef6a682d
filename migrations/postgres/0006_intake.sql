-- What comes in from outside, on PostgreSQL: uses of Gemini inside Google Workspace, which no gateway sees.
-- One row an event of the export, without a name: who holds the export can make the key again, and nobody else.
CREATE TABLE workspace_events (
    event_key   text NOT NULL PRIMARY KEY,
    month       text NOT NULL,
    occurred_on text NOT NULL,
    caller      text NOT NULL,
    direction   text NOT NULL,
    app         text NOT NULL,
    action      text NOT NULL,
    category    text NOT NULL
);

CREATE INDEX workspace_events_month ON workspace_events (month, app, caller);

COMMENT ON TABLE  workspace_events             IS 'Uses of Gemini inside Google Workspace, imported from Google''s own log. They did not come through the gateway.';
COMMENT ON COLUMN workspace_events.event_key   IS 'SHA-256 of what Google says makes the event unique, and of its place in it.';
COMMENT ON COLUMN workspace_events.month       IS 'Civil month of Europe/Paris, YYYY-MM.';
COMMENT ON COLUMN workspace_events.occurred_on IS 'Civil day of Europe/Paris, YYYY-MM-DD.';
COMMENT ON COLUMN workspace_events.caller      IS 'Keyed pseudonym; empty where the export names nobody.';
COMMENT ON COLUMN workspace_events.direction   IS 'Direction in the policy in force at the import; empty where there is none.';
COMMENT ON COLUMN workspace_events.app         IS 'Application of Workspace, such as gmail.';
COMMENT ON COLUMN workspace_events.action      IS 'Google''s word for what was done, such as summarize; empty where the export says none.';
COMMENT ON COLUMN workspace_events.category    IS 'Google''s event_category; empty where the export says none.';

INSERT INTO role_grants (role, privileges, object) VALUES
    -- An import adds, finds out what is there, and reads nothing else.
    ('gardefou_gateway', 'INSERT, SELECT (event_key)', 'workspace_events'),
    -- Whoever follows an incident closes it; its words stay as they were written.
    ('gardefou_gateway', 'UPDATE (status, closed_at_ms)', 'incidents'),
    -- The rights of a person.
    ('gardefou_dpo', 'SELECT, UPDATE (caller)', 'workspace_events');
SELECT apply_role_grants();
