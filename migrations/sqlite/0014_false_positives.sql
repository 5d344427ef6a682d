-- How often callers said that a finding was wrong, by kind and class: counts alone, without a text, a value or a name.
CREATE TABLE false_positives (
    day     TEXT    NOT NULL, -- civil day of Europe/Paris, YYYY-MM-DD
    kind    TEXT    NOT NULL, -- type of the finding, or the id of a detector of the policy
    class   TEXT    NOT NULL,
    tool    TEXT    NOT NULL, -- its id in the policy
    reports INTEGER NOT NULL,
    PRIMARY KEY (day, kind, class, tool)
) STRICT, WITHOUT ROWID;
