-- What PostgreSQL says in its own way of the counts that the committee's views read: between
-- `committee/tables.sql` and `committee/views.sql`.

-- The first month that is not over. A month is over a day after its end, when what waited in an outbox has arrived.
CREATE VIEW this_month AS
SELECT to_char((now() - interval '1 day') AT TIME ZONE 'Europe/Paris', 'YYYY-MM') AS month;

-- The counts of recognised callers in months that are not closed. `top`: the direction that a service belongs to.
CREATE VIEW live_usage AS
SELECT month, CASE WHEN tool = '' THEN 'hors liste' ELSE tool END AS tool, tool_level,
    CASE WHEN direction = '' THEN 'sans direction' ELSE direction END AS direction,
    CASE WHEN direction = '' THEN 'sans direction' ELSE split_part(direction, ' / ', 1) END AS top,
    caller, requests AS m1, input_tokens AS m2, output_tokens AS m3, answered AS m4, footprint_known AS m5,
    energy_nwh_min AS m6, energy_nwh_max AS m7, co2e_ng_min AS m8, co2e_ng_max AS m9, cost_neur AS m10,
    cost_known AS m11
FROM usage_by_caller WHERE caller <> '' AND month > (SELECT coalesce(max(month), '') FROM kept_months);

CREATE VIEW live_feedback AS
SELECT to_char(to_timestamp(created_at_ms / 1000.0) AT TIME ZONE 'Europe/Paris', 'YYYY-MM') AS month,
    coalesce(nullif(tool, ''), 'non précisé') AS tool, caller, rating
FROM feedback WHERE caller <> '';

CREATE VIEW live_incidents AS
SELECT to_char(to_timestamp(created_at_ms / 1000.0) AT TIME ZONE 'Europe/Paris', 'YYYY-MM') AS month,
    category, caller, created_at_ms, closed_at_ms, CAST(extract(epoch FROM now()) * 1000 AS bigint) AS now_ms
FROM incidents WHERE caller <> '';

-- Agents of a direction: its own line, or else the sum of its services.
CREATE VIEW k_agents AS
SELECT top, CAST(coalesce(max(CASE WHEN direction = top THEN agents END), sum(agents)) AS bigint) AS agents
FROM (SELECT direction, split_part(direction, ' / ', 1) AS top, agents FROM policy_directions) AS d
GROUP BY top;
