-- Who vouches for the chains, and what the rights of a person change in them, on PostgreSQL. Instants are milliseconds
-- since 1970, so that one text serves both engines.

CREATE TABLE chain_signatures (
    instance     text   NOT NULL,
    instance_seq bigint NOT NULL,
    chain        bytea  NOT NULL,
    signed_at_ms bigint NOT NULL,
    key_id       text   NOT NULL,
    signature    bytea  NOT NULL,
    PRIMARY KEY (instance, instance_seq)
);
COMMENT ON TABLE  chain_signatures              IS 'Heads of chains as the gateways signed them: a row before one of them cannot be changed without its key.';
COMMENT ON COLUMN chain_signatures.instance     IS 'The gateway.';
COMMENT ON COLUMN chain_signatures.instance_seq IS 'Place of the row in its chain.';
COMMENT ON COLUMN chain_signatures.chain        IS 'Chain value of that row.';
COMMENT ON COLUMN chain_signatures.signed_at_ms IS 'Milliseconds since 1970.';
COMMENT ON COLUMN chain_signatures.key_id       IS 'As in ledger_keys.';
COMMENT ON COLUMN chain_signatures.signature    IS 'Ed25519.';

CREATE TABLE ledger_keys (
    key_id           text   NOT NULL PRIMARY KEY,
    public_key       bytea  NOT NULL,
    first_used_at_ms bigint NOT NULL
);
COMMENT ON TABLE  ledger_keys                  IS 'Public keys that signed. What makes a key believed is a copy of it elsewhere: ledger.pub.';
COMMENT ON COLUMN ledger_keys.key_id           IS 'First 16 digits of the SHA-256 of the public key.';
COMMENT ON COLUMN ledger_keys.public_key       IS 'Ed25519, 32 bytes.';
COMMENT ON COLUMN ledger_keys.first_used_at_ms IS 'Milliseconds since 1970.';

ALTER TABLE retention_gaps
    ADD COLUMN signed_at_ms bigint,
    ADD COLUMN key_id       text,
    ADD COLUMN signature    bytea;
COMMENT ON COLUMN retention_gaps.signed_at_ms IS 'Milliseconds since 1970.';
COMMENT ON COLUMN retention_gaps.key_id       IS 'As in ledger_keys.';
COMMENT ON COLUMN retention_gaps.signature    IS 'Ed25519. A gap that is not signed is not believed.';

CREATE TABLE erased_rows (
    instance     text   NOT NULL,
    instance_seq bigint NOT NULL,
    chain        bytea  NOT NULL,
    row_hash     bytea  NOT NULL,
    erased_at_ms bigint NOT NULL,
    key_id       text   NOT NULL,
    signature    bytea  NOT NULL,
    PRIMARY KEY (instance, instance_seq)
);
COMMENT ON TABLE  erased_rows              IS 'Rows whose caller and purpose were erased (RGPD art. 17).';
COMMENT ON COLUMN erased_rows.instance     IS 'The gateway.';
COMMENT ON COLUMN erased_rows.instance_seq IS 'Place of the row in its chain.';
COMMENT ON COLUMN erased_rows.chain        IS 'Its chain value, on which the next row stands.';
COMMENT ON COLUMN erased_rows.row_hash     IS 'SHA-256 of the row as it stands now.';
COMMENT ON COLUMN erased_rows.erased_at_ms IS 'Milliseconds since 1970.';
COMMENT ON COLUMN erased_rows.key_id       IS 'As in ledger_keys.';
COMMENT ON COLUMN erased_rows.signature    IS 'Ed25519, by whoever erased.';

CREATE TABLE person_requests (
    id          text   NOT NULL PRIMARY KEY,
    kind        text   NOT NULL,
    asked_at_ms bigint NOT NULL,
    done_at_ms  bigint NOT NULL,
    rows        bigint NOT NULL,
    reason      text
);
COMMENT ON TABLE  person_requests             IS 'Requests of persons about their data (RGPD art. 15, 17 and 20), without the person.';
COMMENT ON COLUMN person_requests.id          IS 'UUIDv7.';
COMMENT ON COLUMN person_requests.kind        IS 'export or erase.';
COMMENT ON COLUMN person_requests.asked_at_ms IS 'When the person asked, in milliseconds since 1970.';
COMMENT ON COLUMN person_requests.done_at_ms  IS 'When it was done.';
COMMENT ON COLUMN person_requests.rows        IS 'Rows shown or erased, all tables together.';
COMMENT ON COLUMN person_requests.reason      IS 'In the words of whoever did it; nothing that names the person.';

CREATE VIEW committee_person_requests AS
SELECT to_char(to_timestamp(asked_at_ms / 1000.0) AT TIME ZONE 'UTC', 'YYYY') AS year, kind, count(*) AS requests,
    (avg(done_at_ms - asked_at_ms) / 86400000.0)::double precision AS mean_days,
    count(*) FILTER (WHERE done_at_ms - asked_at_ms > 31 * 86400000::bigint) AS over_one_month
FROM person_requests GROUP BY 1, 2 HAVING count(*) >= 5;
COMMENT ON VIEW committee_person_requests IS 'Délais des demandes de droits (RGPD), par année ; aucune année de moins de cinq demandes.';

INSERT INTO role_grants (role, privileges, object) VALUES
    ('gardefou_gateway', 'SELECT, INSERT', 'chain_signatures'),
    ('gardefou_gateway', 'SELECT, INSERT', 'ledger_keys'),
    ('gardefou_committee', 'SELECT', 'committee_person_requests'),
    -- The rights of a person, and nothing beside: pseudonyms and purposes may be replaced, figures never.
    ('gardefou_dpo', 'SELECT, UPDATE (caller, purpose)', 'usage_events'),
    ('gardefou_dpo', 'SELECT (month, caller), UPDATE (caller)', 'usage_by_caller'),
    ('gardefou_dpo', 'SELECT (month, caller), UPDATE (caller)', 'usage_by_rule'),
    ('gardefou_dpo', 'SELECT (month, caller), UPDATE (caller)', 'usage_by_class'),
    ('gardefou_dpo', 'SELECT, DELETE', 'charter_acceptances'),
    ('gardefou_dpo', 'SELECT, UPDATE (caller, request_id, comment)', 'feedback'),
    ('gardefou_dpo', 'SELECT, UPDATE (caller, request_id)', 'incidents'),
    ('gardefou_dpo', 'SELECT (id, owner, groups, created_at_ms, expires_at_ms, revoked_at_ms), UPDATE (owner, revoked_at_ms)', 'api_keys'),
    ('gardefou_dpo', 'SELECT, INSERT', 'erased_rows'),
    ('gardefou_dpo', 'SELECT, INSERT', 'ledger_keys'),
    ('gardefou_dpo', 'SELECT, INSERT', 'person_requests'),
    -- What verification reads.
    ('gardefou_dpo', 'SELECT', 'chain_heads'),
    ('gardefou_dpo', 'SELECT', 'chain_signatures'),
    ('gardefou_dpo', 'SELECT', 'retention_gaps'),
    ('gardefou_dpo', 'SELECT', '_sqlx_migrations');
SELECT apply_role_grants();
