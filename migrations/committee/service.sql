-- One row a caller and child, whatever the scope: those of 0007, and the tools and the families of a rule.
SELECT 'tool' AS scope, month, '' AS a, '' AS b, tool AS child, caller,
    CAST(sum(m1) AS bigint) AS m1, CAST(sum(m2) AS bigint) AS m2, CAST(sum(m3) AS bigint) AS m3,
    CAST(sum(m4) AS bigint) AS m4, CAST(sum(m5) AS bigint) AS m5, CAST(sum(m6) AS bigint) AS m6,
    CAST(sum(m7) AS bigint) AS m7, CAST(sum(m8) AS bigint) AS m8, CAST(sum(m9) AS bigint) AS m9,
    CAST(sum(m10) AS bigint) AS m10, CAST(sum(m11) AS bigint) AS m11
FROM k_usage GROUP BY month, tool, caller
UNION ALL
SELECT 'direction', month, tool, '', top, caller,
    CAST(sum(m1) AS bigint), CAST(sum(m2) AS bigint), CAST(sum(m3) AS bigint), CAST(sum(m4) AS bigint),
    CAST(sum(m5) AS bigint), CAST(sum(m6) AS bigint), CAST(sum(m7) AS bigint), CAST(sum(m8) AS bigint),
    CAST(sum(m9) AS bigint), CAST(sum(m10) AS bigint), CAST(sum(m11) AS bigint)
FROM k_usage GROUP BY month, tool, top, caller
UNION ALL
SELECT 'service', month, tool, top, direction, caller, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11
FROM k_usage
UNION ALL
SELECT 'people', month, '', '', top, caller, 1,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM k_homes
UNION ALL
SELECT 'decision', month, '', '', decision, caller, CAST(sum(requests) AS bigint),
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM live_rules GROUP BY month, decision, caller
UNION ALL
SELECT 'rule', month, decision, '', rule, caller, CAST(sum(requests) AS bigint),
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM live_rules GROUP BY month, decision, rule, caller
UNION ALL
SELECT 'class', month, '', '', class, caller, CAST(sum(findings) AS bigint),
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM live_classes GROUP BY month, class, caller
UNION ALL
SELECT 'feedback', month, '', '', tool, caller, count(*),
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM live_feedback GROUP BY month, tool, caller
UNION ALL
SELECT 'incident', month, '', '', category, caller, count(*),
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM live_incidents GROUP BY month, category, caller
UNION ALL
SELECT 'app', month, '', '', app, caller, count(*),
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM workspace_events WHERE caller <> '' GROUP BY month, app, caller
UNION ALL
SELECT 'rule tool', month, decision, rule, tool, caller, CAST(sum(requests) AS bigint),
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (
    SELECT month, decision, CASE WHEN rule = '' THEN 'sans règle' ELSE rule END AS rule,
        CASE WHEN tool = '' THEN 'hors liste' ELSE tool END AS tool, caller, requests
    FROM usage_by_rule WHERE caller <> '' AND month > (SELECT coalesce(max(month), '') FROM kept_months)
) AS r
GROUP BY month, decision, rule, tool, caller
UNION ALL
SELECT 'family', month, 'refused', rule, CASE WHEN family = '' THEN 'autre' ELSE family END, caller, requests,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM usage_by_demand WHERE caller <> '' AND month > (SELECT coalesce(max(month), '') FROM kept_months);

-- Where a rule stands in its month: alone, with other rules, with other decisions, or nowhere. What is below it is told
-- of those that stand alone.
CREATE VIEW k_rule_places AS
WITH v AS MATERIALIZED (
    SELECT scope, month, a, child, pooled FROM k_verdicts WHERE scope IN ('decision', 'rule')
)
SELECT month, a AS decision, b AS rule, child, scope, caller, m1,
    CASE WHEN (month, a) IN (SELECT month, child FROM v WHERE scope = 'decision' AND pooled IS NULL) THEN 'nowhere'
        WHEN (month, a) IN (SELECT month, child FROM v WHERE scope = 'decision' AND pooled = 1) THEN 'decisions'
        WHEN (month, a, b) IN (SELECT month, a, child FROM v WHERE scope = 'rule' AND pooled = 1) THEN 'rules'
        ELSE 'alone' END AS place
FROM k_rows WHERE scope IN ('rule tool', 'family');

CREATE VIEW committee_refusals_by_tool_monthly AS
WITH v AS MATERIALIZED (SELECT month, a, b, child FROM k_verdicts WHERE scope = 'rule tool' AND pooled = 1)
SELECT month, decision, rule, tool, people, requests, provisional FROM kept_refusals_by_tool
UNION ALL
SELECT month, decision, rule, tool, count(DISTINCT caller) / 5 * 5, CAST(sum(m1) AS bigint) / 5 * 5,
    month >= (SELECT month FROM this_month)
FROM (
    SELECT month, caller, m1,
        CASE WHEN place = 'decisions' THEN 'autres décisions' ELSE decision END AS decision,
        CASE WHEN place = 'alone' THEN rule ELSE 'autres règles' END AS rule,
        CASE WHEN place <> 'alone' OR (month, decision, rule, child) IN (SELECT month, a, b, child FROM v)
            THEN 'autres outils' ELSE child END AS tool
    FROM k_rule_places WHERE scope = 'rule tool' AND place <> 'nowhere'
) AS cells
GROUP BY month, decision, rule, tool;

CREATE VIEW committee_demand_monthly AS
WITH v AS MATERIALIZED (SELECT month, b, child FROM k_verdicts WHERE scope = 'family' AND pooled = 1)
SELECT month, rule, family, people, requests, provisional FROM kept_demand
UNION ALL
SELECT month, rule, family, count(DISTINCT caller) / 5 * 5, CAST(sum(m1) AS bigint) / 5 * 5,
    month >= (SELECT month FROM this_month)
FROM (
    SELECT month, rule, caller, m1,
        CASE WHEN (month, rule, child) IN (SELECT month, b, child FROM v) THEN 'autres familles' ELSE child END AS family
    FROM k_rule_places WHERE scope = 'family' AND place = 'alone'
) AS cells
GROUP BY month, rule, family;

-- How much each caller asked in a month that is over, by class, and where they count.
CREATE VIEW k_asked AS
SELECT month, top, CASE WHEN asked < 5 THEN 1 WHEN asked < 10 THEN 5 WHEN asked < 20 THEN 10 WHEN asked < 50 THEN 20
    WHEN asked < 100 THEN 50 WHEN asked < 200 THEN 100 WHEN asked < 500 THEN 200 WHEN asked < 1000 THEN 500
    WHEN asked < 2000 THEN 1000 WHEN asked < 5000 THEN 2000 ELSE 5000 END AS class
FROM (
    SELECT month, top, row_number() OVER (PARTITION BY month, caller ORDER BY sum(m1) DESC, top) AS nth,
        sum(sum(m1)) OVER (PARTITION BY month, caller) AS asked
    FROM live_usage WHERE month < (SELECT month FROM this_month) GROUP BY month, top, caller
) AS homes
WHERE nth = 1;

-- In which class the person in the middle is, in the groups of people that adoption shows. Told where five people are
-- in that class, and no more than four fifths of the group.
CREATE VIEW committee_activity_monthly AS
WITH v AS MATERIALIZED (SELECT month, child, pooled FROM k_verdicts WHERE scope = 'people')
SELECT month, direction, people, median_from, median_to, provisional FROM kept_activity
UNION ALL
SELECT month, direction, CAST(max(n) AS bigint) / 5 * 5,
    CAST(min(CASE WHEN shown = 1 THEN class END) AS bigint),
    CAST(min(CASE WHEN shown = 1 THEN CASE class WHEN 1 THEN 4 WHEN 5 THEN 9 WHEN 10 THEN 19 WHEN 20 THEN 49
        WHEN 50 THEN 99 WHEN 100 THEN 199 WHEN 200 THEN 499 WHEN 500 THEN 999 WHEN 1000 THEN 1999
        WHEN 2000 THEN 4999 END END) AS bigint),
    month >= (SELECT month FROM this_month)
FROM (
    SELECT month, direction, class, n,
        CASE WHEN 2 * upto >= n AND 2 * (upto - people) < n AND people >= 5 AND 5 * people <= 4 * n
            THEN 1 ELSE 0 END AS shown
    FROM (
        SELECT month, direction, class, people, sum(people) OVER (PARTITION BY month, direction ORDER BY class) AS upto,
            sum(people) OVER (PARTITION BY month, direction) AS n
        FROM (
            SELECT month, 'ensemble' AS direction, class, count(*) AS people FROM k_asked GROUP BY month, class
            UNION ALL
            SELECT month, direction, class, count(*) FROM (
                SELECT month, class, CASE WHEN (month, top) IN (SELECT month, child FROM v WHERE pooled = 1)
                    THEN 'autres directions' ELSE top END AS direction
                FROM k_asked
                WHERE (month, top) NOT IN (SELECT month, child FROM v WHERE pooled IS NULL)
            ) AS labelled
            GROUP BY month, direction, class
        ) AS classes
    ) AS running
) AS groups
GROUP BY month, direction HAVING max(n) >= 5;

-- People whose first acceptance falls in a month that is not closed.
CREATE VIEW k_newcomers AS
SELECT month, count(*) / 5 * 5 AS people FROM first_acceptances
WHERE month > (SELECT coalesce(max(month), '') FROM kept_months)
GROUP BY month HAVING count(*) >= 5;

CREATE VIEW committee_newcomers_monthly AS
SELECT month, CASE WHEN (SELECT max(acceptance) FROM policy_charter) <> 'off' THEN people END AS people,
    month >= (SELECT month FROM this_month) AS provisional
FROM (SELECT month, people FROM kept_newcomers UNION ALL SELECT month, people FROM k_newcomers) AS months;

-- Months that were closed before this migration have their newcomers: acceptances are kept.
INSERT INTO kept_newcomers
SELECT month, count(*) / 5 * 5 FROM first_acceptances
WHERE month <= (SELECT max(month) FROM kept_months)
GROUP BY month HAVING count(*) >= 5;

-- The smallest bucket that half, or 99 of 100, of the requests do not exceed; where at least five lie beyond it.
CREATE VIEW k_delays AS
SELECT month,
    CAST(min(CASE WHEN measure = 'overhead_us' AND n >= 10 AND 2 * upto >= n THEN bucket END) AS bigint)
        AS overhead_p50_us,
    CAST(min(CASE WHEN measure = 'overhead_us' AND n >= 500 AND 100 * upto >= 99 * n THEN bucket END) AS bigint)
        AS overhead_p99_us,
    CAST(min(CASE WHEN measure = 'upstream_ms' AND n >= 10 AND 2 * upto >= n THEN bucket END) AS bigint)
        AS upstream_p50_ms
FROM (
    SELECT month, measure, bucket, sum(requests) OVER (PARTITION BY month, measure ORDER BY bucket) AS upto,
        sum(requests) OVER (PARTITION BY month, measure) AS n
    FROM (
        SELECT month, measure, bucket, sum(requests) AS requests FROM usage_by_delay
        WHERE month > (SELECT coalesce(max(month), '') FROM kept_months) GROUP BY month, measure, bucket
    ) AS buckets
) AS running
GROUP BY month;

-- Places in the chains that no row holds and no gap of retention explains. Each month answers for the places after the
-- last one of the months before it.
CREATE VIEW k_lost AS
SELECT month, CAST(sum(last_seq - before
        - (SELECT count(*) FROM usage_events AS e
            WHERE e.instance = i.instance AND e.instance_seq > i.before AND e.instance_seq <= i.last_seq)
        - (SELECT coalesce(sum(
                CASE WHEN g.last_seq < i.last_seq THEN g.last_seq ELSE i.last_seq END
                - CASE WHEN g.first_seq > i.before THEN g.first_seq ELSE i.before + 1 END + 1), 0)
            FROM retention_gaps AS g
            WHERE g.instance = i.instance AND g.last_seq > i.before AND g.first_seq <= i.last_seq)
    ) AS bigint) AS rows_lost
FROM (
    SELECT month, instance, last_seq, coalesce(max(last_seq) OVER (PARTITION BY instance ORDER BY month
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM usage_by_instance
) AS i
WHERE last_seq > before AND month > (SELECT coalesce(max(month), '') FROM kept_months)
GROUP BY month;

-- Whoever fails is a person too: failures are told where five people had them, or as none below five.
CREATE VIEW k_service AS
WITH lost AS MATERIALIZED (SELECT * FROM k_lost), delays AS MATERIALIZED (SELECT * FROM k_delays),
failures AS MATERIALIZED (
    SELECT month, CAST(sum(requests) AS bigint) AS failed, count(*) AS people, max(requests) AS most
    FROM (
        SELECT month, caller, sum(requests) AS requests FROM usage_by_failure WHERE caller <> '' GROUP BY month, caller
    ) AS f
    GROUP BY month
), service AS (
    SELECT u.month, k.provisional, u.requests,
        CASE WHEN k.provisional THEN NULL WHEN coalesce(f.failed, 0) < 5 THEN 0
            WHEN f.people >= 5 AND 5 * f.most <= 4 * f.failed THEN f.failed / 5 * 5 END AS failed
    FROM (SELECT month, CAST(sum(m1) AS bigint) AS requests FROM live_usage GROUP BY month) AS u
    JOIN k_months AS k ON k.month = u.month
    LEFT JOIN failures AS f ON f.month = u.month
    WHERE k.s1
)
SELECT s.month, CASE WHEN s.provisional THEN s.requests / 5 * 5 ELSE s.requests END AS requests, s.failed,
    100 * CAST(s.requests - s.failed AS double precision) / CAST(s.requests AS double precision) AS availability,
    CASE WHEN NOT s.provisional THEN d.overhead_p50_us END AS overhead_p50_us,
    CASE WHEN NOT s.provisional THEN d.overhead_p99_us END AS overhead_p99_us,
    CASE WHEN NOT s.provisional THEN d.upstream_p50_ms END AS upstream_p50_ms,
    coalesce(l.rows_lost, 0) AS rows_lost, s.provisional
FROM service AS s LEFT JOIN delays AS d ON d.month = s.month LEFT JOIN lost AS l ON l.month = s.month;

CREATE VIEW committee_service_monthly AS
WITH reported AS MATERIALIZED (
    SELECT month, CAST(sum(opened) AS bigint) AS incidents FROM committee_incidents GROUP BY month
)
SELECT s.month, s.requests, s.failed, s.availability, s.overhead_p50_us, s.overhead_p99_us, s.upstream_p50_ms,
    r.incidents, s.rows_lost, s.provisional
FROM (SELECT * FROM kept_service UNION ALL SELECT * FROM k_service) AS s
LEFT JOIN reported AS r ON r.month = s.month;

-- Imported and named in the policy: each rounded by itself, because whoever reads the policy knows the second.
CREATE VIEW committee_training AS
SELECT t.training, nullif(coalesce(i.people, 0) / 5 * 5 + coalesce(n.people, 0) / 5 * 5, 0) AS people, t.agents
FROM policy_trainings AS t
LEFT JOIN (
    SELECT training, count(*) AS people FROM attestations
    WHERE valid_until >= (SELECT day FROM today) GROUP BY training
) AS i ON i.training = t.training
LEFT JOIN (
    SELECT training, CAST(sum(people) AS bigint) AS people FROM policy_attestations
    WHERE valid_until >= (SELECT day FROM today) GROUP BY training
) AS n ON n.training = t.training;

CREATE VIEW committee_tools AS
SELECT p.tool, p.name, p.level, p.status, p.decision_reference, p.decision_date, p.review_before, p.valid_until,
    u.first_month, u.last_month, u.requests, p.proposed_on, d.days AS days_to_decision
FROM policy_tools AS p
LEFT JOIN k_decided AS d ON d.tool = p.tool
LEFT JOIN (
    SELECT tool, min(month) AS first_month, max(month) AS last_month, CAST(sum(requests) AS bigint) AS requests
    FROM committee_usage_monthly GROUP BY tool
) AS u ON u.tool = p.tool;
