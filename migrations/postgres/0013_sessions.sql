-- Who is signed in to the pages, and the directory of people and groups, on PostgreSQL.
CREATE TABLE sessions (
    id           text   NOT NULL PRIMARY KEY,
    caller       text   NOT NULL,
    sealed       text   NOT NULL,
    sign_in      text   NOT NULL UNIQUE,
    opened_at_ms bigint NOT NULL,
    seen_at_ms   bigint NOT NULL
);
CREATE INDEX sessions_opened ON sessions (opened_at_ms);
COMMENT ON TABLE  sessions              IS 'Who is signed in to the pages. The cookie''s secret is not here.';
COMMENT ON COLUMN sessions.id           IS 'SHA-256 of the secret in the cookie.';
COMMENT ON COLUMN sessions.caller       IS 'Keyed pseudonym, without a year.';
COMMENT ON COLUMN sessions.sealed       IS 'Who it is, sealed under the secret in the cookie.';
COMMENT ON COLUMN sessions.sign_in      IS 'SHA-256 of the sign-in that opened it: a sign-in counts once.';
COMMENT ON COLUMN sessions.opened_at_ms IS 'Milliseconds since 1970.';
COMMENT ON COLUMN sessions.seen_at_ms   IS 'When it was last used, within a minute. Milliseconds since 1970.';

CREATE TABLE directory_people (
    caller    text NOT NULL PRIMARY KEY,
    groups    text NOT NULL,
    direction text NOT NULL
);
COMMENT ON TABLE  directory_people           IS 'Groups and direction of people, as the directory was imported.';
COMMENT ON COLUMN directory_people.caller    IS 'Keyed pseudonym, without a year.';
COMMENT ON COLUMN directory_people.groups    IS 'JSON array of names.';
COMMENT ON COLUMN directory_people.direction IS 'Empty where there is none.';

CREATE TABLE directory_import (
    id             bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    imported_at_ms bigint NOT NULL
);
COMMENT ON TABLE  directory_import                IS 'One row, once the directory was imported.';
COMMENT ON COLUMN directory_import.id             IS 'Always 1.';
COMMENT ON COLUMN directory_import.imported_at_ms IS 'When it was last. Milliseconds since 1970.';

CREATE TABLE subjects (
    caller     text   NOT NULL PRIMARY KEY,
    subject    text   NOT NULL,
    seen_at_ms bigint NOT NULL
);
COMMENT ON TABLE  subjects            IS 'The first account at the issuer that had an address: the next holder of the address is somebody else.';
COMMENT ON COLUMN subjects.caller     IS 'Keyed pseudonym, without a year.';
COMMENT ON COLUMN subjects.subject    IS 'Keyed hash of the issuer and of its name for the account.';
COMMENT ON COLUMN subjects.seen_at_ms IS 'When it first signed in. Milliseconds since 1970.';

INSERT INTO office_changes (topic, revision) VALUES ('directory', 1);
COMMENT ON COLUMN office_changes.topic IS 'keys, charters, attestations or directory.';
CREATE TRIGGER directory_imported AFTER INSERT OR UPDATE ON directory_import
    FOR EACH STATEMENT EXECUTE FUNCTION office_changed('directory');
CREATE TRIGGER directory_person_removed AFTER DELETE OR TRUNCATE ON directory_people
    FOR EACH STATEMENT EXECUTE FUNCTION office_changed('directory');

INSERT INTO role_grants (role, privileges, object) VALUES
    ('gardefou_gateway', 'SELECT, INSERT, UPDATE (seen_at_ms), DELETE', 'sessions'),
    -- An import adds, changes, and takes out what its file has no more.
    ('gardefou_gateway', 'SELECT, INSERT, UPDATE (groups, direction), DELETE', 'directory_people'),
    ('gardefou_gateway', 'SELECT, INSERT, UPDATE (imported_at_ms)', 'directory_import'),
    ('gardefou_gateway', 'SELECT, INSERT', 'subjects'),
    -- The rights of a person; who signs in under an address that changed hands is let in again by its removal.
    ('gardefou_dpo', 'SELECT (id, caller, opened_at_ms, seen_at_ms), DELETE', 'sessions'),
    ('gardefou_dpo', 'SELECT, DELETE', 'directory_people'),
    ('gardefou_dpo', 'SELECT, DELETE', 'subjects');
SELECT apply_role_grants();
