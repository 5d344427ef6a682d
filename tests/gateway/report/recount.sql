-- The figures of the report, counted anew from the rows alone: no rollup, no view. One line a figure: the table of the
-- report, what its row is named, the column, the value. MONTH is the civil month of Paris in the engine's own words.
WITH events AS (
    SELECT MONTH AS month, caller, coalesce(tool, 'hors liste') AS tool, direction, decision, rule, model, outcome,
        overhead_us, upstream_ms, input_tokens,
        output_tokens, energy_kwh_min, energy_kwh_max, co2e_kg_min, co2e_kg_max, cost_eur
    FROM usage_events
),
latest AS (SELECT * FROM events WHERE month = '2025-10'),
rounded AS (
    SELECT month, decision, rule, count(*) / 5 * 5 AS requests
    FROM events WHERE decision <> 'allowed' GROUP BY month, decision, rule
),
delays AS (
    SELECT month, measure, delay, row_number() OVER (PARTITION BY month, measure ORDER BY delay) AS place,
        count(*) OVER (PARTITION BY month, measure) AS n
    FROM (
        SELECT month, 'overhead' AS measure, overhead_us AS delay FROM events WHERE overhead_us IS NOT NULL
        UNION ALL SELECT month, 'upstream', upstream_ms FROM events WHERE upstream_ms IS NOT NULL
    ) AS each
),
-- The delays of this test have four digits at most: two of them are kept.
percentiles AS (
    SELECT month, measure, field, CASE WHEN delay >= 1000 THEN delay / 100 * 100 WHEN delay >= 100 THEN delay / 10 * 10
        ELSE delay END AS delay
    FROM delays
    JOIN (SELECT 50 AS share, 'p50' AS field UNION ALL SELECT 99, 'p99') AS shares ON place = (n * share + 99) / 100
),
served AS (
    SELECT month, count(*) AS requests,
        sum(CASE WHEN outcome IN ('upstream_error', 'interrupted') THEN 1 ELSE 0 END) / 5 * 5 AS failed
    FROM events GROUP BY month
),
figures (report, name, field, value) AS (
    SELECT 'adoption_trend', month, 'people', CAST(count(DISTINCT caller) AS double precision) FROM events GROUP BY month
    UNION ALL SELECT 'adoption_trend', month, 'requests', count(*) FROM events GROUP BY month
    UNION ALL SELECT 'adoption', direction, 'people', count(DISTINCT caller) FROM latest GROUP BY direction
    UNION ALL SELECT 'adoption', direction, 'requests', count(*) FROM latest GROUP BY direction
    UNION ALL SELECT 'usage_by_tool', tool, 'requests', count(*) FROM latest GROUP BY tool
    UNION ALL SELECT 'usage_by_tool', tool, 'input_tokens', coalesce(sum(input_tokens), 0) FROM latest GROUP BY tool
    UNION ALL SELECT 'usage_by_tool', tool, 'output_tokens', coalesce(sum(output_tokens), 0) FROM latest GROUP BY tool
    UNION ALL SELECT 'refusals_trend', month, decision, sum(requests) FROM rounded GROUP BY month, decision
    UNION ALL SELECT 'refusals_by_class', substr(rule, 11), decision, requests
        FROM rounded WHERE month = '2025-10' AND rule LIKE 'screening.%'
    UNION ALL SELECT 'refusals_by_tool', tool, decision, sum(requests) FROM (
        SELECT tool, decision, count(*) / 5 * 5 AS requests FROM latest WHERE decision <> 'allowed'
        GROUP BY tool, decision, rule) AS rounded_by_tool GROUP BY tool, decision
    UNION ALL SELECT 'demand_by_family', coalesce(model, 'Autre, ou aucun modèle'), 'requests', count(*) / 5 * 5
        FROM latest WHERE rule = 'no-tool-for-model' GROUP BY model
    UNION ALL SELECT 'service_trend', month, 'failed', failed FROM served
    UNION ALL SELECT 'service_trend', month, 'availability', 100.0 * (requests - failed) / requests FROM served
    UNION ALL SELECT 'service_trend', month, measure || '_' || field,
        CASE WHEN measure = 'overhead' THEN delay / 1000.0 ELSE delay END
        FROM percentiles WHERE measure = 'overhead' OR field = 'p50'
    UNION ALL SELECT 'cost_by_tool', tool, 'answered', count(output_tokens) FROM latest GROUP BY tool
    UNION ALL SELECT 'cost_by_tool', tool, 'cost', sum(cost_eur) FROM latest GROUP BY tool
    UNION ALL SELECT 'cost_by_tool', tool, 'each', 1000 * avg(cost_eur) FROM latest GROUP BY tool
    UNION ALL SELECT 'cost_by_direction', direction, 'cost', sum(cost_eur) FROM latest GROUP BY direction
    UNION ALL SELECT 'footprint_by_tool', tool, 'unknown',
        CASE WHEN count(output_tokens) > 0 THEN 100.0 - 100.0 * count(energy_kwh_min) / count(output_tokens) END
        FROM latest GROUP BY tool
    UNION ALL SELECT 'footprint_by_tool', tool, 'energy_min', sum(energy_kwh_min) FROM latest GROUP BY tool
    UNION ALL SELECT 'footprint_by_tool', tool, 'energy_max', sum(energy_kwh_max) FROM latest GROUP BY tool
    UNION ALL SELECT 'footprint_by_tool', tool, 'co2e_min', sum(co2e_kg_min) FROM latest GROUP BY tool
    UNION ALL SELECT 'footprint_by_tool', tool, 'co2e_max', sum(co2e_kg_max) FROM latest GROUP BY tool
    UNION ALL SELECT 'footprint_trend', month, 'energy_max', sum(energy_kwh_max) FROM events GROUP BY month
    UNION ALL SELECT 'footprint_trend', month, 'co2e_min', sum(co2e_kg_min) FROM events GROUP BY month
)
SELECT report, name, field, CAST(value AS double precision) AS value FROM figures
