-- Which policy was in force when, on PostgreSQL: each coming into force, beside each version.
ALTER TABLE policy_versions
    ADD COLUMN full_hash text NOT NULL DEFAULT '',
    ADD COLUMN signers   text NOT NULL DEFAULT '[]';
COMMENT ON COLUMN policy_versions.full_hash IS 'SHA-256 of the document, 64 hexadecimal digits; policy_hash is its beginning.';
COMMENT ON COLUMN policy_versions.signers   IS 'JSON list of name and public key: who may put the version after it in force. Empty: whoever can write the file.';

CREATE TABLE policy_loads (
    instance     text   NOT NULL,
    loaded_at_ms bigint NOT NULL,
    policy_hash  text   NOT NULL REFERENCES policy_versions,
    reason       text   NOT NULL CHECK (reason IN ('start', 'reload')),
    signed_by    text   NOT NULL,
    PRIMARY KEY (instance, loaded_at_ms, policy_hash)
);
COMMENT ON TABLE  policy_loads              IS 'Each time a policy came into force.';
COMMENT ON COLUMN policy_loads.instance     IS 'The gateway.';
COMMENT ON COLUMN policy_loads.loaded_at_ms IS 'Since when. Milliseconds since 1970.';
COMMENT ON COLUMN policy_loads.policy_hash  IS 'The version.';
COMMENT ON COLUMN policy_loads.reason       IS 'start: the gateway started with it; reload: it replaced another.';
COMMENT ON COLUMN policy_loads.signed_by    IS 'JSON list of the names of those who signed it; empty where nobody had to.';
CREATE INDEX policy_loads_by_time ON policy_loads (loaded_at_ms);

-- The committee reads neither: a document may name people.
INSERT INTO role_grants (role, privileges, object) VALUES ('gardefou_gateway', 'SELECT, INSERT', 'policy_loads');
SELECT apply_role_grants();
