-- Who had which training, on SQLite: imported by the DSIUN; the policy may name others. Gateways know them by heart.
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
