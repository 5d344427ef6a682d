-- The journal on SQLite: what is counted of it, and the traces of what retention removes.
--
-- The counts agree with the rows because a trigger makes them in the transaction that inserts. Figures with a fraction
-- are counted in whole billionths (nWh, ng, nano-euros), so that a sum does not depend on its order; one request
-- counts for 1e14 of them at most, because a sum that no 64 bits hold would stop every row behind it.
-- Months are civil months of Europe/Paris: at the edges of months summer time holds from 1 April to 1 October.

-- Method of the footprint and its version; NULL where there is no figure.
ALTER TABLE usage_events ADD COLUMN footprint_version TEXT;

-- Personal data: read through the committee's views. Empty texts: no tool, no direction, nobody recognised.
CREATE TABLE usage_by_caller (
    month           TEXT    NOT NULL,
    tool            TEXT    NOT NULL,
    tool_level      INTEGER,
    direction       TEXT    NOT NULL,
    caller          TEXT    NOT NULL,
    requests        INTEGER NOT NULL,
    completed       INTEGER NOT NULL,
    input_tokens    INTEGER NOT NULL,
    output_tokens   INTEGER NOT NULL,
    energy_nwh_min  INTEGER NOT NULL,
    energy_nwh_max  INTEGER NOT NULL,
    co2e_ng_min     INTEGER NOT NULL,
    co2e_ng_max     INTEGER NOT NULL,
    footprint_known INTEGER NOT NULL,
    cost_neur       INTEGER NOT NULL,
    cost_known      INTEGER NOT NULL,
    answered        INTEGER NOT NULL,
    PRIMARY KEY (month, tool, direction, caller)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_by_rule (
    month    TEXT    NOT NULL,
    decision TEXT    NOT NULL,
    rule     TEXT    NOT NULL,
    tool     TEXT    NOT NULL,
    caller   TEXT    NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (month, decision, rule, tool, caller)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_by_class (
    month    TEXT    NOT NULL,
    class    TEXT    NOT NULL, -- answer:CLASS where it was found in an answer
    decision TEXT    NOT NULL,
    caller   TEXT    NOT NULL,
    requests INTEGER NOT NULL,
    findings INTEGER NOT NULL,
    PRIMARY KEY (month, class, decision, caller)
) STRICT, WITHOUT ROWID;

INSERT INTO usage_by_caller
SELECT coalesce(strftime('%Y-%m', occurred_at,
        CASE WHEN substr(occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
        substr(occurred_at, 1, 7)),
    coalesce(tool, ''), max(tool_level), coalesce(direction, ''), caller, count(*),
    sum(outcome = 'completed'), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(CAST(min(max(energy_kwh_min * 1e12, 0), 1e14) + 0.5 AS INTEGER)), 0),
    coalesce(sum(CAST(min(max(energy_kwh_max * 1e12, 0), 1e14) + 0.5 AS INTEGER)), 0),
    coalesce(sum(CAST(min(max(co2e_kg_min * 1e12, 0), 1e14) + 0.5 AS INTEGER)), 0),
    coalesce(sum(CAST(min(max(co2e_kg_max * 1e12, 0), 1e14) + 0.5 AS INTEGER)), 0),
    count(energy_kwh_min), coalesce(sum(CAST(min(max(cost_eur * 1e9, 0), 1e14) + 0.5 AS INTEGER)), 0),
    count(cost_eur), count(output_tokens)
FROM usage_events GROUP BY 1, 2, 4, 5;

INSERT INTO usage_by_rule
SELECT coalesce(strftime('%Y-%m', occurred_at,
        CASE WHEN substr(occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
        substr(occurred_at, 1, 7)),
    decision, coalesce(rule, ''), coalesce(tool, ''), caller, count(*)
FROM usage_events WHERE decision <> 'allowed' OR rule IS NOT NULL GROUP BY 1, 2, 3, 4, 5;

INSERT INTO usage_by_class
SELECT coalesce(strftime('%Y-%m', occurred_at,
        CASE WHEN substr(occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
        substr(occurred_at, 1, 7)),
    f.key, decision, caller, count(*), sum(f.value)
FROM usage_events, json_each(usage_events.findings) AS f GROUP BY 1, 2, 3, 4;

CREATE TRIGGER usage_counted AFTER INSERT ON usage_events BEGIN
    INSERT INTO usage_by_caller VALUES (
        coalesce(strftime('%Y-%m', new.occurred_at,
            CASE WHEN substr(new.occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
            substr(new.occurred_at, 1, 7)),
        coalesce(new.tool, ''), new.tool_level, coalesce(new.direction, ''), new.caller, 1,
        new.outcome = 'completed', coalesce(new.input_tokens, 0), coalesce(new.output_tokens, 0),
        coalesce(CAST(min(max(new.energy_kwh_min * 1e12, 0), 1e14) + 0.5 AS INTEGER), 0),
        coalesce(CAST(min(max(new.energy_kwh_max * 1e12, 0), 1e14) + 0.5 AS INTEGER), 0),
        coalesce(CAST(min(max(new.co2e_kg_min * 1e12, 0), 1e14) + 0.5 AS INTEGER), 0),
        coalesce(CAST(min(max(new.co2e_kg_max * 1e12, 0), 1e14) + 0.5 AS INTEGER), 0),
        new.energy_kwh_min IS NOT NULL, coalesce(CAST(min(max(new.cost_eur * 1e9, 0), 1e14) + 0.5 AS INTEGER), 0),
        new.cost_eur IS NOT NULL, new.output_tokens IS NOT NULL)
    ON CONFLICT (month, tool, direction, caller) DO UPDATE SET
        tool_level = coalesce(max(tool_level, excluded.tool_level), tool_level, excluded.tool_level),
        requests = requests + excluded.requests,
        completed = completed + excluded.completed,
        input_tokens = input_tokens + excluded.input_tokens,
        output_tokens = output_tokens + excluded.output_tokens,
        energy_nwh_min = energy_nwh_min + excluded.energy_nwh_min,
        energy_nwh_max = energy_nwh_max + excluded.energy_nwh_max,
        co2e_ng_min = co2e_ng_min + excluded.co2e_ng_min,
        co2e_ng_max = co2e_ng_max + excluded.co2e_ng_max,
        footprint_known = footprint_known + excluded.footprint_known,
        cost_neur = cost_neur + excluded.cost_neur,
        cost_known = cost_known + excluded.cost_known,
        answered = answered + excluded.answered;
END;

CREATE TRIGGER usage_rule_counted AFTER INSERT ON usage_events
WHEN new.decision <> 'allowed' OR new.rule IS NOT NULL BEGIN
    INSERT INTO usage_by_rule VALUES (
        coalesce(strftime('%Y-%m', new.occurred_at,
            CASE WHEN substr(new.occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
            substr(new.occurred_at, 1, 7)),
        new.decision, coalesce(new.rule, ''), coalesce(new.tool, ''), new.caller, 1)
    ON CONFLICT (month, decision, rule, tool, caller) DO UPDATE SET requests = requests + 1;
END;

CREATE TRIGGER usage_classes_counted AFTER INSERT ON usage_events WHEN new.findings <> '{}' BEGIN
    INSERT INTO usage_by_class
    SELECT coalesce(strftime('%Y-%m', new.occurred_at,
            CASE WHEN substr(new.occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END),
            substr(new.occurred_at, 1, 7)),
        f.key, new.decision, new.caller, 1, f.value
    FROM json_each(new.findings) AS f WHERE true
    ON CONFLICT (month, class, decision, caller) DO UPDATE SET
        requests = requests + 1, findings = findings + excluded.findings;
END;

-- Runs of rows that retention removed from a chain, so that the rest can still be verified: `chain` is the value of
-- the last row of the run, on which the next row stands.
CREATE TABLE retention_gaps (
    instance  TEXT    NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,
    chain     BLOB    NOT NULL,
    PRIMARY KEY (instance, first_seq),
    CHECK (first_seq <= last_seq)
) STRICT, WITHOUT ROWID;

-- Each removal of a month.
CREATE TABLE retention_journal (
    month          TEXT    NOT NULL,
    rows           INTEGER NOT NULL,
    first_day      TEXT    NOT NULL, -- YYYY-MM-DD in Europe/Paris
    last_day       TEXT    NOT NULL,
    removed_at     TEXT    NOT NULL, -- ISO 8601 in UTC
    retention_days INTEGER NOT NULL,
    justification  TEXT,
    PRIMARY KEY (month, removed_at)
) STRICT, WITHOUT ROWID;
