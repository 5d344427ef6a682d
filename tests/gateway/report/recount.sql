-- The figures of the report, counted anew from the rows alone: no rollup, no view. One line a figure: the table of the
-- report, what its row is named, the column, the value. MONTH is the civil month of Paris in the engine's own words.
WITH events AS (
    SELECT MONTH AS month, caller, coalesce(tool, 'hors liste') AS tool, direction, decision, rule, input_tokens,
        output_tokens, energy_kwh_min, energy_kwh_max, co2e_kg_min, co2e_kg_max, cost_eur
    FROM usage_events
),
latest AS (SELECT * FROM events WHERE month = '2025-10'),
rounded AS (
    SELECT month, decision, rule, count(*) / 5 * 5 AS requests
    FROM events WHERE decision <> 'allowed' GROUP BY month, decision, rule
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
