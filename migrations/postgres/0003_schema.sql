-- The journal by months, what is counted of it, who may do what, and the traces of what retention removes.
--
-- 1. `usage_events` is partitioned by civil month of Europe/Paris: `usage_events_2026_11`. Retention drops a month
--    instead of deleting rows. `make_usage_months` makes the months of given instants; whoever inserts asks first.
-- 2. `usage_by_caller`, `usage_by_rule` and `usage_by_class` are counted by a trigger in the transaction that inserts,
--    so they always agree with the rows. Figures with a fraction are counted in whole billionths (nWh, ng, nano-euros),
--    so that a sum does not depend on its order. They hold pseudonyms: views with k-anonymity read them, people do not.
-- 3. `role_grants` is the list of what each role may do. `apply_role_grants()` gives it to the roles that exist, and
--    may be run again after a database administrator made a role.

-- Everything below is made in the schema that new tables go to, and functions with their owner's rights look nowhere
-- else.
SELECT set_config('search_path', format('%I, pg_temp', current_schema()), true);

-- 1. The journal by months ------------------------------------------------------------------------------------------

ALTER TABLE usage_events RENAME TO usage_events_unparted;
ALTER TABLE usage_events_unparted RENAME CONSTRAINT usage_events_pkey TO usage_events_unparted_pkey;
DROP INDEX usage_events_chain, usage_events_occurred_at;

-- Columns stand by alignment, widest first, so that no byte is lost between them; texts come last, in the order of the
-- contract. The primary key has the month's column because PostgreSQL wants it in every unique key. It still keeps a
-- request to one row: both values come from one entry, written once in the outbox, so a row that is sent twice is sent
-- twice with the same pair.
CREATE TABLE usage_events (
    id                uuid             NOT NULL,
    occurred_at       timestamptz      NOT NULL,
    instance_seq      bigint           NOT NULL,
    energy_kwh_min    double precision,
    energy_kwh_max    double precision,
    co2e_kg_min       double precision,
    co2e_kg_max       double precision,
    cost_eur          double precision,
    input_tokens      integer,
    output_tokens     integer,
    duration_ms       integer,
    first_token_ms    integer,
    upstream_ms       integer,
    overhead_us       integer,
    tool_level        smallint,
    http_status       smallint,
    stream            boolean          NOT NULL,
    tokens_estimated  boolean          NOT NULL,
    caller            text             NOT NULL,
    direction         text,
    tool              text,
    model             text,
    dialect           text             NOT NULL,
    endpoint          text             NOT NULL,
    purpose           text,
    decision          text             NOT NULL,
    rule              text,
    findings          jsonb            NOT NULL,
    finding_types     jsonb            NOT NULL,
    mention           text             NOT NULL,
    outcome           text             NOT NULL,
    footprint_version text,
    policy_hash       text             NOT NULL,
    charter_version   text             NOT NULL,
    instance          text             NOT NULL,
    chain             bytea            NOT NULL,
    PRIMARY KEY (id, occurred_at)
) PARTITION BY RANGE (occurred_at);

CREATE INDEX usage_events_chain ON usage_events (instance, instance_seq);
CREATE INDEX usage_events_occurred_at ON usage_events USING brin (occurred_at);

-- Rows from before keep their exact values, which their chain holds, even those that the narrower types cannot.
DO $$
DECLARE
    wide text;
    beyond boolean;
BEGIN
    FOREACH wide IN ARRAY
        '{input_tokens, output_tokens, duration_ms, first_token_ms, upstream_ms, overhead_us}'::text[]
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM usage_events_unparted WHERE %I > 2147483647)', wide) INTO beyond;
        IF beyond THEN
            EXECUTE format('ALTER TABLE usage_events ALTER COLUMN %I TYPE bigint', wide);
        END IF;
    END LOOP;
END
$$;

COMMENT ON TABLE  usage_events                   IS 'One row per request to an AI tool, by month. Never a prompt, an answer, a found value or a name.';
COMMENT ON COLUMN usage_events.id                IS 'Request id (UUIDv7), as in the x-gardefou-request-id header.';
COMMENT ON COLUMN usage_events.occurred_at       IS 'When the request arrived, to the millisecond.';
COMMENT ON COLUMN usage_events.instance_seq      IS 'Place of the row in the chain of its instance, from 1.';
COMMENT ON COLUMN usage_events.energy_kwh_min    IS 'Electricity of the answer, least; NULL where the model is unknown.';
COMMENT ON COLUMN usage_events.energy_kwh_max    IS 'Electricity of the answer, most.';
COMMENT ON COLUMN usage_events.co2e_kg_min       IS 'Emissions of the answer in kg CO2e, least; NULL where the model is unknown.';
COMMENT ON COLUMN usage_events.co2e_kg_max       IS 'Emissions of the answer in kg CO2e, most.';
COMMENT ON COLUMN usage_events.cost_eur          IS 'Price of the answer in euros; NULL where the price is unknown.';
COMMENT ON COLUMN usage_events.input_tokens      IS 'Tokens of the prompt.';
COMMENT ON COLUMN usage_events.output_tokens     IS 'Tokens of the answer, thinking included.';
COMMENT ON COLUMN usage_events.duration_ms       IS 'From the first byte of the request to the last of the answer; NULL where unknown.';
COMMENT ON COLUMN usage_events.first_token_ms    IS 'To the first byte of the answer.';
COMMENT ON COLUMN usage_events.upstream_ms       IS 'Spent waiting for the backend.';
COMMENT ON COLUMN usage_events.overhead_us       IS 'Spent in the gateway itself, in microseconds.';
COMMENT ON COLUMN usage_events.tool_level        IS '1 for all, 2 embedded in a vendor''s product, 3 specialised.';
COMMENT ON COLUMN usage_events.http_status       IS 'Status the caller saw; NULL where the gateway stopped before it could know.';
COMMENT ON COLUMN usage_events.stream            IS 'A stream was asked for.';
COMMENT ON COLUMN usage_events.tokens_estimated  IS 'The backend did not count: estimated from the length of the text.';
COMMENT ON COLUMN usage_events.caller            IS 'Keyed pseudonym of the caller; empty where nobody was recognised.';
COMMENT ON COLUMN usage_events.direction         IS 'Direction of the caller''s group in the policy.';
COMMENT ON COLUMN usage_events.tool              IS 'Id of the tool in the policy; NULL where none matched.';
COMMENT ON COLUMN usage_events.model             IS 'Model asked for, where the policy knows it.';
COMMENT ON COLUMN usage_events.dialect           IS 'gemini, openai or anthropic.';
COMMENT ON COLUMN usage_events.endpoint          IS 'Name of the endpoint in the dialect, such as chat.completions.';
COMMENT ON COLUMN usage_events.purpose           IS 'Why, in the caller''s words, after screening.';
COMMENT ON COLUMN usage_events.decision          IS 'allowed, warned, masked or refused.';
COMMENT ON COLUMN usage_events.rule              IS 'Id of the rule that decided.';
COMMENT ON COLUMN usage_events.findings          IS 'Number of findings per data class.';
COMMENT ON COLUMN usage_events.finding_types     IS 'Number of findings per type.';
COMMENT ON COLUMN usage_events.mention           IS 'Where the mention stands: text, header or none.';
COMMENT ON COLUMN usage_events.outcome           IS 'completed, refused, client_gone, upstream_error or interrupted.';
COMMENT ON COLUMN usage_events.footprint_version IS 'Method of the footprint and its version; NULL where there is no figure.';
COMMENT ON COLUMN usage_events.policy_hash       IS 'Hash of the policy that decided.';
COMMENT ON COLUMN usage_events.charter_version   IS 'Version of the charter in force.';
COMMENT ON COLUMN usage_events.instance          IS 'The gateway that wrote the row.';
COMMENT ON COLUMN usage_events.chain             IS 'SHA-256 of the row and of the chain value before it, per instance.';

CREATE FUNCTION make_usage_months(instants timestamptz[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    first timestamp;
    partition text;
    made integer := 0;
BEGIN
    FOR first IN
        SELECT DISTINCT date_trunc('month', i AT TIME ZONE 'Europe/Paris') FROM unnest(instants) AS i
        WHERE isfinite(i) ORDER BY 1
    LOOP
        partition := 'usage_events_' || to_char(first, 'YYYY_MM');
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        -- One at a time: another gateway may see the same new month.
        PERFORM pg_advisory_xact_lock(hashtextextended('gardefou: months of usage_events', 0));
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        -- Made apart and then attached, which lets others go on inserting into the other months.
        EXECUTE format('CREATE TABLE %I (LIKE usage_events INCLUDING ALL)', partition);
        EXECUTE format('ALTER TABLE usage_events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition,
            first AT TIME ZONE 'Europe/Paris', (first + interval '1 month') AT TIME ZONE 'Europe/Paris');
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION make_usage_months IS 'Makes the partitions of the months of these instants where they are missing; says how many it made.';

-- The last year and the month to come, so that whoever brings rows of their own by hand need not know of the function.
SELECT make_usage_months(array_agg(now() + n * interval '1 month')) FROM generate_series(-12, 1) AS n;

-- 2. What is counted ------------------------------------------------------------------------------------------------

CREATE TABLE usage_by_caller (
    month           text     NOT NULL,
    tool            text     NOT NULL,
    tool_level      smallint,
    direction       text     NOT NULL,
    caller          text     NOT NULL,
    requests        bigint   NOT NULL,
    completed       bigint   NOT NULL,
    input_tokens    bigint   NOT NULL,
    output_tokens   bigint   NOT NULL,
    energy_nwh_min  bigint   NOT NULL,
    energy_nwh_max  bigint   NOT NULL,
    co2e_ng_min     bigint   NOT NULL,
    co2e_ng_max     bigint   NOT NULL,
    footprint_known bigint   NOT NULL,
    cost_neur       bigint   NOT NULL,
    cost_known      bigint   NOT NULL,
    answered        bigint   NOT NULL,
    PRIMARY KEY (month, tool, direction, caller)
) WITH (fillfactor = 70);
COMMENT ON TABLE  usage_by_caller                 IS 'Counts of usage_events by month, tool, direction and pseudonym. Personal data: read through the committee''s views.';
COMMENT ON COLUMN usage_by_caller.month           IS 'Civil month of Europe/Paris, YYYY-MM.';
COMMENT ON COLUMN usage_by_caller.tool            IS 'Id of the tool; empty: none matched.';
COMMENT ON COLUMN usage_by_caller.tool_level      IS 'Highest level the tool had in the month.';
COMMENT ON COLUMN usage_by_caller.direction       IS 'Direction; empty: none.';
COMMENT ON COLUMN usage_by_caller.caller          IS 'Keyed pseudonym; empty: nobody recognised.';
COMMENT ON COLUMN usage_by_caller.requests        IS 'Requests.';
COMMENT ON COLUMN usage_by_caller.completed       IS 'Requests whose whole answer was handed over.';
COMMENT ON COLUMN usage_by_caller.energy_nwh_min  IS 'Electricity in billionths of a Wh, least. A request counts for 100 kWh at most.';
COMMENT ON COLUMN usage_by_caller.energy_nwh_max  IS 'The same, most.';
COMMENT ON COLUMN usage_by_caller.co2e_ng_min     IS 'Emissions in ng CO2e, least. A request counts for 100 kg at most.';
COMMENT ON COLUMN usage_by_caller.co2e_ng_max     IS 'The same, most.';
COMMENT ON COLUMN usage_by_caller.footprint_known IS 'Requests with a footprint.';
COMMENT ON COLUMN usage_by_caller.cost_neur       IS 'Cost in billionths of a euro. A request counts for 100 000 euros at most.';
COMMENT ON COLUMN usage_by_caller.cost_known      IS 'Requests with a cost.';
COMMENT ON COLUMN usage_by_caller.answered        IS 'Requests whose output_tokens are known.';

CREATE TABLE usage_by_rule (
    month    text   NOT NULL,
    decision text   NOT NULL,
    rule     text   NOT NULL,
    tool     text   NOT NULL,
    caller   text   NOT NULL,
    requests bigint NOT NULL,
    PRIMARY KEY (month, decision, rule, tool, caller)
) WITH (fillfactor = 70);
COMMENT ON TABLE  usage_by_rule          IS 'Requests by month, decision, rule, tool and pseudonym, where a rule had a say. Personal data.';
COMMENT ON COLUMN usage_by_rule.rule     IS 'Id of the rule; empty: none named.';

CREATE TABLE usage_by_class (
    month    text   NOT NULL,
    class    text   NOT NULL,
    decision text   NOT NULL,
    caller   text   NOT NULL,
    requests bigint NOT NULL,
    findings bigint NOT NULL,
    PRIMARY KEY (month, class, decision, caller)
) WITH (fillfactor = 70);
COMMENT ON TABLE  usage_by_class          IS 'Findings by month, class of data, decision and pseudonym. Personal data.';
COMMENT ON COLUMN usage_by_class.class    IS 'Class of data; answer:CLASS where it was found in an answer.';
COMMENT ON COLUMN usage_by_class.requests IS 'Requests with a finding of the class.';
COMMENT ON COLUMN usage_by_class.findings IS 'Findings of the class.';

-- A figure in billionths. Bounded, because a sum that no bigint holds would stop every row behind it.
CREATE FUNCTION billionths(figure double precision, in_one double precision) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
'SELECT floor(least(greatest(figure * in_one, 0), 1e14) + 0.5)::bigint';

CREATE FUNCTION count_usage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    -- Always the same tables and keys in the same order, so that two gateways wait for each other and never in a ring.
    INSERT INTO usage_by_caller AS u (month, tool, tool_level, direction, caller, requests, completed, input_tokens,
        output_tokens, energy_nwh_min, energy_nwh_max, co2e_ng_min, co2e_ng_max, footprint_known, cost_neur,
        cost_known, answered)
    SELECT to_char(occurred_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM'), coalesce(tool, ''), max(tool_level),
        coalesce(direction, ''), caller, count(*), count(*) FILTER (WHERE outcome = 'completed'),
        coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
        coalesce(sum(billionths(energy_kwh_min, 1e12)), 0), coalesce(sum(billionths(energy_kwh_max, 1e12)), 0),
        coalesce(sum(billionths(co2e_kg_min, 1e12)), 0), coalesce(sum(billionths(co2e_kg_max, 1e12)), 0),
        count(energy_kwh_min), coalesce(sum(billionths(cost_eur, 1e9)), 0), count(cost_eur), count(output_tokens)
    FROM added GROUP BY 1, 2, 4, 5 ORDER BY 1, 2, 4, 5
    ON CONFLICT (month, tool, direction, caller) DO UPDATE SET
        tool_level = greatest(u.tool_level, excluded.tool_level),
        requests = u.requests + excluded.requests,
        completed = u.completed + excluded.completed,
        input_tokens = u.input_tokens + excluded.input_tokens,
        output_tokens = u.output_tokens + excluded.output_tokens,
        energy_nwh_min = u.energy_nwh_min + excluded.energy_nwh_min,
        energy_nwh_max = u.energy_nwh_max + excluded.energy_nwh_max,
        co2e_ng_min = u.co2e_ng_min + excluded.co2e_ng_min,
        co2e_ng_max = u.co2e_ng_max + excluded.co2e_ng_max,
        footprint_known = u.footprint_known + excluded.footprint_known,
        cost_neur = u.cost_neur + excluded.cost_neur,
        cost_known = u.cost_known + excluded.cost_known,
        answered = u.answered + excluded.answered;

    INSERT INTO usage_by_rule AS u (month, decision, rule, tool, caller, requests)
    SELECT to_char(occurred_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM'), decision, coalesce(rule, ''),
        coalesce(tool, ''), caller, count(*)
    FROM added WHERE decision <> 'allowed' OR rule IS NOT NULL GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (month, decision, rule, tool, caller) DO UPDATE SET requests = u.requests + excluded.requests;

    INSERT INTO usage_by_class AS u (month, class, decision, caller, requests, findings)
    SELECT to_char(occurred_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM'), f.key, decision, caller, count(*),
        sum(f.value::bigint)
    FROM added, LATERAL jsonb_each_text(findings) AS f WHERE findings <> '{}'
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (month, class, decision, caller) DO UPDATE SET
        requests = u.requests + excluded.requests, findings = u.findings + excluded.findings;
    RETURN NULL;
END
$$;

CREATE TRIGGER usage_counted AFTER INSERT ON usage_events REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_usage();

-- The rows from before, month by month, through the same trigger.
SELECT make_usage_months(array_agg(DISTINCT month AT TIME ZONE 'Europe/Paris')) FROM (
    SELECT date_trunc('month', occurred_at AT TIME ZONE 'Europe/Paris') AS month FROM usage_events_unparted) AS months;
DO $$
DECLARE
    first timestamp;
BEGIN
    FOR first IN
        SELECT DISTINCT date_trunc('month', occurred_at AT TIME ZONE 'Europe/Paris') FROM usage_events_unparted
        ORDER BY 1
    LOOP
        INSERT INTO usage_events (id, occurred_at, caller, direction, tool, tool_level, model, dialect, endpoint,
            stream, purpose, decision, rule, findings, finding_types, mention, http_status, outcome, input_tokens,
            output_tokens, tokens_estimated, duration_ms, first_token_ms, upstream_ms, overhead_us, energy_kwh_min,
            energy_kwh_max, co2e_kg_min, co2e_kg_max, cost_eur, policy_hash, charter_version, instance, chain,
            instance_seq)
        SELECT id, occurred_at, caller, direction, tool, tool_level, model, dialect, endpoint,
            stream, purpose, decision, rule, findings, finding_types, mention, http_status, outcome, input_tokens,
            output_tokens, tokens_estimated, duration_ms, first_token_ms, upstream_ms, overhead_us, energy_kwh_min,
            energy_kwh_max, co2e_kg_min, co2e_kg_max, cost_eur, policy_hash, charter_version, instance, chain,
            instance_seq
        FROM usage_events_unparted
        WHERE occurred_at >= first AT TIME ZONE 'Europe/Paris'
            AND occurred_at < (first + interval '1 month') AT TIME ZONE 'Europe/Paris'
        ORDER BY instance, instance_seq;
    END LOOP;
END
$$;
DROP TABLE usage_events_unparted;

-- 3. What retention leaves ------------------------------------------------------------------------------------------

CREATE TABLE retention_gaps (
    instance  text   NOT NULL,
    first_seq bigint NOT NULL,
    last_seq  bigint NOT NULL,
    chain     bytea  NOT NULL,
    PRIMARY KEY (instance, first_seq),
    CHECK (first_seq <= last_seq)
);
COMMENT ON TABLE  retention_gaps           IS 'Runs of rows that retention removed from a chain, so that the rest can still be verified.';
COMMENT ON COLUMN retention_gaps.instance  IS 'The gateway whose chain it is.';
COMMENT ON COLUMN retention_gaps.first_seq IS 'instance_seq of the first row of the run.';
COMMENT ON COLUMN retention_gaps.last_seq  IS 'instance_seq of the last row of the run.';
COMMENT ON COLUMN retention_gaps.chain     IS 'Chain value of the last row of the run, on which the next row stands.';

CREATE TABLE retention_journal (
    month          text        NOT NULL,
    rows           bigint      NOT NULL,
    first_day      date        NOT NULL,
    last_day       date        NOT NULL,
    removed_at     timestamptz NOT NULL,
    retention_days integer     NOT NULL,
    justification  text,
    PRIMARY KEY (month, removed_at)
);
COMMENT ON TABLE  retention_journal                IS 'Each removal of a month of usage_events.';
COMMENT ON COLUMN retention_journal.month          IS 'Civil month of Europe/Paris, YYYY-MM.';
COMMENT ON COLUMN retention_journal.rows           IS 'Rows removed.';
COMMENT ON COLUMN retention_journal.first_day      IS 'Day of the first row, in Europe/Paris.';
COMMENT ON COLUMN retention_journal.last_day       IS 'Day of the last row.';
COMMENT ON COLUMN retention_journal.removed_at     IS 'When.';
COMMENT ON COLUMN retention_journal.retention_days IS 'Days for which rows were kept, as in the settings.';
COMMENT ON COLUMN retention_journal.justification  IS 'Why, where the settings ask for a reason.';

-- 4. Who may do what ------------------------------------------------------------------------------------------------

CREATE TABLE role_grants (
    role       text NOT NULL,
    privileges text NOT NULL,
    object     text NOT NULL,
    PRIMARY KEY (role, object, privileges)
);
COMMENT ON TABLE  role_grants            IS 'What each role may do. apply_role_grants() gives it to the roles that exist.';
COMMENT ON COLUMN role_grants.role       IS 'gardefou_gateway, gardefou_committee or gardefou_dpo.';
COMMENT ON COLUMN role_grants.privileges IS 'As in GRANT: SELECT, INSERT, UPDATE (column), EXECUTE.';
COMMENT ON COLUMN role_grants.object     IS 'As in GRANT: a table, FUNCTION name(types).';

CREATE FUNCTION apply_role_grants() RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    given record;
BEGIN
    FOR given IN SELECT r.role, r.privileges, r.object FROM role_grants r JOIN pg_roles p ON p.rolname = r.role LOOP
        EXECUTE format('GRANT %s ON %s TO %I', given.privileges, given.object, given.role);
    END LOOP;
    FOR given IN SELECT DISTINCT r.role FROM role_grants r JOIN pg_roles p ON p.rolname = r.role LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), given.role);
    END LOOP;
END
$$;
COMMENT ON FUNCTION apply_role_grants IS 'Gives the roles that exist what role_grants lists. May be run at any time, by the owner.';

REVOKE EXECUTE ON FUNCTION make_usage_months(timestamptz[]), count_usage(), apply_role_grants() FROM PUBLIC;

-- Changes of the office are counted with the owner's rights, so that nobody else needs to write there.
ALTER FUNCTION office_changed() SECURITY DEFINER SET search_path FROM CURRENT;

-- Where this user may make no roles, an administrator does: docs/database.md.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY '{gardefou_gateway, gardefou_committee, gardefou_dpo}'::text[] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION
                WHEN insufficient_privilege THEN
                    RAISE NOTICE 'role % is missing, and % may not make it', wanted, current_user;
                -- Roles belong to all databases of a server, and another one was quicker.
                WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;
END
$$;

INSERT INTO role_grants (role, privileges, object) VALUES
    -- The journal: add rows, and find out whether rows are there. Rows are never changed and never read.
    ('gardefou_gateway', 'INSERT, SELECT (id, occurred_at)', 'usage_events'),
    ('gardefou_gateway', 'EXECUTE', 'FUNCTION make_usage_months(timestamptz[])'),
    ('gardefou_gateway', 'SELECT, INSERT, UPDATE', 'chain_heads'),
    ('gardefou_gateway', 'SELECT, INSERT', 'policy_versions'),
    ('gardefou_gateway', 'SELECT', '_sqlx_migrations'),
    -- The office.
    ('gardefou_gateway', 'SELECT', 'office_changes'),
    ('gardefou_gateway', 'SELECT, INSERT, UPDATE (revoked_at_ms)', 'api_keys'),
    ('gardefou_gateway', 'SELECT, INSERT', 'charter_acceptances'),
    ('gardefou_gateway', 'SELECT, INSERT', 'feedback'),
    ('gardefou_gateway', 'SELECT, INSERT', 'incidents');
SELECT apply_role_grants();
