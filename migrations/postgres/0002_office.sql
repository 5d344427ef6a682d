-- The small tables of the office on PostgreSQL. Instants are milliseconds since 1970, so that one text serves both
-- engines: `to_timestamp(created_at_ms / 1000.0)` reads them.

CREATE TABLE api_keys (
    id            text   NOT NULL PRIMARY KEY,
    secret_hash   text   NOT NULL UNIQUE,
    owner         text   NOT NULL,
    groups        text   NOT NULL,
    created_at_ms bigint NOT NULL,
    expires_at_ms bigint,
    revoked_at_ms bigint
);
COMMENT ON TABLE  api_keys               IS 'Keys of callers: hashes only.';
COMMENT ON COLUMN api_keys.id            IS 'Short public id.';
COMMENT ON COLUMN api_keys.secret_hash   IS 'SHA-256 of the key, hexadecimal.';
COMMENT ON COLUMN api_keys.owner         IS 'Identity known to the policy: personal data.';
COMMENT ON COLUMN api_keys.groups        IS 'JSON array of groups of the policy.';
COMMENT ON COLUMN api_keys.created_at_ms IS 'Milliseconds since 1970.';
COMMENT ON COLUMN api_keys.expires_at_ms IS 'Milliseconds since 1970; NULL: never.';
COMMENT ON COLUMN api_keys.revoked_at_ms IS 'Milliseconds since 1970; NULL: valid.';

CREATE TABLE charter_acceptances (
    caller          text   NOT NULL,
    charter_version text   NOT NULL,
    accepted_at_ms  bigint NOT NULL,
    PRIMARY KEY (caller, charter_version)
);
COMMENT ON TABLE  charter_acceptances                 IS 'Who accepted which version of the charter.';
COMMENT ON COLUMN charter_acceptances.caller          IS 'Keyed pseudonym.';
COMMENT ON COLUMN charter_acceptances.charter_version IS 'Version of the charter.';
COMMENT ON COLUMN charter_acceptances.accepted_at_ms  IS 'Milliseconds since 1970.';

CREATE TABLE feedback (
    id             text   NOT NULL PRIMARY KEY,
    created_at_ms  bigint NOT NULL,
    caller         text   NOT NULL,
    direction      text,
    tool           text,
    request_id     text,
    rating         bigint,
    comment        text,
    answered_at_ms bigint
);
COMMENT ON TABLE  feedback                IS 'What callers say of an answer or of a tool.';
COMMENT ON COLUMN feedback.id             IS 'UUIDv7.';
COMMENT ON COLUMN feedback.created_at_ms  IS 'Milliseconds since 1970.';
COMMENT ON COLUMN feedback.caller         IS 'Keyed pseudonym.';
COMMENT ON COLUMN feedback.direction      IS 'Direction of the caller.';
COMMENT ON COLUMN feedback.tool           IS 'Id of the tool in the policy.';
COMMENT ON COLUMN feedback.request_id     IS 'usage_events.id, where it is about one answer.';
COMMENT ON COLUMN feedback.rating         IS 'From 1 to 5.';
COMMENT ON COLUMN feedback.comment        IS 'In the caller''s words, after screening.';
COMMENT ON COLUMN feedback.answered_at_ms IS 'When somebody answered; NULL: not yet.';

CREATE TABLE incidents (
    id            text   NOT NULL PRIMARY KEY,
    created_at_ms bigint NOT NULL,
    caller        text   NOT NULL,
    tool          text,
    request_id    text,
    category      text   NOT NULL,
    description   text   NOT NULL,
    status        text   NOT NULL,
    closed_at_ms  bigint
);
COMMENT ON TABLE  incidents               IS 'What went wrong, for the RSSI and the DPO.';
COMMENT ON COLUMN incidents.id            IS 'UUIDv7.';
COMMENT ON COLUMN incidents.created_at_ms IS 'Milliseconds since 1970.';
COMMENT ON COLUMN incidents.caller        IS 'Keyed pseudonym.';
COMMENT ON COLUMN incidents.tool          IS 'Id of the tool in the policy.';
COMMENT ON COLUMN incidents.request_id    IS 'usage_events.id, where it is about one answer.';
COMMENT ON COLUMN incidents.category      IS 'What kind of incident.';
COMMENT ON COLUMN incidents.description   IS 'In the caller''s words, after screening.';
COMMENT ON COLUMN incidents.status        IS 'open or closed.';
COMMENT ON COLUMN incidents.closed_at_ms  IS 'When it was closed; NULL: not yet.';

CREATE TABLE office_changes (
    topic    text   NOT NULL PRIMARY KEY,
    revision bigint NOT NULL
);
COMMENT ON TABLE  office_changes          IS 'Counts every change of a topic, so that one cheap query tells a gateway whether its copy is current.';
COMMENT ON COLUMN office_changes.topic    IS 'keys or charters.';
COMMENT ON COLUMN office_changes.revision IS 'Counted by triggers, so a change made by hand counts too.';
INSERT INTO office_changes (topic, revision) VALUES ('keys', 1), ('charters', 1);

CREATE FUNCTION office_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE office_changes SET revision = revision + 1 WHERE topic = TG_ARGV[0];
    RETURN NULL;
END
$$;
CREATE TRIGGER api_keys_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON api_keys
    FOR EACH STATEMENT EXECUTE FUNCTION office_changed('keys');
CREATE TRIGGER charters_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON charter_acceptances
    FOR EACH STATEMENT EXECUTE FUNCTION office_changed('charters');
