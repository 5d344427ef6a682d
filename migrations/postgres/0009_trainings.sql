-- Who had which training, on PostgreSQL: imported by the DSIUN; the policy may name others. Gateways know them by heart.
CREATE TABLE attestations (
    caller         text   NOT NULL,
    training       text   NOT NULL,
    valid_until    text   NOT NULL,
    imported_at_ms bigint NOT NULL,
    PRIMARY KEY (caller, training)
);
COMMENT ON TABLE  attestations                IS 'Trainings that callers had, as they were imported.';
COMMENT ON COLUMN attestations.caller         IS 'Keyed pseudonym, without a year.';
COMMENT ON COLUMN attestations.training       IS 'Name of the training in the policy.';
COMMENT ON COLUMN attestations.valid_until    IS 'Last day, YYYY-MM-DD.';
COMMENT ON COLUMN attestations.imported_at_ms IS 'When its line last changed. Milliseconds since 1970.';

INSERT INTO office_changes (topic, revision) VALUES ('attestations', 1);
COMMENT ON COLUMN office_changes.topic IS 'keys, charters or attestations.';
CREATE TRIGGER attestations_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON attestations
    FOR EACH STATEMENT EXECUTE FUNCTION office_changed('attestations');

INSERT INTO role_grants (role, privileges, object) VALUES
    -- An import adds, changes days, and takes out what its file has no more.
    ('gardefou_gateway', 'SELECT, INSERT, UPDATE (valid_until, imported_at_ms), DELETE', 'attestations'),
    -- The rights of a person.
    ('gardefou_dpo', 'SELECT, DELETE', 'attestations');
SELECT apply_role_grants();
