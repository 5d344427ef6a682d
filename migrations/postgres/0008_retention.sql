-- Retention: the gateway decides when, these functions see to it that nothing goes too early, unsaid or half.
-- They have their owner's rights, because a gateway may delete nothing by itself.

CREATE FUNCTION usage_month_runs(of_month text)
RETURNS TABLE (instance text, first_seq bigint, last_seq bigint, chain bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    partition text := 'usage_events_' || replace(of_month, '-', '_');
BEGIN
    IF of_month !~ '^\d{4,5}-\d\d$' OR to_regclass(partition) IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format('
        SELECT r.instance, r.first_seq, r.last_seq, e.chain FROM (
            SELECT n.instance, min(n.instance_seq) AS first_seq, max(n.instance_seq) AS last_seq FROM (
                SELECT u.instance, u.instance_seq,
                    u.instance_seq - row_number() OVER (PARTITION BY u.instance ORDER BY u.instance_seq) AS run
                FROM %1$I AS u) AS n
            GROUP BY n.instance, n.run) AS r
        JOIN %1$I AS e ON e.instance = r.instance AND e.instance_seq = r.last_seq
        ORDER BY r.instance, r.first_seq', partition);
END
$$;
COMMENT ON FUNCTION usage_month_runs IS 'The runs of rows of a month in the chains of their gateways.';

CREATE FUNCTION retire_usage_month(of_month text, kept_days integer, reason text, instances text[], firsts bigint[],
    lasts bigint[], chains bytea[], signed_at bigint, signed_with text, signatures bytea[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    partition text := 'usage_events_' || replace(of_month, '-', '_');
    month_end timestamptz;
    removed bigint;
BEGIN
    IF of_month !~ '^\d{4,5}-\d\d$' OR to_regclass(partition) IS NULL THEN
        RETURN 0;
    END IF;
    month_end := ((of_month || '-01')::timestamp + interval '1 month') AT TIME ZONE 'Europe/Paris';
    IF kept_days IS NULL OR kept_days < 1 OR month_end + kept_days * interval '24 hours' > now() THEN
        RAISE EXCEPTION 'the rows of % are to be kept', of_month USING ERRCODE = 'check_violation';
    END IF;
    IF kept_days < 180 AND coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION 'rows are kept for 180 days, or there is a reason' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT * FROM usage_month_runs(of_month)
               EXCEPT SELECT * FROM unnest(instances, firsts, lasts, chains))
        OR (SELECT count(*) FROM usage_month_runs(of_month)) <> cardinality(instances) THEN
        RAISE EXCEPTION 'the rows of % are not those that were listed', of_month USING ERRCODE = 'check_violation';
    END IF;
    -- Whoever asks closes the month before, in a transaction of its own: that takes locks which must not be held here.
    IF of_month > (SELECT coalesce(max(month), '') FROM kept_months) THEN
        RAISE EXCEPTION 'the figures of % are not kept', of_month USING ERRCODE = 'check_violation';
    END IF;
    -- Rows that came after the month was closed are in none of its figures.
    DELETE FROM usage_by_caller WHERE month = of_month;
    DELETE FROM usage_by_rule WHERE month = of_month;
    DELETE FROM usage_by_class WHERE month = of_month;
    INSERT INTO retention_gaps (instance, first_seq, last_seq, chain, signed_at_ms, key_id, signature)
    SELECT g.instance, g.first_seq, g.last_seq, g.chain, signed_at, signed_with, g.signature
    FROM unnest(instances, firsts, lasts, chains, signatures) AS g (instance, first_seq, last_seq, chain, signature);
    -- First the table, then the month, as readers and writers take them: nobody waits in a ring. From here on no row can
    -- come, and those that came since the list was made are seen.
    LOCK TABLE ONLY usage_events IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('SELECT count(*) FROM %I', partition) INTO removed;
    IF removed <> (SELECT coalesce(sum(l - f + 1), 0) FROM unnest(firsts, lasts) AS g (f, l)) THEN
        RAISE EXCEPTION 'rows came while % was removed', of_month USING ERRCODE = 'check_violation';
    END IF;
    EXECUTE format('
        INSERT INTO retention_journal (month, rows, first_day, last_day, removed_at, retention_days, justification)
        SELECT $1, count(*), min(occurred_at AT TIME ZONE ''Europe/Paris'')::date,
            max(occurred_at AT TIME ZONE ''Europe/Paris'')::date, now(), $2, $3
        FROM %I HAVING count(*) > 0', partition) USING of_month, kept_days, reason;
    EXECUTE format('DROP TABLE %I', partition);
    RETURN removed;
END
$$;
COMMENT ON FUNCTION retire_usage_month IS 'Removes a month that ended more than kept_days ago, and leaves its gaps and a line of the journal. Says how many rows.';

CREATE FUNCTION retire_words() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    now_ms bigint := extract(epoch FROM now()) * 1000;
    comments bigint;
    descriptions bigint;
    uses bigint;
BEGIN
    UPDATE feedback SET comment = NULL WHERE comment IS NOT NULL AND created_at_ms < now_ms - 365 * 86400000::bigint;
    GET DIAGNOSTICS comments = ROW_COUNT;
    UPDATE incidents SET description = '' WHERE description <> '' AND created_at_ms < now_ms - 1095 * 86400000::bigint;
    GET DIAGNOSTICS descriptions = ROW_COUNT;
    -- Whole months, so that no figure of a month changes.
    DELETE FROM workspace_events
    WHERE month < to_char((now() - interval '365 days') AT TIME ZONE 'Europe/Paris', 'YYYY-MM');
    GET DIAGNOSTICS uses = ROW_COUNT;
    RETURN comments + descriptions + uses;
END
$$;
COMMENT ON FUNCTION retire_words IS 'Empties comments after a year and descriptions of incidents after three; removes uses of Workspace after a year, by whole months. Says how many.';

REVOKE EXECUTE ON FUNCTION usage_month_runs(text), retire_words(),
    retire_usage_month(text, integer, text, text[], bigint[], bigint[], bytea[], bigint, text, bytea[]) FROM PUBLIC;
INSERT INTO role_grants (role, privileges, object) VALUES
    ('gardefou_gateway', 'EXECUTE', 'FUNCTION usage_month_runs(text)'),
    ('gardefou_gateway', 'EXECUTE',
     'FUNCTION retire_usage_month(text, integer, text, text[], bigint[], bigint[], bytea[], bigint, text, bytea[])'),
    ('gardefou_gateway', 'EXECUTE', 'FUNCTION retire_words()');
SELECT apply_role_grants();
