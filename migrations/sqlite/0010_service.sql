-- The service and what else the committee asked for, on SQLite: what is counted, and what this engine says in its own way,
-- between `committee/service_tables.sql` and `committee/service.sql`. Months as in 0003.

-- Requests of recognised callers by delay: `overhead_us`, `upstream_ms`. `bucket`: the delay cut to two significant
-- digits, so a percentile is at most a tenth too low. By gateway, so that two of them never wait for each other.
CREATE TABLE usage_by_delay (
    month    TEXT    NOT NULL,
    instance TEXT    NOT NULL,
    measure  TEXT    NOT NULL,
    bucket   INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (month, instance, measure, bucket)
) STRICT, WITHOUT ROWID;

-- Requests that the gateway or its backends did not serve. Personal data.
CREATE TABLE usage_by_failure (
    month    TEXT    NOT NULL,
    outcome  TEXT    NOT NULL,
    caller   TEXT    NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (month, outcome, caller)
) STRICT, WITHOUT ROWID;

-- What was asked for and is not listed: the family of the model, '' where it is none that is known. Personal data.
CREATE TABLE usage_by_demand (
    month    TEXT    NOT NULL,
    rule     TEXT    NOT NULL,
    family   TEXT    NOT NULL,
    caller   TEXT    NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (month, rule, family, caller)
) STRICT, WITHOUT ROWID;

-- How far each chain came in a month.
CREATE TABLE usage_by_instance (
    month    TEXT    NOT NULL,
    instance TEXT    NOT NULL,
    last_seq INTEGER NOT NULL,
    PRIMARY KEY (month, instance)
) STRICT, WITHOUT ROWID;

-- The rows from before, of months that are not closed.
INSERT INTO usage_by_delay
SELECT * FROM (
    SELECT coalesce(strftime('%Y-%m', occurred_at,
            CASE WHEN substr(occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
            substr(occurred_at, 1, 7)) AS month,
        instance, 'overhead_us', CASE WHEN overhead_us < 100 THEN max(overhead_us, 0) WHEN overhead_us < 1000 THEN overhead_us / 10 * 10
            WHEN overhead_us < 10000 THEN overhead_us / 100 * 100 WHEN overhead_us < 100000 THEN overhead_us / 1000 * 1000
            WHEN overhead_us < 1000000 THEN overhead_us / 10000 * 10000 WHEN overhead_us < 10000000 THEN overhead_us / 100000 * 100000
            WHEN overhead_us < 100000000 THEN overhead_us / 1000000 * 1000000 WHEN overhead_us < 1000000000 THEN overhead_us / 10000000 * 10000000
            ELSE overhead_us / 100000000 * 100000000 END, count(*)
    FROM usage_events WHERE caller <> '' AND overhead_us IS NOT NULL GROUP BY 1, 2, 4
    UNION ALL
    SELECT coalesce(strftime('%Y-%m', occurred_at,
            CASE WHEN substr(occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
            substr(occurred_at, 1, 7)),
        instance, 'upstream_ms', CASE WHEN upstream_ms < 100 THEN max(upstream_ms, 0) WHEN upstream_ms < 1000 THEN upstream_ms / 10 * 10
            WHEN upstream_ms < 10000 THEN upstream_ms / 100 * 100 WHEN upstream_ms < 100000 THEN upstream_ms / 1000 * 1000
            WHEN upstream_ms < 1000000 THEN upstream_ms / 10000 * 10000 WHEN upstream_ms < 10000000 THEN upstream_ms / 100000 * 100000
            WHEN upstream_ms < 100000000 THEN upstream_ms / 1000000 * 1000000 WHEN upstream_ms < 1000000000 THEN upstream_ms / 10000000 * 10000000
            ELSE upstream_ms / 100000000 * 100000000 END, count(*)
    FROM usage_events WHERE caller <> '' AND upstream_ms IS NOT NULL GROUP BY 1, 2, 4
) AS before WHERE month > (SELECT coalesce(max(month), '') FROM kept_months);

INSERT INTO usage_by_failure
SELECT * FROM (
    SELECT coalesce(strftime('%Y-%m', occurred_at,
            CASE WHEN substr(occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
            substr(occurred_at, 1, 7)) AS month, outcome, caller, count(*)
    FROM usage_events WHERE outcome IN ('upstream_error', 'interrupted') GROUP BY 1, 2, 3
) AS before WHERE month > (SELECT coalesce(max(month), '') FROM kept_months);

INSERT INTO usage_by_demand
SELECT * FROM (
    SELECT coalesce(strftime('%Y-%m', occurred_at,
            CASE WHEN substr(occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
            substr(occurred_at, 1, 7)) AS month, rule, coalesce(model, ''), caller, count(*)
    FROM usage_events WHERE decision = 'refused' AND rule IN ('unknown-tool', 'no-tool-for-model') GROUP BY 1, 2, 3, 4
) AS before WHERE month > (SELECT coalesce(max(month), '') FROM kept_months);

INSERT INTO usage_by_instance
SELECT coalesce(strftime('%Y-%m', occurred_at,
        CASE WHEN substr(occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
        substr(occurred_at, 1, 7)), instance, max(instance_seq)
FROM usage_events GROUP BY 1, 2;

CREATE TRIGGER usage_overhead_counted AFTER INSERT ON usage_events
WHEN new.caller <> '' AND new.overhead_us IS NOT NULL BEGIN
    INSERT INTO usage_by_delay VALUES (
        coalesce(strftime('%Y-%m', new.occurred_at,
            CASE WHEN substr(new.occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
            substr(new.occurred_at, 1, 7)),
        new.instance, 'overhead_us',
        CASE WHEN new.overhead_us < 100 THEN max(new.overhead_us, 0) WHEN new.overhead_us < 1000 THEN new.overhead_us / 10 * 10
        WHEN new.overhead_us < 10000 THEN new.overhead_us / 100 * 100 WHEN new.overhead_us < 100000 THEN new.overhead_us / 1000 * 1000
        WHEN new.overhead_us < 1000000 THEN new.overhead_us / 10000 * 10000 WHEN new.overhead_us < 10000000 THEN new.overhead_us / 100000 * 100000
        WHEN new.overhead_us < 100000000 THEN new.overhead_us / 1000000 * 1000000 WHEN new.overhead_us < 1000000000 THEN new.overhead_us / 10000000 * 10000000
        ELSE new.overhead_us / 100000000 * 100000000 END, 1)
    ON CONFLICT (month, instance, measure, bucket) DO UPDATE SET requests = requests + 1;
END;

CREATE TRIGGER usage_upstream_counted AFTER INSERT ON usage_events
WHEN new.caller <> '' AND new.upstream_ms IS NOT NULL BEGIN
    INSERT INTO usage_by_delay VALUES (
        coalesce(strftime('%Y-%m', new.occurred_at,
            CASE WHEN substr(new.occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
            substr(new.occurred_at, 1, 7)),
        new.instance, 'upstream_ms',
        CASE WHEN new.upstream_ms < 100 THEN max(new.upstream_ms, 0) WHEN new.upstream_ms < 1000 THEN new.upstream_ms / 10 * 10
        WHEN new.upstream_ms < 10000 THEN new.upstream_ms / 100 * 100 WHEN new.upstream_ms < 100000 THEN new.upstream_ms / 1000 * 1000
        WHEN new.upstream_ms < 1000000 THEN new.upstream_ms / 10000 * 10000 WHEN new.upstream_ms < 10000000 THEN new.upstream_ms / 100000 * 100000
        WHEN new.upstream_ms < 100000000 THEN new.upstream_ms / 1000000 * 1000000 WHEN new.upstream_ms < 1000000000 THEN new.upstream_ms / 10000000 * 10000000
        ELSE new.upstream_ms / 100000000 * 100000000 END, 1)
    ON CONFLICT (month, instance, measure, bucket) DO UPDATE SET requests = requests + 1;
END;

CREATE TRIGGER usage_failure_counted AFTER INSERT ON usage_events
WHEN new.outcome IN ('upstream_error', 'interrupted') BEGIN
    INSERT INTO usage_by_failure VALUES (
        coalesce(strftime('%Y-%m', new.occurred_at,
            CASE WHEN substr(new.occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
            substr(new.occurred_at, 1, 7)),
        new.outcome, new.caller, 1)
    ON CONFLICT (month, outcome, caller) DO UPDATE SET requests = requests + 1;
END;

CREATE TRIGGER usage_demand_counted AFTER INSERT ON usage_events
WHEN new.decision = 'refused' AND new.rule IN ('unknown-tool', 'no-tool-for-model') BEGIN
    INSERT INTO usage_by_demand VALUES (
        coalesce(strftime('%Y-%m', new.occurred_at,
            CASE WHEN substr(new.occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
            substr(new.occurred_at, 1, 7)),
        new.rule, coalesce(new.model, ''), new.caller, 1)
    ON CONFLICT (month, rule, family, caller) DO UPDATE SET requests = requests + 1;
END;

CREATE TRIGGER usage_instance_counted AFTER INSERT ON usage_events BEGIN
    INSERT INTO usage_by_instance VALUES (
        coalesce(strftime('%Y-%m', new.occurred_at,
            CASE WHEN substr(new.occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
            substr(new.occurred_at, 1, 7)),
        new.instance, new.instance_seq)
    ON CONFLICT (month, instance) DO UPDATE SET last_seq = max(last_seq, excluded.last_seq);
END;

CREATE VIEW today AS
SELECT strftime('%Y-%m-%d', 'now',
    CASE WHEN strftime('%m', 'now') BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END) AS day;

-- The month in which each caller accepted a charter for the first time.
CREATE VIEW first_acceptances AS
SELECT strftime('%Y-%m', first_ms / 1000, 'unixepoch',
        CASE WHEN strftime('%m', first_ms / 1000, 'unixepoch') BETWEEN '03' AND '09'
            THEN '+2 hours' ELSE '+1 hours' END) AS month, caller
FROM (SELECT caller, min(accepted_at_ms) AS first_ms FROM charter_acceptances WHERE caller <> '' GROUP BY caller) AS f;

-- Days from proposal to decision.
CREATE VIEW k_decided AS
SELECT tool, CAST(julianday(decision_date) - julianday(proposed_on) AS INTEGER) AS days FROM policy_tools;

CREATE VIEW committee_upkeep AS
SELECT 'retention' AS task, max(removed_at) AS last_at, max(month) AS result, NULL AS instances,
    (SELECT sum(rows) FROM retention_journal) AS rows, NULL AS rows_lost
FROM retention_journal
UNION ALL
SELECT 'signature', strftime('%Y-%m-%dT%H:%M:%SZ', max(signed_at_ms) / 1000, 'unixepoch'), NULL,
    count(DISTINCT instance), NULL, NULL
FROM chain_signatures
UNION ALL
SELECT 'verification', strftime('%Y-%m-%dT%H:%M:%SZ', verified_at_ms / 1000, 'unixepoch'), result, instances, rows,
    rows_lost
FROM (SELECT 1 AS one) AS always LEFT JOIN (
    SELECT * FROM chain_verifications ORDER BY verified_at_ms DESC, id DESC LIMIT 1) AS latest ON true;

-- What follows begins with the new text of this view.
DROP VIEW k_rows;
CREATE VIEW k_rows AS
