-- The service and what else the committee asked for, on PostgreSQL: what is counted, and what this engine says in its own
-- way, between `committee/service_tables.sql` and `committee/service.sql`.

CREATE TABLE usage_by_delay (
    month    text   NOT NULL,
    instance text   NOT NULL,
    measure  text   NOT NULL,
    bucket   bigint NOT NULL,
    requests bigint NOT NULL,
    PRIMARY KEY (month, instance, measure, bucket)
) WITH (fillfactor = 70);
COMMENT ON TABLE  usage_by_delay          IS 'Requests of recognised callers by month, gateway and delay. No pseudonym.';
COMMENT ON COLUMN usage_by_delay.month    IS 'Civil month of Europe/Paris, YYYY-MM.';
COMMENT ON COLUMN usage_by_delay.instance IS 'The gateway, so that two of them never wait for each other.';
COMMENT ON COLUMN usage_by_delay.measure  IS 'overhead_us or upstream_ms.';
COMMENT ON COLUMN usage_by_delay.bucket   IS 'The delay cut to two significant digits: a percentile is at most a tenth too low.';
COMMENT ON COLUMN usage_by_delay.requests IS 'Requests.';

CREATE TABLE usage_by_failure (
    month    text   NOT NULL,
    outcome  text   NOT NULL,
    caller   text   NOT NULL,
    requests bigint NOT NULL,
    PRIMARY KEY (month, outcome, caller)
) WITH (fillfactor = 70);
COMMENT ON TABLE  usage_by_failure         IS 'Requests that the gateway or its backends did not serve, by month and pseudonym. Personal data.';
COMMENT ON COLUMN usage_by_failure.outcome IS 'upstream_error or interrupted.';

CREATE TABLE usage_by_demand (
    month    text   NOT NULL,
    rule     text   NOT NULL,
    family   text   NOT NULL,
    caller   text   NOT NULL,
    requests bigint NOT NULL,
    PRIMARY KEY (month, rule, family, caller)
) WITH (fillfactor = 70);
COMMENT ON TABLE  usage_by_demand        IS 'Requests for what is not listed, by month, rule, family of models and pseudonym. Personal data.';
COMMENT ON COLUMN usage_by_demand.rule   IS 'unknown-tool or no-tool-for-model.';
COMMENT ON COLUMN usage_by_demand.family IS 'Family of the model; empty: none that is known.';

CREATE TABLE usage_by_instance (
    month    text   NOT NULL,
    instance text   NOT NULL,
    last_seq bigint NOT NULL,
    PRIMARY KEY (month, instance)
) WITH (fillfactor = 70);
COMMENT ON TABLE  usage_by_instance          IS 'How far each chain came in a month. Kept for ever: a line a month.';
COMMENT ON COLUMN usage_by_instance.last_seq IS 'Largest instance_seq of the rows of the month.';

-- A figure cut to two significant digits.
CREATE FUNCTION two_digits(figure bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
'SELECT CASE WHEN figure < 100 THEN greatest(figure, 0) WHEN figure < 1000 THEN figure / 10 * 10
    WHEN figure < 10000 THEN figure / 100 * 100 WHEN figure < 100000 THEN figure / 1000 * 1000
    WHEN figure < 1000000 THEN figure / 10000 * 10000 WHEN figure < 10000000 THEN figure / 100000 * 100000
    WHEN figure < 100000000 THEN figure / 1000000 * 1000000 WHEN figure < 1000000000 THEN figure / 10000000 * 10000000
    ELSE figure / 100000000 * 100000000 END';

-- The name comes after that of `usage_counted`, and so do its tables, for every gateway alike.
CREATE FUNCTION count_service() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO usage_by_delay AS u (month, instance, measure, bucket, requests)
    SELECT to_char(occurred_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM'), instance, d.measure, two_digits(d.figure),
        count(*)
    FROM added, LATERAL (VALUES ('overhead_us', overhead_us::bigint), ('upstream_ms', upstream_ms::bigint))
        AS d (measure, figure)
    WHERE caller <> '' AND d.figure IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (month, instance, measure, bucket) DO UPDATE SET requests = u.requests + excluded.requests;

    INSERT INTO usage_by_failure AS u (month, outcome, caller, requests)
    SELECT to_char(occurred_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM'), outcome, caller, count(*)
    FROM added WHERE outcome IN ('upstream_error', 'interrupted') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (month, outcome, caller) DO UPDATE SET requests = u.requests + excluded.requests;

    INSERT INTO usage_by_demand AS u (month, rule, family, caller, requests)
    SELECT to_char(occurred_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM'), rule, coalesce(model, ''), caller, count(*)
    FROM added WHERE decision = 'refused' AND rule IN ('unknown-tool', 'no-tool-for-model')
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (month, rule, family, caller) DO UPDATE SET requests = u.requests + excluded.requests;

    INSERT INTO usage_by_instance AS u (month, instance, last_seq)
    SELECT to_char(occurred_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM'), instance, max(instance_seq)
    FROM added GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (month, instance) DO UPDATE SET last_seq = greatest(u.last_seq, excluded.last_seq);
    RETURN NULL;
END
$$;
CREATE TRIGGER usage_service_counted AFTER INSERT ON usage_events REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_service();

-- The rows from before, of months that are not closed. Nobody inserts meanwhile: what is counted here is counted once.
LOCK TABLE usage_events IN SHARE ROW EXCLUSIVE MODE;
DO $$
DECLARE
    opened timestamptz := coalesce((SELECT ((max(month) || '-01')::timestamp + interval '1 month')
        AT TIME ZONE 'Europe/Paris' FROM kept_months), '-infinity');
BEGIN
    INSERT INTO usage_by_delay
    SELECT to_char(occurred_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM'), instance, d.measure, two_digits(d.figure),
        count(*)
    FROM usage_events, LATERAL (VALUES ('overhead_us', overhead_us::bigint), ('upstream_ms', upstream_ms::bigint))
        AS d (measure, figure)
    WHERE occurred_at >= opened AND caller <> '' AND d.figure IS NOT NULL GROUP BY 1, 2, 3, 4;
    INSERT INTO usage_by_failure
    SELECT to_char(occurred_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM'), outcome, caller, count(*)
    FROM usage_events WHERE occurred_at >= opened AND outcome IN ('upstream_error', 'interrupted') GROUP BY 1, 2, 3;
    INSERT INTO usage_by_demand
    SELECT to_char(occurred_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM'), rule, coalesce(model, ''), caller, count(*)
    FROM usage_events
    WHERE occurred_at >= opened AND decision = 'refused' AND rule IN ('unknown-tool', 'no-tool-for-model')
    GROUP BY 1, 2, 3, 4;
    INSERT INTO usage_by_instance
    SELECT to_char(occurred_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM'), instance, max(instance_seq)
    FROM usage_events GROUP BY 1, 2;
END
$$;

CREATE VIEW today AS
SELECT to_char(now() AT TIME ZONE 'Europe/Paris', 'YYYY-MM-DD') AS day;

-- The month in which each caller accepted a charter for the first time.
CREATE VIEW first_acceptances AS
SELECT to_char(to_timestamp(min(accepted_at_ms) / 1000.0) AT TIME ZONE 'Europe/Paris', 'YYYY-MM') AS month, caller
FROM charter_acceptances WHERE caller <> '' GROUP BY caller;

-- Days from proposal to decision.
CREATE VIEW k_decided AS
SELECT tool, CAST(decision_date::date - proposed_on::date AS bigint) AS days FROM policy_tools;

CREATE VIEW committee_upkeep AS
SELECT 'retention' AS task, to_char(max(removed_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_at,
    max(month) AS result, NULL::bigint AS instances, CAST(sum(rows) AS bigint) AS rows, NULL::bigint AS rows_lost
FROM retention_journal
UNION ALL
SELECT 'signature', to_char(to_timestamp(max(signed_at_ms) / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    NULL, count(DISTINCT instance), NULL, NULL
FROM chain_signatures
UNION ALL
SELECT 'verification', to_char(to_timestamp(verified_at_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    result, instances, rows, rows_lost
FROM (SELECT 1 AS one) AS always LEFT JOIN (
    SELECT * FROM chain_verifications ORDER BY verified_at_ms DESC, id DESC LIMIT 1) AS latest ON true;

-- What follows begins with the new text of this view; others stand on it.
CREATE OR REPLACE VIEW k_rows AS
