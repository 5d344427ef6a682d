-- What callers give back, whole, the letters about it, and what somebody signed in may read of their own, on PostgreSQL.
ALTER TABLE feedback ADD COLUMN sense text, ADD COLUMN less_contact bigint, ADD COLUMN answer text;
COMMENT ON COLUMN feedback.sense        IS 'success, difficulty or limit.';
COMMENT ON COLUMN feedback.less_contact IS '1: the AI took the place of a contact with a citizen; 0: it did not; NULL: not said.';
COMMENT ON COLUMN feedback.answer       IS 'In the words of the DSIUN.';

ALTER TABLE incidents ADD COLUMN ticket text, ADD COLUMN excerpt text;
COMMENT ON COLUMN incidents.ticket  IS 'For people: S-2026-0042.';
COMMENT ON COLUMN incidents.excerpt IS 'Of the answer, as the caller chose it, after screening.';

CREATE TABLE ticket_numbers (
    year bigint NOT NULL PRIMARY KEY,
    last bigint NOT NULL
);
COMMENT ON TABLE  ticket_numbers      IS 'The last number of a year. Counted in the transaction that opens the incident.';
COMMENT ON COLUMN ticket_numbers.year IS 'Civil year.';
COMMENT ON COLUMN ticket_numbers.last IS 'The number given last.';
UPDATE incidents SET ticket = numbered.ticket FROM (
    SELECT id, 'S-' || year || '-' || to_char(row_number() OVER (PARTITION BY year ORDER BY created_at_ms, id), 'FM00009999') AS ticket
    FROM (SELECT id, created_at_ms, to_char(to_timestamp(created_at_ms / 1000.0) AT TIME ZONE 'UTC', 'YYYY') AS year
          FROM incidents) AS dated) AS numbered
WHERE numbered.id = incidents.id;
INSERT INTO ticket_numbers (year, last) SELECT CAST(substr(ticket, 3, 4) AS bigint), count(*) FROM incidents GROUP BY 1;
CREATE UNIQUE INDEX incidents_ticket ON incidents (ticket);
CREATE INDEX incidents_caller ON incidents (caller);
CREATE INDEX feedback_caller ON feedback (caller);

CREATE TABLE incident_replies (
    id          text   NOT NULL PRIMARY KEY,
    incident_id text   NOT NULL,
    at_ms       bigint NOT NULL,
    role        text   NOT NULL,
    words       text   NOT NULL
);
CREATE INDEX incident_replies_incident ON incident_replies (incident_id, at_ms);
COMMENT ON TABLE  incident_replies             IS 'What is answered to an incident. Never changed.';
COMMENT ON COLUMN incident_replies.id          IS 'UUIDv7.';
COMMENT ON COLUMN incident_replies.incident_id IS 'incidents.id';
COMMENT ON COLUMN incident_replies.at_ms       IS 'Milliseconds since 1970.';
COMMENT ON COLUMN incident_replies.role        IS 'Of who answers: security, dpo or author.';
COMMENT ON COLUMN incident_replies.words       IS 'After screening.';

CREATE TABLE letters (
    id               text   NOT NULL PRIMARY KEY,
    created_at_ms    bigint NOT NULL,
    recipient        text   NOT NULL,
    subject          text   NOT NULL,
    body             text   NOT NULL,
    attempts         bigint NOT NULL,
    due_at_ms        bigint NOT NULL,
    claimed_by       text,
    claimed_until_ms bigint,
    delivered_at_ms  bigint,
    dead_at_ms       bigint,
    trouble          text
);
CREATE INDEX letters_due ON letters (due_at_ms) WHERE delivered_at_ms IS NULL AND dead_at_ms IS NULL;
COMMENT ON TABLE  letters                  IS 'Letters on their way: one row a recipient, kept until it is delivered.';
COMMENT ON COLUMN letters.id               IS 'UUIDv7.';
COMMENT ON COLUMN letters.created_at_ms    IS 'Milliseconds since 1970.';
COMMENT ON COLUMN letters.recipient        IS 'A contact of the policy.';
COMMENT ON COLUMN letters.subject          IS 'Of the letter.';
COMMENT ON COLUMN letters.body             IS 'Never a caller''s words or name.';
COMMENT ON COLUMN letters.attempts         IS 'How often it was tried.';
COMMENT ON COLUMN letters.due_at_ms        IS 'Not to be tried before.';
COMMENT ON COLUMN letters.claimed_by       IS 'The gateway that is sending it.';
COMMENT ON COLUMN letters.claimed_until_ms IS 'When another may take it over.';
COMMENT ON COLUMN letters.delivered_at_ms  IS 'When the server took it.';
COMMENT ON COLUMN letters.dead_at_ms       IS 'When it was given up.';
COMMENT ON COLUMN letters.trouble          IS 'A word for what went wrong last.';

-- Replies are words about an incident and have its term.
CREATE OR REPLACE FUNCTION retire_words() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    now_ms bigint := extract(epoch FROM now()) * 1000;
    year_ago bigint := now_ms - 365 * 86400000::bigint;
    three_years_ago bigint := now_ms - 1095 * 86400000::bigint;
    comments bigint;
    descriptions bigint;
    replies bigint;
    uses bigint;
BEGIN
    UPDATE feedback SET comment = NULL, answer = NULL
    WHERE (comment IS NOT NULL OR answer IS NOT NULL) AND created_at_ms < year_ago;
    GET DIAGNOSTICS comments = ROW_COUNT;
    UPDATE incidents SET description = '', excerpt = NULL
    WHERE (description <> '' OR excerpt IS NOT NULL) AND created_at_ms < three_years_ago;
    GET DIAGNOSTICS descriptions = ROW_COUNT;
    DELETE FROM incident_replies WHERE at_ms < three_years_ago;
    GET DIAGNOSTICS replies = ROW_COUNT;
    -- Whole months, so that no figure of a month changes.
    DELETE FROM workspace_events
    WHERE month < to_char((now() - interval '365 days') AT TIME ZONE 'Europe/Paris', 'YYYY-MM');
    GET DIAGNOSTICS uses = ROW_COUNT;
    RETURN comments + descriptions + replies + uses;
END
$$;

-- Somebody signed in reads their own rows: the gateway may read those of pseudonyms that it names, and no others.
CREATE FUNCTION usage_of(callers text[], since timestamptz, before timestamptz) RETURNS SETOF usage_events
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT * FROM usage_events
    WHERE caller = ANY (callers) AND caller <> '' AND occurred_at >= since AND occurred_at < before
$$;
COMMENT ON FUNCTION usage_of IS 'Rows of the journal of these pseudonyms: what a person may see of their own.';
CREATE FUNCTION workspace_of(callers text[]) RETURNS SETOF workspace_events
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT * FROM workspace_events WHERE caller = ANY (callers) AND caller <> ''
$$;
COMMENT ON FUNCTION workspace_of IS 'Uses of Workspace of these pseudonyms.';
CREATE FUNCTION years_held() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT DISTINCT substr(month, 1, 4) FROM usage_by_caller UNION SELECT DISTINCT substr(month, 1, 4) FROM workspace_events
$$;
COMMENT ON FUNCTION years_held IS 'Civil years of which there may be rows: each has pseudonyms of its own.';
REVOKE EXECUTE ON FUNCTION usage_of(text[], timestamptz, timestamptz), workspace_of(text[]), years_held() FROM PUBLIC;

INSERT INTO role_grants (role, privileges, object) VALUES
    ('gardefou_gateway', 'UPDATE (answer, answered_at_ms)', 'feedback'),
    ('gardefou_gateway', 'SELECT, INSERT, UPDATE (last)', 'ticket_numbers'),
    ('gardefou_gateway', 'SELECT, INSERT', 'incident_replies'),
    ('gardefou_gateway',
     'SELECT, INSERT, UPDATE (attempts, due_at_ms, claimed_by, claimed_until_ms, delivered_at_ms, dead_at_ms, trouble), DELETE',
     'letters'),
    -- Whoever takes a copy of their own data on the pages is counted among the requests of persons.
    ('gardefou_gateway', 'INSERT', 'person_requests'),
    ('gardefou_gateway', 'EXECUTE', 'FUNCTION usage_of(text[], timestamptz, timestamptz)'),
    ('gardefou_gateway', 'EXECUTE', 'FUNCTION workspace_of(text[])'),
    ('gardefou_gateway', 'EXECUTE', 'FUNCTION years_held()'),
    ('gardefou_dpo', 'UPDATE (answer)', 'feedback'),
    ('gardefou_dpo', 'SELECT', 'incident_replies');
SELECT apply_role_grants();
