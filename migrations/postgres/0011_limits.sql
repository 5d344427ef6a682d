-- What was spent of limits, on PostgreSQL: gateways count here together. One function takes what a request may cost from
-- all its bounds or from none, so that a gateway needs no right to the tables. The arithmetic is that of
-- src/limits/plan.rs, which says again from the figures of this function what it found.
--
-- Rows are locked in the order of their keys, counts before turns, by whoever changes several: nobody waits in a ring.

CREATE TABLE limit_counts (
    used    bigint NOT NULL,
    ends_ms bigint NOT NULL,
    key     text   PRIMARY KEY
) WITH (fillfactor = 50);
COMMENT ON TABLE  limit_counts         IS 'What was spent in windows that are not over.';
COMMENT ON COLUMN limit_counts.used    IS 'Requests, tokens or billionths of a euro.';
COMMENT ON COLUMN limit_counts.ends_ms IS 'End of the window. Milliseconds since 1970.';
COMMENT ON COLUMN limit_counts.key     IS 'Whose bound, which, and its window; callers by pseudonym.';

CREATE TABLE limit_holders (
    holder     uuid        PRIMARY KEY,
    expires_at timestamptz NOT NULL,
    batch      bigint      NOT NULL DEFAULT 0
);
COMMENT ON TABLE  limit_holders            IS 'Gateways that count here, each under a name of its own that is new when it comes back.';
COMMENT ON COLUMN limit_holders.holder     IS 'The name.';
COMMENT ON COLUMN limit_holders.expires_at IS 'Past it the gateway is taken for dead, and its requests for ended.';
COMMENT ON COLUMN limit_holders.batch      IS 'Number of its last corrections, so that none is made twice.';

CREATE TABLE limit_turns (
    holder    uuid   NOT NULL,
    under_way bigint NOT NULL,
    key       text   NOT NULL,
    PRIMARY KEY (key, holder)
) WITH (fillfactor = 50);
COMMENT ON TABLE  limit_turns           IS 'Requests under way, where they are bounded.';
COMMENT ON COLUMN limit_turns.holder    IS 'The gateway that has them.';
COMMENT ON COLUMN limit_turns.under_way IS 'How many.';
COMMENT ON COLUMN limit_turns.key       IS 'Whose bound; callers by pseudonym.';

CREATE FUNCTION lock_limit(of_key text, of_ends bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    had bigint;
BEGIN
    LOOP
        SELECT used INTO had FROM limit_counts WHERE key = of_key FOR UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO limit_counts (key, used, ends_ms) VALUES (of_key, 0, of_ends) ON CONFLICT DO NOTHING;
    END LOOP;
    RETURN had;
END
$$;
COMMENT ON FUNCTION lock_limit IS 'Locks a count, made where it is missing, and says what is used of it.';

CREATE FUNCTION take_limits(of_holder uuid, keys text[], bounds bigint[], bases bigint[], leasts bigint[], units bigint[],
    ends bigint[], turn_keys text[], turn_bounds bigint[], most bigint,
    OUT taken boolean, OUT used bigint[], OUT at_once bigint[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    granted bigint := most;
    had bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM limit_holders h WHERE h.holder = of_holder) THEN
        RETURN;
    END IF;
    taken := true;
    used := '{}';
    at_once := '{}';
    FOR i IN 1..cardinality(keys) LOOP
        had := lock_limit(keys[i], ends[i]);
        used := used || had;
        IF leasts[i] > bounds[i] - had THEN
            taken := false;
        ELSIF units[i] > 0 THEN
            granted := least(granted, (bounds[i] - had - bases[i]) / units[i]);
        END IF;
    END LOOP;
    FOR i IN 1..cardinality(turn_keys) LOOP
        -- Its count stays at nothing: whoever asks for turns waits here for those who asked before.
        PERFORM lock_limit(turn_keys[i], (extract(epoch FROM clock_timestamp()) * 1000)::bigint + 86400000);
        SELECT coalesce(sum(t.under_way), 0) INTO had FROM limit_turns t JOIN limit_holders h ON h.holder = t.holder
        WHERE t.key = turn_keys[i] AND h.expires_at > clock_timestamp();
        at_once := at_once || had;
        taken := taken AND had < turn_bounds[i];
    END LOOP;
    IF taken THEN
        FOR i IN 1..cardinality(keys) LOOP
            UPDATE limit_counts c SET used = c.used + bases[i] + units[i] * granted WHERE c.key = keys[i];
        END LOOP;
        FOR i IN 1..cardinality(turn_keys) LOOP
            INSERT INTO limit_turns AS t (key, holder, under_way) VALUES (turn_keys[i], of_holder, 1)
            ON CONFLICT (key, holder) DO UPDATE SET under_way = t.under_way + 1;
        END LOOP;
    END IF;
END
$$;
COMMENT ON FUNCTION take_limits IS 'Takes from all bounds or from none. Says whether it did, and what was used before; nothing to a holder that is not known.';

CREATE FUNCTION settle_limits(of_holder uuid, of_batch bigint, keys text[], ends bigint[], deltas bigint[],
    turn_keys text[], turn_deltas bigint[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE limit_holders SET batch = of_batch WHERE holder = of_holder AND batch = of_batch - 1;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    FOR i IN 1..cardinality(keys) LOOP
        INSERT INTO limit_counts AS c (key, used, ends_ms) VALUES (keys[i], greatest(0, deltas[i]), ends[i])
        ON CONFLICT (key) DO UPDATE SET used = greatest(0, c.used + deltas[i]);
    END LOOP;
    FOR i IN 1..cardinality(turn_keys) LOOP
        INSERT INTO limit_turns AS t (key, holder, under_way) VALUES (turn_keys[i], of_holder, greatest(0, turn_deltas[i]))
        ON CONFLICT (key, holder) DO UPDATE SET under_way = greatest(0, t.under_way + turn_deltas[i]);
    END LOOP;
    RETURN true;
END
$$;
COMMENT ON FUNCTION settle_limits IS 'Corrects counts and turns, once for each number of a batch. False where that was not the next.';

CREATE FUNCTION hold_limits(of_holder uuid, lease_ms bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE limit_holders SET expires_at = clock_timestamp() + lease_ms * interval '1 millisecond'
    WHERE holder = of_holder;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION hold_limits IS 'The gateway lives. False where its name is not known.';

CREATE FUNCTION rename_holder(leaving uuid, coming uuid, lease_ms bigint, turn_keys text[], turns bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    last bigint;
BEGIN
    DELETE FROM limit_holders WHERE holder = leaving RETURNING batch INTO last;
    DELETE FROM limit_turns WHERE holder IN (leaving, coming);
    IF coming IS NOT NULL THEN
        -- Asked again, it finds the name there and the number with it.
        INSERT INTO limit_holders AS h (holder, expires_at, batch)
        VALUES (coming, clock_timestamp() + lease_ms * interval '1 millisecond', coalesce(last, 0))
        ON CONFLICT (holder) DO UPDATE SET expires_at = excluded.expires_at RETURNING h.batch INTO last;
        INSERT INTO limit_turns (key, holder, under_way)
        SELECT t.key, coming, t.under_way FROM unnest(turn_keys, turns) AS t (key, under_way);
    END IF;
    RETURN coalesce(last, 0);
END
$$;
COMMENT ON FUNCTION rename_holder IS 'A gateway begins anew with the turns it has, or leaves. Says the number of its last corrections.';

CREATE FUNCTION sweep_limits() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    past bigint := (extract(epoch FROM clock_timestamp()) * 1000)::bigint - 3600000;
    swept bigint;
BEGIN
    -- What somebody uses just now is left for the next time.
    DELETE FROM limit_counts WHERE key IN (
        SELECT key FROM limit_counts WHERE ends_ms < past ORDER BY key FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS swept = ROW_COUNT;
    DELETE FROM limit_holders WHERE holder IN (
        SELECT holder FROM limit_holders WHERE expires_at < clock_timestamp() - interval '1 hour' FOR UPDATE SKIP LOCKED);
    DELETE FROM limit_turns t USING (
        SELECT key, holder FROM limit_turns o
        WHERE o.under_way = 0 OR NOT EXISTS (SELECT FROM limit_holders h WHERE h.holder = o.holder)
        FOR UPDATE SKIP LOCKED) AS gone
    WHERE t.key = gone.key AND t.holder = gone.holder;
    RETURN swept;
END
$$;
COMMENT ON FUNCTION sweep_limits IS 'Removes windows that ended an hour ago, and gateways that are long gone. Says how many windows.';

REVOKE EXECUTE ON FUNCTION lock_limit(text, bigint), sweep_limits(), hold_limits(uuid, bigint),
    take_limits(uuid, text[], bigint[], bigint[], bigint[], bigint[], bigint[], text[], bigint[], bigint),
    settle_limits(uuid, bigint, text[], bigint[], bigint[], text[], bigint[]),
    rename_holder(uuid, uuid, bigint, text[], bigint[]) FROM PUBLIC;
INSERT INTO role_grants (role, privileges, object) VALUES
    ('gardefou_gateway', 'EXECUTE',
     'FUNCTION take_limits(uuid, text[], bigint[], bigint[], bigint[], bigint[], bigint[], text[], bigint[], bigint)'),
    ('gardefou_gateway', 'EXECUTE', 'FUNCTION settle_limits(uuid, bigint, text[], bigint[], bigint[], text[], bigint[])'),
    ('gardefou_gateway', 'EXECUTE', 'FUNCTION hold_limits(uuid, bigint)'),
    ('gardefou_gateway', 'EXECUTE', 'FUNCTION rename_holder(uuid, uuid, bigint, text[], bigint[])'),
    ('gardefou_gateway', 'EXECUTE', 'FUNCTION sweep_limits()');
SELECT apply_role_grants();
