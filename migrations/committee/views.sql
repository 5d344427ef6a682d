-- The counts of months that are not closed, of recognised callers: what nobody asked is nobody's use.
CREATE VIEW live_rules AS
SELECT month, decision, CASE WHEN rule = '' THEN 'sans règle' ELSE rule END AS rule, caller, requests
FROM usage_by_rule WHERE caller <> '' AND month > (SELECT coalesce(max(month), '') FROM kept_months);

CREATE VIEW live_classes AS
SELECT month, class, caller, findings
FROM usage_by_class WHERE caller <> '' AND month > (SELECT coalesce(max(month), '') FROM kept_months);

-- Months that are over and not closed yet.
CREATE VIEW closing_months AS
SELECT month FROM (
    SELECT month FROM usage_by_caller UNION SELECT month FROM usage_by_rule UNION SELECT month FROM usage_by_class
) AS counted
WHERE month > (SELECT coalesce(max(month), '') FROM kept_months) AND month < (SELECT month FROM this_month);

-- Whom a caller counts for in a month: one direction, the one they asked most from.
CREATE VIEW k_homes AS
SELECT month, top, caller FROM (
    SELECT month, top, caller,
        row_number() OVER (PARTITION BY month, caller ORDER BY sum(m1) DESC, top) AS nth
    FROM live_usage GROUP BY month, top, caller
) AS homes
WHERE nth = 1;

-- Which measures of a month may be shown at all: a measure that one person makes is shown nowhere in the month.
CREATE VIEW k_months AS
SELECT month, month >= (SELECT month FROM this_month) AS provisional,
    coalesce(sum(m1), 0) = 0 OR (count(nullif(m1, 0)) >= 5 AND 5 * max(m1) <= 4 * sum(m1)) AS s1,
    coalesce(sum(m2), 0) = 0 OR (count(nullif(m2, 0)) >= 5 AND 5 * max(m2) <= 4 * sum(m2)) AS s2,
    coalesce(sum(m3), 0) = 0 OR (count(nullif(m3, 0)) >= 5 AND 5 * max(m3) <= 4 * sum(m3)) AS s3,
    coalesce(sum(m4), 0) = 0 OR (count(nullif(m4, 0)) >= 5 AND 5 * max(m4) <= 4 * sum(m4)) AS s4,
    coalesce(sum(m5), 0) = 0 OR (count(nullif(m5, 0)) >= 5 AND 5 * max(m5) <= 4 * sum(m5)) AS s5,
    coalesce(sum(m6), 0) = 0 OR (count(nullif(m6, 0)) >= 5 AND 5 * max(m6) <= 4 * sum(m6)) AS s6,
    coalesce(sum(m7), 0) = 0 OR (count(nullif(m7, 0)) >= 5 AND 5 * max(m7) <= 4 * sum(m7)) AS s7,
    coalesce(sum(m8), 0) = 0 OR (count(nullif(m8, 0)) >= 5 AND 5 * max(m8) <= 4 * sum(m8)) AS s8,
    coalesce(sum(m9), 0) = 0 OR (count(nullif(m9, 0)) >= 5 AND 5 * max(m9) <= 4 * sum(m9)) AS s9,
    coalesce(sum(m10), 0) = 0 OR (count(nullif(m10, 0)) >= 5 AND 5 * max(m10) <= 4 * sum(m10)) AS s10,
    coalesce(sum(m11), 0) = 0 OR (count(nullif(m11, 0)) >= 5 AND 5 * max(m11) <= 4 * sum(m11)) AS s11
FROM (SELECT month, caller,
    sum(m1) AS m1, sum(m2) AS m2, sum(m3) AS m3, sum(m4) AS m4, sum(m5) AS m5, sum(m6) AS m6, sum(m7) AS m7,
    sum(m8) AS m8, sum(m9) AS m9, sum(m10) AS m10, sum(m11) AS m11
    FROM live_usage GROUP BY month, caller) AS callers
GROUP BY month HAVING count(*) >= 5;

-- What is left to divide: months that may be shown, measures that may be shown in them.
CREATE VIEW k_usage AS
SELECT u.month, u.tool, u.tool_level, u.top, u.direction, u.caller, k.provisional, u.m1,
    CASE WHEN k.s2 AND NOT k.provisional THEN u.m2 END AS m2,
    CASE WHEN k.s3 AND NOT k.provisional THEN u.m3 END AS m3,
    CASE WHEN k.s4 AND NOT k.provisional THEN u.m4 END AS m4,
    CASE WHEN k.s5 AND NOT k.provisional THEN u.m5 END AS m5,
    CASE WHEN k.s6 AND NOT k.provisional THEN u.m6 END AS m6,
    CASE WHEN k.s7 AND NOT k.provisional THEN u.m7 END AS m7,
    CASE WHEN k.s8 AND NOT k.provisional THEN u.m8 END AS m8,
    CASE WHEN k.s9 AND NOT k.provisional THEN u.m9 END AS m9,
    CASE WHEN k.s10 AND NOT k.provisional THEN u.m10 END AS m10,
    CASE WHEN k.s11 AND NOT k.provisional THEN u.m11 END AS m11
FROM live_usage AS u JOIN k_months AS k ON k.month = u.month
WHERE k.s1;

-- One row a caller and child, whatever the scope.
CREATE VIEW k_rows AS
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
FROM workspace_events WHERE caller <> '' GROUP BY month, app, caller;

-- Each child by itself: may it stand alone?
CREATE VIEW k_children AS
SELECT scope, month, a, b, child, count(*) AS people, sum(m1) AS size,
    CASE WHEN count(*) >= 5
        AND (coalesce(sum(m1), 0) = 0 OR (count(nullif(m1, 0)) >= 5 AND 5 * max(m1) <= 4 * sum(m1)))
        AND (coalesce(sum(m2), 0) = 0 OR (count(nullif(m2, 0)) >= 5 AND 5 * max(m2) <= 4 * sum(m2)))
        AND (coalesce(sum(m3), 0) = 0 OR (count(nullif(m3, 0)) >= 5 AND 5 * max(m3) <= 4 * sum(m3)))
        AND (coalesce(sum(m4), 0) = 0 OR (count(nullif(m4, 0)) >= 5 AND 5 * max(m4) <= 4 * sum(m4)))
        AND (coalesce(sum(m5), 0) = 0 OR (count(nullif(m5, 0)) >= 5 AND 5 * max(m5) <= 4 * sum(m5)))
        AND (coalesce(sum(m6), 0) = 0 OR (count(nullif(m6, 0)) >= 5 AND 5 * max(m6) <= 4 * sum(m6)))
        AND (coalesce(sum(m7), 0) = 0 OR (count(nullif(m7, 0)) >= 5 AND 5 * max(m7) <= 4 * sum(m7)))
        AND (coalesce(sum(m8), 0) = 0 OR (count(nullif(m8, 0)) >= 5 AND 5 * max(m8) <= 4 * sum(m8)))
        AND (coalesce(sum(m9), 0) = 0 OR (count(nullif(m9, 0)) >= 5 AND 5 * max(m9) <= 4 * sum(m9)))
        AND (coalesce(sum(m10), 0) = 0 OR (count(nullif(m10, 0)) >= 5 AND 5 * max(m10) <= 4 * sum(m10)))
        AND (coalesce(sum(m11), 0) = 0 OR (count(nullif(m11, 0)) >= 5 AND 5 * max(m11) <= 4 * sum(m11)))
    THEN 0 ELSE 1 END AS unsafe
FROM k_rows GROUP BY scope, month, a, b, child;

-- Where a child may not, the order in which they join the pool: those first (place 0), then the smallest.
CREATE VIEW k_queue AS
SELECT scope, month, a, b, child,
    CASE WHEN unsafe = 1 THEN 0
        ELSE row_number() OVER (PARTITION BY scope, month, a, b ORDER BY unsafe DESC, people, size, child)
    END AS place
FROM (
    SELECT c.*, max(unsafe) OVER (PARTITION BY scope, month, a, b) AS troubled FROM k_children AS c
) AS c
WHERE troubled = 1;

-- The rows of those children, each with its place. Together in one window rather than joined: neither engine can tell how
-- few or many there are.
CREATE VIEW k_placed AS
SELECT * FROM (
    SELECT scope, month, a, b, child, caller,
        m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11,
        max(place) OVER (PARTITION BY scope, month, a, b, child) AS place
    FROM (
        SELECT scope, month, a, b, child, caller,
            m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, CAST(NULL AS bigint) AS place
        FROM k_rows
        UNION ALL
        SELECT scope, month, a, b, child, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, place
        FROM k_queue
    ) AS both_kinds
) AS placed
WHERE place IS NOT NULL AND caller IS NOT NULL;

-- What each caller has in the pool after each place.
CREATE VIEW k_walk AS
SELECT scope, month, a, b, child, place, row_number() OVER w AS nth,
    m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11,
    sum(m1) OVER w AS c1, sum(m2) OVER w AS c2, sum(m3) OVER w AS c3, sum(m4) OVER w AS c4, sum(m5) OVER w AS c5,
    sum(m6) OVER w AS c6, sum(m7) OVER w AS c7, sum(m8) OVER w AS c8, sum(m9) OVER w AS c9, sum(m10) OVER w AS c10,
    sum(m11) OVER w AS c11
FROM k_placed
WINDOW w AS (PARTITION BY scope, month, a, b, caller ORDER BY place, child ROWS UNBOUNDED PRECEDING);

-- What each child brings: people who were not there, its sums, the largest caller so far, new contributors.
CREATE VIEW k_steps AS
SELECT scope, month, a, b, child, place, sum(CASE WHEN nth = 1 THEN 1 ELSE 0 END) AS people,
    sum(m1) AS t1, max(c1) AS x1, sum(CASE WHEN m1 > 0 AND c1 = m1 THEN 1 ELSE 0 END) AS p1,
    sum(m2) AS t2, max(c2) AS x2, sum(CASE WHEN m2 > 0 AND c2 = m2 THEN 1 ELSE 0 END) AS p2,
    sum(m3) AS t3, max(c3) AS x3, sum(CASE WHEN m3 > 0 AND c3 = m3 THEN 1 ELSE 0 END) AS p3,
    sum(m4) AS t4, max(c4) AS x4, sum(CASE WHEN m4 > 0 AND c4 = m4 THEN 1 ELSE 0 END) AS p4,
    sum(m5) AS t5, max(c5) AS x5, sum(CASE WHEN m5 > 0 AND c5 = m5 THEN 1 ELSE 0 END) AS p5,
    sum(m6) AS t6, max(c6) AS x6, sum(CASE WHEN m6 > 0 AND c6 = m6 THEN 1 ELSE 0 END) AS p6,
    sum(m7) AS t7, max(c7) AS x7, sum(CASE WHEN m7 > 0 AND c7 = m7 THEN 1 ELSE 0 END) AS p7,
    sum(m8) AS t8, max(c8) AS x8, sum(CASE WHEN m8 > 0 AND c8 = m8 THEN 1 ELSE 0 END) AS p8,
    sum(m9) AS t9, max(c9) AS x9, sum(CASE WHEN m9 > 0 AND c9 = m9 THEN 1 ELSE 0 END) AS p9,
    sum(m10) AS t10, max(c10) AS x10, sum(CASE WHEN m10 > 0 AND c10 = m10 THEN 1 ELSE 0 END) AS p10,
    sum(m11) AS t11, max(c11) AS x11, sum(CASE WHEN m11 > 0 AND c11 = m11 THEN 1 ELSE 0 END) AS p11
FROM k_walk GROUP BY scope, month, a, b, child, place;

-- May the pool be shown once all up to a place have joined?
CREATE VIEW k_pools AS
SELECT scope, month, a, b, child, place,
    CASE WHEN sum(people) OVER w >= 5
        AND (coalesce(sum(t1) OVER w, 0) = 0
            OR (sum(p1) OVER w >= 5 AND 5 * max(x1) OVER w <= 4 * sum(t1) OVER w))
        AND (coalesce(sum(t2) OVER w, 0) = 0
            OR (sum(p2) OVER w >= 5 AND 5 * max(x2) OVER w <= 4 * sum(t2) OVER w))
        AND (coalesce(sum(t3) OVER w, 0) = 0
            OR (sum(p3) OVER w >= 5 AND 5 * max(x3) OVER w <= 4 * sum(t3) OVER w))
        AND (coalesce(sum(t4) OVER w, 0) = 0
            OR (sum(p4) OVER w >= 5 AND 5 * max(x4) OVER w <= 4 * sum(t4) OVER w))
        AND (coalesce(sum(t5) OVER w, 0) = 0
            OR (sum(p5) OVER w >= 5 AND 5 * max(x5) OVER w <= 4 * sum(t5) OVER w))
        AND (coalesce(sum(t6) OVER w, 0) = 0
            OR (sum(p6) OVER w >= 5 AND 5 * max(x6) OVER w <= 4 * sum(t6) OVER w))
        AND (coalesce(sum(t7) OVER w, 0) = 0
            OR (sum(p7) OVER w >= 5 AND 5 * max(x7) OVER w <= 4 * sum(t7) OVER w))
        AND (coalesce(sum(t8) OVER w, 0) = 0
            OR (sum(p8) OVER w >= 5 AND 5 * max(x8) OVER w <= 4 * sum(t8) OVER w))
        AND (coalesce(sum(t9) OVER w, 0) = 0
            OR (sum(p9) OVER w >= 5 AND 5 * max(x9) OVER w <= 4 * sum(t9) OVER w))
        AND (coalesce(sum(t10) OVER w, 0) = 0
            OR (sum(p10) OVER w >= 5 AND 5 * max(x10) OVER w <= 4 * sum(t10) OVER w))
        AND (coalesce(sum(t11) OVER w, 0) = 0
            OR (sum(p11) OVER w >= 5 AND 5 * max(x11) OVER w <= 4 * sum(t11) OVER w))
    THEN 1 ELSE 0 END AS safe
FROM k_steps
WINDOW w AS (PARTITION BY scope, month, a, b ORDER BY place);

-- Of nodes with a child that may not stand alone: 1 in the pool, 0 alone, NULL where nothing of the node is shown.
-- `whole`: all are in the pool.
CREATE VIEW k_verdicts AS
SELECT scope, month, a, b, child,
    CASE WHEN cut IS NULL THEN NULL WHEN place <= cut THEN 1 ELSE 0 END AS pooled,
    CASE WHEN last_place <= cut THEN 1 ELSE 0 END AS whole
FROM (
    SELECT scope, month, a, b, child, place,
        min(CASE WHEN safe = 1 THEN place END) OVER (PARTITION BY scope, month, a, b) AS cut,
        max(place) OVER (PARTITION BY scope, month, a, b) AS last_place
    FROM k_pools
) AS p;

-- The cells of usage and footprint: a partition of the month.
CREATE VIEW k_cells AS
WITH pooled AS MATERIALIZED (
    SELECT scope, month, a, b, child, whole FROM k_verdicts
    WHERE scope IN ('tool', 'direction', 'service') AND pooled = 1
), labelled AS MATERIALIZED (
    SELECT u.*,
        CASE WHEN (month, tool) IN (SELECT month, child FROM pooled WHERE scope = 'tool') THEN 'tool'
            WHEN (month, tool, top) IN (SELECT month, a, child FROM pooled WHERE scope = 'direction') THEN 'direction'
            WHEN (month, tool, top, direction)
                IN (SELECT month, a, b, child FROM pooled WHERE scope = 'service' AND whole = 1) THEN 'services'
            WHEN (month, tool, top, direction)
                IN (SELECT month, a, b, child FROM pooled WHERE scope = 'service' AND whole = 0) THEN 'service'
            ELSE '' END AS pool
    FROM k_usage AS u
)
SELECT month, provisional,
    CASE WHEN pool = 'tool' THEN 'autres outils' ELSE tool END AS tool,
    CASE pool WHEN 'tool' THEN 'autres directions' WHEN 'direction' THEN 'autres directions' WHEN 'services' THEN top
        WHEN 'service' THEN top || ' / autres services' ELSE direction END AS direction,
    max(CASE WHEN pool <> 'tool' THEN tool_level END) AS tool_level,
    count(DISTINCT caller) AS people,
    CAST(sum(m1) AS bigint) AS m1, CAST(sum(m2) AS bigint) AS m2, CAST(sum(m3) AS bigint) AS m3,
    CAST(sum(m4) AS bigint) AS m4, CAST(sum(m5) AS bigint) AS m5, CAST(sum(m6) AS bigint) AS m6,
    CAST(sum(m7) AS bigint) AS m7, CAST(sum(m8) AS bigint) AS m8, CAST(sum(m9) AS bigint) AS m9,
    CAST(sum(m10) AS bigint) AS m10, CAST(sum(m11) AS bigint) AS m11
FROM labelled
GROUP BY 1, 2, 3, 4;

-- The views of the committee. People are counted down to a multiple of five, and so is whatever counts requests in
-- another way than the cells of usage do; adoption alone tells people exactly, each in one direction. Of a month under
-- way, people and requests only.

CREATE VIEW committee_usage_monthly AS
SELECT month, tool, tool_level, direction, people, requests, input_tokens, output_tokens, cost_eur, cost_known,
    provisional
FROM kept_usage
UNION ALL
SELECT month, tool, CAST(tool_level AS smallint), direction, people / 5 * 5,
    CASE WHEN provisional THEN m1 / 5 * 5 ELSE m1 END, m2, m3,
    CASE WHEN m11 > 0 THEN CAST(m10 AS double precision) / 1e9 END, m11, provisional
FROM k_cells;

CREATE VIEW committee_footprint_monthly AS
SELECT month, tool, direction, people, requests, answered, footprint_known, energy_kwh_min, energy_kwh_max,
    co2e_kg_min, co2e_kg_max, provisional
FROM kept_footprint
UNION ALL
SELECT month, tool, direction, people / 5 * 5, CASE WHEN provisional THEN m1 / 5 * 5 ELSE m1 END, m4, m5,
    CASE WHEN m5 > 0 THEN CAST(m6 AS double precision) / 1e12 END,
    CASE WHEN m5 > 0 THEN CAST(m7 AS double precision) / 1e12 END,
    CASE WHEN m5 > 0 THEN CAST(m8 AS double precision) / 1e12 END,
    CASE WHEN m5 > 0 THEN CAST(m9 AS double precision) / 1e12 END, provisional
FROM k_cells;

CREATE VIEW committee_refusals_monthly AS
WITH v AS MATERIALIZED (
    SELECT scope, month, a, child, pooled FROM k_verdicts WHERE scope IN ('decision', 'rule')
)
SELECT month, decision, rule, class, people, requests, provisional FROM kept_refusals
UNION ALL
SELECT month, decision, rule, CASE WHEN rule LIKE 'screening.%' THEN substr(rule, 11) END,
    count(DISTINCT caller) / 5 * 5, CAST(sum(requests) AS bigint) / 5 * 5,
    month >= (SELECT month FROM this_month)
FROM (
    SELECT month, caller, requests,
        CASE WHEN (month, decision) IN (SELECT month, child FROM v WHERE scope = 'decision' AND pooled = 1)
            THEN 'autres décisions' ELSE decision END AS decision,
        CASE WHEN (month, decision) IN (SELECT month, child FROM v WHERE scope = 'decision' AND pooled = 1)
                OR (month, decision, rule) IN (SELECT month, a, child FROM v WHERE scope = 'rule' AND pooled = 1)
            THEN 'autres règles' ELSE rule END AS rule
    FROM live_rules
    WHERE (month, decision) NOT IN (SELECT month, child FROM v WHERE scope = 'decision' AND pooled IS NULL)
) AS cells
GROUP BY month, decision, rule;

CREATE VIEW committee_findings_monthly AS
WITH v AS MATERIALIZED (SELECT month, child, pooled FROM k_verdicts WHERE scope = 'class')
SELECT month, class, people, findings, provisional FROM kept_findings
UNION ALL
SELECT month, class, count(DISTINCT caller) / 5 * 5,
    CASE WHEN month >= (SELECT month FROM this_month) THEN NULL ELSE CAST(sum(findings) AS bigint) END,
    month >= (SELECT month FROM this_month)
FROM (
    SELECT month, caller, findings,
        CASE WHEN (month, class) IN (SELECT month, child FROM v WHERE pooled = 1) THEN 'autres classes'
            ELSE class END AS class
    FROM live_classes
    WHERE (month, class) NOT IN (SELECT month, child FROM v WHERE pooled IS NULL)
) AS cells
GROUP BY month, class;

CREATE VIEW committee_adoption_monthly AS
WITH v AS MATERIALIZED (SELECT month, child, pooled FROM k_verdicts WHERE scope = 'people')
SELECT month, direction, people, agents, provisional FROM kept_adoption
UNION ALL
SELECT c.month, c.direction, CASE WHEN c.month >= t.month THEN c.people / 5 * 5 ELSE c.people END,
    CASE WHEN c.direction = 'ensemble' THEN (SELECT CAST(sum(agents) AS bigint) FROM k_agents)
        ELSE (SELECT agents FROM k_agents AS g WHERE g.top = c.direction) END,
    c.month >= t.month
FROM (
    SELECT month, 'ensemble' AS direction, count(*) AS people FROM k_homes GROUP BY month HAVING count(*) >= 5
    UNION ALL
    SELECT month, direction, count(*) FROM (
        SELECT month, CASE WHEN (month, top) IN (SELECT month, child FROM v WHERE pooled = 1)
            THEN 'autres directions' ELSE top END AS direction
        FROM k_homes
        WHERE (month, top) NOT IN (SELECT month, child FROM v WHERE pooled IS NULL)
    ) AS homes
    GROUP BY month, direction
) AS c, this_month AS t;

CREATE VIEW committee_tools AS
SELECT p.tool, p.name, p.level, p.status, p.decision_reference, p.decision_date, p.review_before, p.valid_until,
    u.first_month, u.last_month, u.requests
FROM policy_tools AS p
LEFT JOIN (
    SELECT tool, min(month) AS first_month, max(month) AS last_month, CAST(sum(requests) AS bigint) AS requests
    FROM committee_usage_monthly GROUP BY tool
) AS u ON u.tool = p.tool;

CREATE VIEW committee_feedback AS
WITH v AS MATERIALIZED (SELECT month, child, pooled FROM k_verdicts WHERE scope = 'feedback')
SELECT month, tool, count(*) / 5 * 5 AS people,
    CASE WHEN month >= (SELECT month FROM this_month) THEN NULL ELSE CAST(sum(answers) AS bigint) END AS answers,
    CASE WHEN month < (SELECT month FROM this_month) AND count(rated) >= 5 AND 5 * max(rated) <= 4 * sum(rated)
            AND 5 * max(rating) <= 4 * sum(rating)
        THEN CAST(sum(rating) AS double precision) / CAST(sum(rated) AS double precision) END AS rating_mean,
    month >= (SELECT month FROM this_month) AS provisional
FROM (
    SELECT month, CASE WHEN (month, tool) IN (SELECT month, child FROM v WHERE pooled = 1)
            THEN 'autres outils' ELSE tool END AS tool, caller,
        count(*) AS answers, nullif(count(rating), 0) AS rated, sum(rating) AS rating
    FROM live_feedback
    WHERE (month, tool) NOT IN (SELECT month, child FROM v WHERE pooled IS NULL)
    GROUP BY 1, 2, 3
) AS cells
GROUP BY month, tool;

CREATE VIEW committee_incidents AS
WITH v AS MATERIALIZED (SELECT month, child, pooled FROM k_verdicts WHERE scope = 'incident')
SELECT month, category, people / 5 * 5 AS people, CASE WHEN provisional THEN NULL ELSE opened END AS opened,
    CASE WHEN NOT provisional AND closed_shown THEN closed END AS closed,
    CASE WHEN NOT provisional AND closed > 0 AND closers_shown
        THEN CAST((2 * closed_ms + closed * 3600000) / (2 * closed * 3600000) AS double precision)
        END AS mean_hours_to_close,
    CASE WHEN NOT provisional AND late_shown THEN late END AS open_over_15_days,
    provisional
FROM (
    SELECT month, category, month >= (SELECT month FROM this_month) AS provisional, count(*) AS people,
        CAST(sum(opened) AS bigint) AS opened, CAST(sum(closed) AS bigint) AS closed,
        CAST(sum(closed_ms) AS bigint) AS closed_ms, CAST(sum(late) AS bigint) AS late,
        (sum(closed) = 0 OR (count(nullif(closed, 0)) >= 5 AND 5 * max(closed) <= 4 * sum(closed)))
            AND (sum(opened - closed) = 0 OR (count(nullif(opened - closed, 0)) >= 5
                AND 5 * max(opened - closed) <= 4 * sum(opened - closed))) AS closed_shown,
        count(nullif(closed, 0)) >= 5 AND 5 * max(closed) <= 4 * sum(closed)
            AND 5 * max(closed_ms) <= 4 * sum(closed_ms) AS closers_shown,
        (sum(late) = 0 OR (count(nullif(late, 0)) >= 5 AND 5 * max(late) <= 4 * sum(late)))
            AND (sum(opened - late) = 0 OR (count(nullif(opened - late, 0)) >= 5
                AND 5 * max(opened - late) <= 4 * sum(opened - late))) AS late_shown
    FROM (
        SELECT month, CASE WHEN (month, category) IN (SELECT month, child FROM v WHERE pooled = 1)
                THEN 'autres catégories' ELSE category END AS category, caller,
            count(*) AS opened, count(closed_at_ms) AS closed,
            coalesce(sum(closed_at_ms - created_at_ms), 0) AS closed_ms,
            sum(CASE WHEN coalesce(closed_at_ms, now_ms) - created_at_ms > 1296000000 THEN 1 ELSE 0 END) AS late
        FROM live_incidents
        WHERE (month, category) NOT IN (SELECT month, child FROM v WHERE pooled IS NULL)
        GROUP BY 1, 2, 3
    ) AS callers
    GROUP BY month, category
) AS cells;

CREATE VIEW committee_charter AS
SELECT charter_version, count(*) / 5 * 5 AS people
FROM charter_acceptances GROUP BY charter_version HAVING count(*) >= 5;

CREATE VIEW committee_workspace_monthly AS
WITH v AS MATERIALIZED (SELECT month, child, pooled FROM k_verdicts WHERE scope = 'app')
SELECT month, app, count(*) / 5 * 5 AS people,
    CASE WHEN month >= (SELECT month FROM this_month) THEN NULL ELSE CAST(sum(events) AS bigint) END AS events,
    month >= (SELECT month FROM this_month) AS provisional
FROM (
    SELECT month, CASE WHEN (month, app) IN (SELECT month, child FROM v WHERE pooled = 1)
            THEN 'autres applications' ELSE app END AS app, caller, count(*) AS events
    FROM workspace_events
    WHERE caller <> '' AND (month, app) NOT IN (SELECT month, child FROM v WHERE pooled IS NULL)
    GROUP BY 1, 2, 3
) AS cells
GROUP BY month, app;
