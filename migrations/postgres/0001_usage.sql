-- The journal on PostgreSQL: one row per request, the columns of the contract in its order.
--
-- The primary key is (id, occurred_at) so that the table can be partitioned by month: PostgreSQL wants the partition
-- column in every unique key. It still keeps a request to one row: both values come from one entry, written once in
-- the outbox, so a row that is sent twice is sent twice with the same pair.
CREATE TABLE usage_events (
    id               uuid             NOT NULL,
    occurred_at      timestamptz      NOT NULL,
    caller           text             NOT NULL,
    direction        text,
    tool             text,
    tool_level       smallint,
    model            text,
    dialect          text             NOT NULL,
    endpoint         text             NOT NULL,
    stream           boolean          NOT NULL,
    purpose          text,
    decision         text             NOT NULL,
    rule             text,
    findings         jsonb            NOT NULL,
    finding_types    jsonb            NOT NULL,
    mention          text             NOT NULL,
    http_status      smallint,
    outcome          text             NOT NULL,
    input_tokens     bigint,
    output_tokens    bigint,
    tokens_estimated boolean          NOT NULL,
    duration_ms      bigint,
    first_token_ms   bigint,
    upstream_ms      bigint,
    overhead_us      bigint,
    energy_kwh_min   double precision,
    energy_kwh_max   double precision,
    co2e_kg_min      double precision,
    co2e_kg_max      double precision,
    cost_eur         double precision,
    policy_hash      text             NOT NULL,
    charter_version  text             NOT NULL,
    instance         text             NOT NULL,
    chain            bytea            NOT NULL,
    instance_seq     bigint           NOT NULL,
    PRIMARY KEY (id, occurred_at)
);

CREATE INDEX usage_events_chain ON usage_events (instance, instance_seq);
CREATE INDEX usage_events_occurred_at ON usage_events USING brin (occurred_at);

COMMENT ON TABLE  usage_events                  IS 'One row per request to an AI tool. Never a prompt, an answer, a found value or a name.';
COMMENT ON COLUMN usage_events.id               IS 'Request id (UUIDv7), as in the x-gardefou-request-id header.';
COMMENT ON COLUMN usage_events.occurred_at      IS 'When the request arrived, to the millisecond.';
COMMENT ON COLUMN usage_events.caller           IS 'Keyed pseudonym of the caller; empty where nobody was recognised.';
COMMENT ON COLUMN usage_events.direction        IS 'Direction of the caller''s group in the policy.';
COMMENT ON COLUMN usage_events.tool             IS 'Id of the tool in the policy; NULL where none matched.';
COMMENT ON COLUMN usage_events.tool_level       IS '1 for all, 2 embedded in a vendor''s product, 3 specialised.';
COMMENT ON COLUMN usage_events.model            IS 'Model asked for, where the policy knows it.';
COMMENT ON COLUMN usage_events.dialect          IS 'gemini, openai or anthropic.';
COMMENT ON COLUMN usage_events.endpoint         IS 'Name of the endpoint in the dialect, such as chat.completions.';
COMMENT ON COLUMN usage_events.stream           IS 'A stream was asked for.';
COMMENT ON COLUMN usage_events.purpose          IS 'Why, in the caller''s words, after screening.';
COMMENT ON COLUMN usage_events.decision         IS 'allowed, warned, masked or refused.';
COMMENT ON COLUMN usage_events.rule             IS 'Id of the rule that decided.';
COMMENT ON COLUMN usage_events.findings         IS 'Number of findings per data class.';
COMMENT ON COLUMN usage_events.finding_types    IS 'Number of findings per type.';
COMMENT ON COLUMN usage_events.mention          IS 'Where the mention stands: text, header or none.';
COMMENT ON COLUMN usage_events.http_status      IS 'Status the caller saw; NULL where the gateway stopped before it could know.';
COMMENT ON COLUMN usage_events.outcome          IS 'completed, refused, client_gone, upstream_error or interrupted.';
COMMENT ON COLUMN usage_events.input_tokens     IS 'Tokens of the prompt.';
COMMENT ON COLUMN usage_events.output_tokens    IS 'Tokens of the answer, thinking included.';
COMMENT ON COLUMN usage_events.tokens_estimated IS 'The backend did not count: estimated from the length of the text.';
COMMENT ON COLUMN usage_events.duration_ms      IS 'From the first byte of the request to the last of the answer; NULL where unknown.';
COMMENT ON COLUMN usage_events.first_token_ms   IS 'To the first byte of the answer.';
COMMENT ON COLUMN usage_events.upstream_ms      IS 'Spent waiting for the backend.';
COMMENT ON COLUMN usage_events.overhead_us      IS 'Spent in the gateway itself, in microseconds.';
COMMENT ON COLUMN usage_events.energy_kwh_min   IS 'Electricity of the answer, least; NULL where the model is unknown.';
COMMENT ON COLUMN usage_events.energy_kwh_max   IS 'Electricity of the answer, most.';
COMMENT ON COLUMN usage_events.co2e_kg_min      IS 'Emissions of the answer in kg CO2e, least; NULL where the model is unknown.';
COMMENT ON COLUMN usage_events.co2e_kg_max      IS 'Emissions of the answer in kg CO2e, most.';
COMMENT ON COLUMN usage_events.cost_eur         IS 'Price of the answer in euros; NULL where the price is unknown.';
COMMENT ON COLUMN usage_events.policy_hash      IS 'Hash of the policy that decided.';
COMMENT ON COLUMN usage_events.charter_version  IS 'Version of the charter in force.';
COMMENT ON COLUMN usage_events.instance         IS 'The gateway that wrote the row.';
COMMENT ON COLUMN usage_events.chain            IS 'SHA-256 of the row and of the chain value before it, per instance.';
COMMENT ON COLUMN usage_events.instance_seq     IS 'Place of the row in the chain of its instance, from 1.';

CREATE TABLE chain_heads (
    instance     text   NOT NULL PRIMARY KEY,
    instance_seq bigint NOT NULL,
    chain        bytea  NOT NULL
);
COMMENT ON TABLE  chain_heads              IS 'Where the chain of each gateway stands. Changed with the rows, in one transaction.';
COMMENT ON COLUMN chain_heads.instance     IS 'The gateway.';
COMMENT ON COLUMN chain_heads.instance_seq IS 'Place of its last row; 0 before the first.';
COMMENT ON COLUMN chain_heads.chain        IS 'Chain value of its last row; empty before the first.';

CREATE TABLE policy_versions (
    policy_hash     text        NOT NULL PRIMARY KEY,
    first_loaded_at timestamptz NOT NULL,
    instance        text        NOT NULL,
    charter_version text        NOT NULL,
    document        text        NOT NULL
);
COMMENT ON TABLE  policy_versions                 IS 'Every policy that was in force, so that a decision can be explained later.';
COMMENT ON COLUMN policy_versions.policy_hash     IS 'As in usage_events.policy_hash.';
COMMENT ON COLUMN policy_versions.first_loaded_at IS 'When a gateway first served with it.';
COMMENT ON COLUMN policy_versions.instance        IS 'That gateway.';
COMMENT ON COLUMN policy_versions.charter_version IS 'Version of the charter it names.';
COMMENT ON COLUMN policy_versions.document        IS 'Its text. It may name holders of attestations: personal data.';
