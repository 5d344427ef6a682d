-- How often callers said that a finding was wrong, by kind and class: counts alone, without a text, a value or a name.
CREATE TABLE false_positives (
    day     text   NOT NULL,
    kind    text   NOT NULL,
    class   text   NOT NULL,
    tool    text   NOT NULL,
    reports bigint NOT NULL,
    PRIMARY KEY (day, kind, class, tool)
);
COMMENT ON TABLE  false_positives         IS 'How often callers said that a finding was wrong: counts alone.';
COMMENT ON COLUMN false_positives.day     IS 'Civil day of Europe/Paris, YYYY-MM-DD.';
COMMENT ON COLUMN false_positives.kind    IS 'Type of the finding, or the id of a detector of the policy.';
COMMENT ON COLUMN false_positives.class   IS 'Class of data.';
COMMENT ON COLUMN false_positives.tool    IS 'Id of the tool in the policy.';
COMMENT ON COLUMN false_positives.reports IS 'How often it was said.';

INSERT INTO role_grants (role, privileges, object) VALUES
    ('gardefou_gateway', 'SELECT, INSERT, UPDATE (reports)', 'false_positives');
SELECT apply_role_grants();
