-- Fills `usage_events` of a throw-away PostgreSQL database with plausible synthetic rows, to measure sizes and queries.
--
--   psql -v rows=10000000 -v months=24 -v last=2026-11 -v people=2500 -f benches/rows.sql postgres://…
--
-- The database has the schema (`gardefou ledger migrate`). Nobody real is in these rows, their chain values are noise,
-- and the same variables give the same rows. The triggers count them as they count real ones.
\set ON_ERROR_STOP on
\if :{?rows} \else \set rows 1000000 \endif
\if :{?months} \else \set months 24 \endif
\if :{?last} \else \set last 2026-11 \endif
\if :{?people} \else \set people 2500 \endif
\timing on
SET synchronous_commit = off;
SET TimeZone = 'UTC';

-- Directions from large to tiny, with children, and how many of a thousand people each has.
CREATE TEMP TABLE direction_shares AS SELECT name, sum(share) OVER (ORDER BY place) AS upto FROM (VALUES
    (1, 'Solidarités / Aide sociale à l''enfance', 210), (2, 'Solidarités / Autonomie', 160),
    (3, 'Solidarités / Insertion', 110), (4, 'Routes et mobilités', 180), (5, 'Collèges et bâtiments', 130),
    (6, 'Culture et patrimoine', 60), (7, 'Finances', 45), (8, 'Ressources humaines', 40),
    (9, 'Systèmes d''information', 30), (10, 'Affaires juridiques', 15), (11, 'Communication', 12),
    (12, 'Cabinet', 5), (13, 'Archives / Numérisation', 2), (14, NULL, 1)) AS d (place, name, share);

CREATE TEMP TABLE persons AS
SELECT n AS person, md5('person ' || n) AS caller,
    (SELECT name FROM direction_shares WHERE upto > (n * 997) % 1000 ORDER BY upto LIMIT 1) AS direction
FROM generate_series(0, :people - 1) AS n;
CREATE UNIQUE INDEX ON persons (person);
ANALYZE persons;

CREATE FUNCTION pg_temp.fill(first timestamp, rows bigint, before bigint, people integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM setseed(0.42);
    PERFORM make_usage_months(ARRAY[first AT TIME ZONE 'Europe/Paris']);
    INSERT INTO usage_events (id, occurred_at, caller, direction, tool, tool_level, model, dialect, endpoint, stream,
        purpose, decision, rule, findings, finding_types, mention, http_status, outcome, input_tokens, output_tokens,
        tokens_estimated, duration_ms, first_token_ms, upstream_ms, overhead_us, energy_kwh_min, energy_kwh_max,
        co2e_kg_min, co2e_kg_max, cost_eur, footprint_version, policy_hash, charter_version, instance, chain,
        instance_seq)
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(noise, 1, 3) || 'a'
            || substr(noise, 4, 15))::uuid,
        at, caller, direction, tool, CASE WHEN tool = 'ia-sante' THEN 3 WHEN tool = 'copilote' THEN 2 WHEN tool IS NOT NULL THEN 1 END,
        model, CASE WHEN tool = 'gemini' THEN 'gemini' WHEN tool = 'claude' THEN 'anthropic' ELSE 'openai' END,
        CASE WHEN tool = 'gemini' THEN 'streamGenerateContent' WHEN tool = 'claude' THEN 'messages'
            ELSE 'chat.completions' END,
        coalesce(tool = 'gemini', false), NULL, decision,
        CASE WHEN decision = 'allowed' THEN NULL WHEN tool IS NULL THEN 'unknown-tool' ELSE 'screening.' || class END,
        CASE WHEN decision = 'allowed' OR tool IS NULL THEN '{}'::jsonb
            ELSE jsonb_build_object(class, 1 + (dice * 1e6)::integer % 3) END,
        CASE WHEN decision = 'allowed' OR tool IS NULL THEN '{}'::jsonb
            ELSE jsonb_build_object(kind, 1 + (dice * 1e6)::integer % 3) END,
        CASE WHEN decision = 'refused' THEN 'none' ELSE 'text' END,
        CASE WHEN decision = 'refused' THEN 400 ELSE 200 END,
        CASE WHEN decision = 'refused' THEN 'refused' WHEN dice < 0.01 THEN 'client_gone'
            WHEN dice > 0.994 THEN 'upstream_error' ELSE 'completed' END,
        CASE WHEN decision <> 'refused' THEN 200 + (dice * 3000)::integer END,
        CASE WHEN decision <> 'refused' THEN output END,
        false, CASE WHEN decision = 'refused' THEN 3 ELSE 400 + output * 9 END,
        CASE WHEN decision <> 'refused' THEN 380 + (dice * 300)::integer END,
        CASE WHEN decision <> 'refused' THEN 399 + output * 9 END, 90 + (dice * 400)::integer,
        CASE WHEN known THEN output * 1.1e-6 END, CASE WHEN known THEN output * 3.7e-6 END,
        CASE WHEN known THEN output * 4.3e-7 END, CASE WHEN known THEN output * 1.5e-6 END,
        CASE WHEN known THEN output * 2.5e-6 + dice * 1e-3 END, CASE WHEN known THEN 'ecologits-0.11.3' END,
        '9f86d081884c7d65', '2025-06', 'passerelle-' || 1 + n % 2,
        decode(noise || md5(noise), 'hex'), (before + n) / 2 + 1
    FROM (
        SELECT *, decision <> 'refused' AND tool NOT IN ('copilote', 'transcription') AS known,
            (ARRAY['PERSON', 'NIR', 'HEALTH', 'CASE_ID', 'SECRET'])[kind_at] AS kind,
            (ARRAY['personal', 'highly_personal', 'health', 'vulnerable', 'secret'])[kind_at] AS class,
            CASE coalesce(tool, '') WHEN '' THEN (ARRAY['gpt-*', 'claude-*', 'mistral-*', 'llama-*'])[kind_at]
                WHEN 'gemini' THEN 'gemini-2.5-flash' WHEN 'claude' THEN 'claude-sonnet-4-5'
                WHEN 'mistral' THEN 'mistral-large-latest' END AS model
        FROM (
            SELECT n, dice, (20 + dice * dice * 1500)::integer AS output, md5(first || ':' || n) AS noise,
                1 + (dice * 7919)::integer % 5 AS kind_at, first AT TIME ZONE 'Europe/Paris'
                    + n * ((first + interval '1 month') AT TIME ZONE 'Europe/Paris' - first AT TIME ZONE 'Europe/Paris')
                    / rows AS at,
                least(people - 1, floor(people * dice_person ^ 2.2))::integer AS person,
                CASE WHEN dice_tool < 0.62 THEN 'gemini' WHEN dice_tool < 0.80 THEN 'mistral'
                    WHEN dice_tool < 0.91 THEN 'claude' WHEN dice_tool < 0.96 THEN 'copilote'
                    WHEN dice_tool < 0.985 THEN 'ia-sante' WHEN dice_tool < 0.99 THEN 'transcription' END AS tool,
                CASE WHEN dice_tool >= 0.99 OR dice_decision < 0.04 THEN 'refused' WHEN dice_decision < 0.13 THEN 'masked'
                    WHEN dice_decision < 0.15 THEN 'warned' ELSE 'allowed' END AS decision
            FROM (
                SELECT n, random() AS dice, random() AS dice_person, random() AS dice_tool, random() AS dice_decision
                FROM generate_series(0::bigint, rows - 1) AS n) AS thrown) AS chosen) AS told
    JOIN persons USING (person) ORDER BY n;
END
$$;

SELECT format('SELECT pg_temp.fill(%L, %s, %s, %s)', first, :rows / :months, (:rows / :months) * (place - 1), :people)
FROM generate_series((:'last' || '-01')::timestamp - (:months - 1) * interval '1 month', (:'last' || '-01')::timestamp,
    interval '1 month') WITH ORDINALITY AS months (first, place) \gexec
VACUUM (ANALYZE) usage_events;
VACUUM (ANALYZE) usage_by_caller, usage_by_rule, usage_by_class, usage_by_delay, usage_by_failure, usage_by_demand,
    usage_by_instance;
