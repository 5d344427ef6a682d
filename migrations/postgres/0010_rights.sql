-- What PostgreSQL adds to the views of 0010: closing and retention that know the new tables, barriers, rights, comments.

CREATE OR REPLACE FUNCTION close_months() RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT SET jit = off AS $$
DECLARE
    closing integer;
    counts text;
BEGIN
    -- One gateway at a time, and no row of a month between two statements of its closing.
    PERFORM pg_advisory_xact_lock(hashtextextended('gardefou: close_months', 0));
    SELECT count(*) INTO closing FROM closing_months;
    IF closing > 0 THEN
        LOCK TABLE usage_by_caller, usage_by_rule, usage_by_class, usage_by_delay, usage_by_failure, usage_by_demand
            IN ACCESS EXCLUSIVE MODE;
        INSERT INTO kept_usage SELECT * FROM committee_usage_monthly WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_footprint
            SELECT * FROM committee_footprint_monthly WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_refusals
            SELECT * FROM committee_refusals_monthly WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_findings
            SELECT * FROM committee_findings_monthly WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_adoption
            SELECT * FROM committee_adoption_monthly WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_service SELECT * FROM k_service WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_activity
            SELECT * FROM committee_activity_monthly WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_newcomers SELECT * FROM k_newcomers WHERE month <= (SELECT max(month) FROM closing_months);
        INSERT INTO kept_refusals_by_tool
            SELECT * FROM committee_refusals_by_tool_monthly WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_demand SELECT * FROM committee_demand_monthly WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_months SELECT month, CAST(CURRENT_TIMESTAMP AS text) FROM closing_months;
        -- Written anew rather than deleted: the many old rows leave no empty pages for every view to read.
        FOREACH counts IN ARRAY '{usage_by_caller, usage_by_rule, usage_by_class, usage_by_delay, usage_by_failure,
            usage_by_demand}'::text[]
        LOOP
            EXECUTE format('CREATE TEMP TABLE still_open ON COMMIT DROP AS
                SELECT * FROM %I WHERE month > (SELECT max(month) FROM kept_months)', counts);
            EXECUTE format('TRUNCATE %I', counts);
            EXECUTE format('INSERT INTO %I SELECT * FROM still_open', counts);
            EXECUTE format('ANALYZE %I', counts);
            DROP TABLE still_open;
        END LOOP;
    END IF;
    RETURN closing;
END
$$;

CREATE OR REPLACE FUNCTION retire_usage_month(of_month text, kept_days integer, reason text, instances text[], firsts bigint[],
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
    DELETE FROM usage_by_delay WHERE month = of_month;
    DELETE FROM usage_by_failure WHERE month = of_month;
    DELETE FROM usage_by_demand WHERE month = of_month;
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

REVOKE EXECUTE ON FUNCTION count_service() FROM PUBLIC;

COMMENT ON TABLE policy_charter        IS 'The charter of the policy in force: required, reminder or off.';
COMMENT ON TABLE policy_trainings      IS 'Trainings of the policy in force, and agents concerned where it names them all.';
COMMENT ON TABLE policy_attestations   IS 'How many people the policy in force names as holders, by their last day.';
COMMENT ON TABLE chain_verifications   IS 'What verifications of the chain found. Not signed.';
COMMENT ON COLUMN chain_verifications.id             IS 'UUIDv7.';
COMMENT ON COLUMN chain_verifications.verified_at_ms IS 'Milliseconds since 1970.';
COMMENT ON COLUMN chain_verifications.instances      IS 'Chains.';
COMMENT ON COLUMN chain_verifications.rows           IS 'Rows recomputed.';
COMMENT ON COLUMN chain_verifications.rows_lost      IS 'Places of the chains without a row that no gap of retention explains.';
COMMENT ON COLUMN chain_verifications.result         IS 'intact or altered.';
COMMENT ON TABLE kept_service          IS 'committee_service_monthly of closed months, without incidents.';
COMMENT ON TABLE kept_activity         IS 'committee_activity_monthly of closed months.';
COMMENT ON TABLE kept_newcomers        IS 'committee_newcomers_monthly of closed months.';
COMMENT ON TABLE kept_refusals_by_tool IS 'committee_refusals_by_tool_monthly of closed months.';
COMMENT ON TABLE kept_demand           IS 'committee_demand_monthly of closed months.';

ALTER VIEW committee_service_monthly SET (security_barrier = true);
COMMENT ON VIEW committee_service_monthly IS 'Le service : ce qui a été servi, en combien de temps, ce qui a manqué.';
COMMENT ON COLUMN committee_service_monthly.month IS 'Mois civil d''Europe/Paris, AAAA-MM.';
COMMENT ON COLUMN committee_service_monthly.requests IS 'Demandes ; arrondies au multiple de 5 inférieur dans le mois en cours.';
COMMENT ON COLUMN committee_service_monthly.failed IS 'Demandes que la passerelle ou ses fournisseurs n''ont pas servies, arrondies au multiple de 5 inférieur ; NULL : masqué, ou mois en cours.';
COMMENT ON COLUMN committee_service_monthly.availability IS 'Part des demandes servies, en %, tirée des deux colonnes qui précèdent.';
COMMENT ON COLUMN committee_service_monthly.overhead_p50_us IS 'Temps ajouté par la passerelle, médiane, en microsecondes, à deux chiffres significatifs par défaut ; NULL sous dix demandes.';
COMMENT ON COLUMN committee_service_monthly.overhead_p99_us IS 'Le même, que 99 % des demandes ne dépassent pas ; NULL sous 500 demandes.';
COMMENT ON COLUMN committee_service_monthly.upstream_p50_ms IS 'Attente du fournisseur, médiane, en millisecondes, de même.';
COMMENT ON COLUMN committee_service_monthly.incidents IS 'Signalements du mois, ceux que committee_incidents publie.';
COMMENT ON COLUMN committee_service_monthly.rows_lost IS 'Lignes du journal qui manquent sans que leur conservation l''explique : 0 attendu.';
COMMENT ON COLUMN committee_service_monthly.provisional IS 'Mois en cours.';

ALTER VIEW committee_activity_monthly SET (security_barrier = true);
COMMENT ON VIEW committee_activity_monthly IS 'Demandes par agent actif : la classe où se trouve l''agent du milieu, dans les groupes de committee_adoption_monthly.';
COMMENT ON COLUMN committee_activity_monthly.month IS 'Mois civil d''Europe/Paris, AAAA-MM ; mois terminés seulement.';
COMMENT ON COLUMN committee_activity_monthly.direction IS 'Direction ; « ensemble » : toutes ; « autres directions ».';
COMMENT ON COLUMN committee_activity_monthly.people IS 'Personnes distinctes, arrondies au multiple de 5 inférieur.';
COMMENT ON COLUMN committee_activity_monthly.median_from IS 'La moitié des agents au moins font ce nombre de demandes ou plus ; NULL : masqué.';
COMMENT ON COLUMN committee_activity_monthly.median_to IS 'Fin de la classe de la médiane ; NULL : masqué, ou sans fin.';
COMMENT ON COLUMN committee_activity_monthly.provisional IS 'Toujours faux.';

ALTER VIEW committee_newcomers_monthly SET (security_barrier = true);
COMMENT ON VIEW committee_newcomers_monthly IS 'Nouveaux utilisateurs : première acceptation de la charte dans le mois.';
COMMENT ON COLUMN committee_newcomers_monthly.month IS 'Mois civil d''Europe/Paris, AAAA-MM.';
COMMENT ON COLUMN committee_newcomers_monthly.people IS 'Personnes, arrondies au multiple de 5 inférieur ; NULL : la charte n''est pas à accepter.';
COMMENT ON COLUMN committee_newcomers_monthly.provisional IS 'Mois en cours.';

ALTER VIEW committee_refusals_by_tool_monthly SET (security_barrier = true);
COMMENT ON VIEW committee_refusals_by_tool_monthly IS 'Les lignes de committee_refusals_monthly, divisées par outil.';
COMMENT ON COLUMN committee_refusals_by_tool_monthly.month IS 'Mois civil d''Europe/Paris, AAAA-MM.';
COMMENT ON COLUMN committee_refusals_by_tool_monthly.decision IS 'Comme dans committee_refusals_monthly.';
COMMENT ON COLUMN committee_refusals_by_tool_monthly.rule IS 'Comme dans committee_refusals_monthly.';
COMMENT ON COLUMN committee_refusals_by_tool_monthly.tool IS 'Outil ; « autres outils » : plusieurs réunis ; « hors liste ».';
COMMENT ON COLUMN committee_refusals_by_tool_monthly.people IS 'Personnes distinctes, arrondies au multiple de 5 inférieur.';
COMMENT ON COLUMN committee_refusals_by_tool_monthly.requests IS 'Demandes, arrondies au multiple de 5 inférieur.';
COMMENT ON COLUMN committee_refusals_by_tool_monthly.provisional IS 'Mois en cours.';

ALTER VIEW committee_demand_monthly SET (security_barrier = true);
COMMENT ON VIEW committee_demand_monthly IS 'Ce qui a été demandé hors de la liste : les lignes « unknown-tool » et « no-tool-for-model », divisées par famille de modèles.';
COMMENT ON COLUMN committee_demand_monthly.month IS 'Mois civil d''Europe/Paris, AAAA-MM.';
COMMENT ON COLUMN committee_demand_monthly.rule IS 'unknown-tool ou no-tool-for-model.';
COMMENT ON COLUMN committee_demand_monthly.family IS 'Famille de modèles, comme gpt-* ; « autre » : aucune de celles que la passerelle connaît ; « autres familles » : plusieurs réunies.';
COMMENT ON COLUMN committee_demand_monthly.people IS 'Personnes distinctes, arrondies au multiple de 5 inférieur.';
COMMENT ON COLUMN committee_demand_monthly.requests IS 'Demandes, arrondies au multiple de 5 inférieur.';
COMMENT ON COLUMN committee_demand_monthly.provisional IS 'Mois en cours.';

ALTER VIEW committee_upkeep SET (security_barrier = true);
COMMENT ON VIEW committee_upkeep IS 'Entretien du journal : dernier retrait de la conservation, dernière signature, dernière vérification de la chaîne.';
COMMENT ON COLUMN committee_upkeep.task IS 'retention, signature ou verification.';
COMMENT ON COLUMN committee_upkeep.last_at IS 'Instant UTC de la dernière fois ; NULL : jamais.';
COMMENT ON COLUMN committee_upkeep.result IS 'retention : dernier mois retiré ; verification : intact ou altered.';
COMMENT ON COLUMN committee_upkeep.instances IS 'Passerelles signées, ou vérifiées.';
COMMENT ON COLUMN committee_upkeep.rows IS 'Lignes retirées en tout, ou recalculées la dernière fois.';
COMMENT ON COLUMN committee_upkeep.rows_lost IS 'Lignes manquantes que rien n''explique, à la dernière vérification.';

ALTER VIEW committee_training SET (security_barrier = true);
COMMENT ON VIEW committee_training IS 'Formations : personnes avec une attestation valable.';
COMMENT ON COLUMN committee_training.training IS 'Nom de la formation dans la politique.';
COMMENT ON COLUMN committee_training.people IS 'Personnes, arrondies au multiple de 5 inférieur ; qui est importé et nommé dans la politique compte deux fois ; NULL : moins de cinq.';
COMMENT ON COLUMN committee_training.agents IS 'Agents concernés, si la politique nomme tous les membres des groupes visés ; NULL : inconnu.';

ALTER VIEW committee_tools SET (security_barrier = true);
COMMENT ON VIEW committee_tools IS 'La liste du comité, telle que la politique en vigueur la dit.';
COMMENT ON COLUMN committee_tools.tool IS 'Identifiant.';
COMMENT ON COLUMN committee_tools.name IS 'Nom.';
COMMENT ON COLUMN committee_tools.level IS 'Niveau, 1 à 3.';
COMMENT ON COLUMN committee_tools.status IS 'proposed, studied, trial, validated, suspended ou withdrawn.';
COMMENT ON COLUMN committee_tools.decision_reference IS 'Référence de la décision.';
COMMENT ON COLUMN committee_tools.decision_date IS 'Jour de la décision, AAAA-MM-JJ.';
COMMENT ON COLUMN committee_tools.review_before IS 'À réexaminer avant ce jour.';
COMMENT ON COLUMN committee_tools.valid_until IS 'Fin, d''un essai par exemple.';
COMMENT ON COLUMN committee_tools.first_month IS 'Premier mois avec une ligne à son nom.';
COMMENT ON COLUMN committee_tools.last_month IS 'Dernier mois avec une ligne à son nom.';
COMMENT ON COLUMN committee_tools.requests IS 'Demandes de ses lignes publiées.';
COMMENT ON COLUMN committee_tools.proposed_on IS 'Jour de la proposition, AAAA-MM-JJ.';
COMMENT ON COLUMN committee_tools.days_to_decision IS 'Jours de la proposition à la décision.';

INSERT INTO role_grants (role, privileges, object) VALUES
    ('gardefou_committee', 'SELECT', 'committee_service_monthly'),
    ('gardefou_committee', 'SELECT', 'committee_activity_monthly'),
    ('gardefou_committee', 'SELECT', 'committee_newcomers_monthly'),
    ('gardefou_committee', 'SELECT', 'committee_refusals_by_tool_monthly'),
    ('gardefou_committee', 'SELECT', 'committee_demand_monthly'),
    ('gardefou_committee', 'SELECT', 'committee_upkeep'),
    ('gardefou_committee', 'SELECT', 'committee_training'),
    -- What the policy says is replaced at each change of it.
    ('gardefou_gateway', 'SELECT, INSERT, DELETE', 'policy_charter'),
    ('gardefou_gateway', 'SELECT, INSERT, DELETE', 'policy_trainings'),
    ('gardefou_gateway', 'SELECT, INSERT, DELETE', 'policy_attestations'),
    -- Who reads rows may verify them, and says what came of it.
    ('gardefou_dpo', 'INSERT', 'chain_verifications'),
    -- The rights of a person.
    ('gardefou_dpo', 'SELECT (month, caller), UPDATE (caller)', 'usage_by_failure'),
    ('gardefou_dpo', 'SELECT (month, caller), UPDATE (caller)', 'usage_by_demand');
SELECT apply_role_grants();
