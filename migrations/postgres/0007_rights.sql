-- What PostgreSQL adds to the committee's views: closing by who may not read what is closed, barriers, rights, and
-- comments for those who see the views in their own tools.

CREATE FUNCTION close_months() RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT SET jit = off AS $$
DECLARE
    closing integer;
    counts text;
BEGIN
    -- One gateway at a time, and no row of a month between two statements of its closing.
    PERFORM pg_advisory_xact_lock(hashtextextended('gardefou: close_months', 0));
    SELECT count(*) INTO closing FROM closing_months;
    IF closing > 0 THEN
        LOCK TABLE usage_by_caller, usage_by_rule, usage_by_class IN ACCESS EXCLUSIVE MODE;
        INSERT INTO kept_usage SELECT * FROM committee_usage_monthly WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_footprint
            SELECT * FROM committee_footprint_monthly WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_refusals
            SELECT * FROM committee_refusals_monthly WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_findings
            SELECT * FROM committee_findings_monthly WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_adoption
            SELECT * FROM committee_adoption_monthly WHERE month IN (SELECT month FROM closing_months);
        INSERT INTO kept_months SELECT month, CAST(CURRENT_TIMESTAMP AS text) FROM closing_months;
        -- Written anew rather than deleted: the many old rows leave no empty pages for every view to read.
        FOREACH counts IN ARRAY '{usage_by_caller, usage_by_rule, usage_by_class}'::text[] LOOP
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
COMMENT ON FUNCTION close_months IS 'Closes the months that are over: keeps what the views show of them, deletes their counts by caller. Says how many.';
REVOKE EXECUTE ON FUNCTION close_months() FROM PUBLIC;

COMMENT ON TABLE policy_tools      IS 'The committee''s list of tools, as the policy in force has it.';
COMMENT ON TABLE policy_directions IS 'Agents of each direction, as the policy in force tells.';
COMMENT ON TABLE kept_months       IS 'Closed months. Everything up to the last of them is closed.';
COMMENT ON TABLE kept_usage        IS 'committee_usage_monthly of closed months.';
COMMENT ON TABLE kept_footprint    IS 'committee_footprint_monthly of closed months.';
COMMENT ON TABLE kept_refusals     IS 'committee_refusals_monthly of closed months.';
COMMENT ON TABLE kept_findings     IS 'committee_findings_monthly of closed months.';
COMMENT ON TABLE kept_adoption     IS 'committee_adoption_monthly of closed months.';

ALTER VIEW committee_usage_monthly SET (security_barrier = true);
COMMENT ON VIEW committee_usage_monthly IS 'Usage par mois, outil et direction. Aucune ligne sous cinq personnes, ni dominée à plus de 80 % par une seule.';
COMMENT ON COLUMN committee_usage_monthly.month IS 'Mois civil d''Europe/Paris, AAAA-MM.';
COMMENT ON COLUMN committee_usage_monthly.tool IS 'Identifiant de l''outil ; « autres outils » : plusieurs réunis ; « hors liste » : demandes sans outil de la liste.';
COMMENT ON COLUMN committee_usage_monthly.tool_level IS 'Niveau de l''outil, 1 à 3 ; NULL où des outils sont réunis.';
COMMENT ON COLUMN committee_usage_monthly.direction IS 'Direction ou service ; « autres directions », « … / autres services », « sans direction ».';
COMMENT ON COLUMN committee_usage_monthly.people IS 'Personnes distinctes, arrondies au multiple de 5 inférieur.';
COMMENT ON COLUMN committee_usage_monthly.requests IS 'Demandes ; arrondies au multiple de 5 inférieur dans le mois en cours.';
COMMENT ON COLUMN committee_usage_monthly.input_tokens IS 'Jetons des demandes ; NULL dans le mois en cours, ou si une personne en fait plus de 80 %.';
COMMENT ON COLUMN committee_usage_monthly.output_tokens IS 'Jetons des réponses, de même.';
COMMENT ON COLUMN committee_usage_monthly.cost_eur IS 'Coût en euros des demandes dont le prix est connu ; NULL : inconnu ou masqué.';
COMMENT ON COLUMN committee_usage_monthly.cost_known IS 'Demandes dont le prix est connu.';
COMMENT ON COLUMN committee_usage_monthly.provisional IS 'Mois en cours : personnes et demandes seulement, arrondies.';

ALTER VIEW committee_footprint_monthly SET (security_barrier = true);
COMMENT ON VIEW committee_footprint_monthly IS 'Empreinte environnementale, dans les mêmes cases que committee_usage_monthly.';
COMMENT ON COLUMN committee_footprint_monthly.month IS 'Mois civil d''Europe/Paris, AAAA-MM.';
COMMENT ON COLUMN committee_footprint_monthly.tool IS 'Comme dans committee_usage_monthly.';
COMMENT ON COLUMN committee_footprint_monthly.direction IS 'Comme dans committee_usage_monthly.';
COMMENT ON COLUMN committee_footprint_monthly.people IS 'Personnes distinctes, arrondies au multiple de 5 inférieur.';
COMMENT ON COLUMN committee_footprint_monthly.requests IS 'Demandes.';
COMMENT ON COLUMN committee_footprint_monthly.answered IS 'Demandes dont les jetons de réponse sont connus.';
COMMENT ON COLUMN committee_footprint_monthly.footprint_known IS 'Demandes dont l''empreinte est connue.';
COMMENT ON COLUMN committee_footprint_monthly.energy_kwh_min IS 'Électricité de celles-ci en kWh, au moins ; NULL : inconnue ou masquée.';
COMMENT ON COLUMN committee_footprint_monthly.energy_kwh_max IS 'Électricité en kWh, au plus.';
COMMENT ON COLUMN committee_footprint_monthly.co2e_kg_min IS 'Émissions en kg CO2e, au moins.';
COMMENT ON COLUMN committee_footprint_monthly.co2e_kg_max IS 'Émissions en kg CO2e, au plus.';
COMMENT ON COLUMN committee_footprint_monthly.provisional IS 'Mois en cours.';

ALTER VIEW committee_refusals_monthly SET (security_barrier = true);
COMMENT ON VIEW committee_refusals_monthly IS 'Ce que la politique a décidé d''autre que laisser passer, par règle.';
COMMENT ON COLUMN committee_refusals_monthly.month IS 'Mois civil d''Europe/Paris, AAAA-MM.';
COMMENT ON COLUMN committee_refusals_monthly.decision IS 'refused, masked, warned, ou allowed pour une règle qui observe seulement.';
COMMENT ON COLUMN committee_refusals_monthly.rule IS 'Règle de la politique ; « autres règles » : plusieurs réunies.';
COMMENT ON COLUMN committee_refusals_monthly.class IS 'Classe de données d''une règle screening.…';
COMMENT ON COLUMN committee_refusals_monthly.people IS 'Personnes distinctes, arrondies au multiple de 5 inférieur.';
COMMENT ON COLUMN committee_refusals_monthly.requests IS 'Demandes, arrondies au multiple de 5 inférieur.';
COMMENT ON COLUMN committee_refusals_monthly.provisional IS 'Mois en cours.';

ALTER VIEW committee_findings_monthly SET (security_barrier = true);
COMMENT ON VIEW committee_findings_monthly IS 'Ce que le détecteur a trouvé, par classe de données.';
COMMENT ON COLUMN committee_findings_monthly.month IS 'Mois civil d''Europe/Paris, AAAA-MM.';
COMMENT ON COLUMN committee_findings_monthly.class IS 'Classe ; answer:… : trouvée dans une réponse ; « autres classes ».';
COMMENT ON COLUMN committee_findings_monthly.people IS 'Personnes distinctes, arrondies au multiple de 5 inférieur.';
COMMENT ON COLUMN committee_findings_monthly.findings IS 'Données trouvées ; NULL dans le mois en cours.';
COMMENT ON COLUMN committee_findings_monthly.provisional IS 'Mois en cours.';

ALTER VIEW committee_adoption_monthly SET (security_barrier = true);
COMMENT ON VIEW committee_adoption_monthly IS 'Personnes actives par direction : chacune compte une fois, dans la direction d''où elle a le plus demandé.';
COMMENT ON COLUMN committee_adoption_monthly.month IS 'Mois civil d''Europe/Paris, AAAA-MM.';
COMMENT ON COLUMN committee_adoption_monthly.direction IS 'Direction ; « ensemble » : toutes ; « autres directions ».';
COMMENT ON COLUMN committee_adoption_monthly.people IS 'Personnes distinctes, exactes (arrondies dans le mois en cours).';
COMMENT ON COLUMN committee_adoption_monthly.agents IS 'Effectif que la politique donne ; NULL : inconnu.';
COMMENT ON COLUMN committee_adoption_monthly.provisional IS 'Mois en cours.';

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

ALTER VIEW committee_feedback SET (security_barrier = true);
COMMENT ON VIEW committee_feedback IS 'Retours des agents, par outil.';
COMMENT ON COLUMN committee_feedback.month IS 'Mois civil d''Europe/Paris, AAAA-MM.';
COMMENT ON COLUMN committee_feedback.tool IS 'Outil ; « autres outils », « non précisé ».';
COMMENT ON COLUMN committee_feedback.people IS 'Personnes distinctes, arrondies au multiple de 5 inférieur.';
COMMENT ON COLUMN committee_feedback.answers IS 'Retours ; NULL dans le mois en cours.';
COMMENT ON COLUMN committee_feedback.rating_mean IS 'Note moyenne, de 1 à 5, si cinq personnes au moins ont noté.';
COMMENT ON COLUMN committee_feedback.provisional IS 'Mois en cours.';

ALTER VIEW committee_incidents SET (security_barrier = true);
COMMENT ON VIEW committee_incidents IS 'Signalements du mois, par catégorie.';
COMMENT ON COLUMN committee_incidents.month IS 'Mois du signalement, AAAA-MM.';
COMMENT ON COLUMN committee_incidents.category IS 'Catégorie ; « autres catégories ».';
COMMENT ON COLUMN committee_incidents.people IS 'Personnes distinctes, arrondies au multiple de 5 inférieur.';
COMMENT ON COLUMN committee_incidents.opened IS 'Signalements ; NULL dans le mois en cours.';
COMMENT ON COLUMN committee_incidents.closed IS 'Dont clos depuis ; NULL où cela désignerait moins de cinq personnes.';
COMMENT ON COLUMN committee_incidents.mean_hours_to_close IS 'Délai moyen de clôture, en heures entières.';
COMMENT ON COLUMN committee_incidents.open_over_15_days IS 'Dont restés ouverts plus de quinze jours ; NULL comme closed.';
COMMENT ON COLUMN committee_incidents.provisional IS 'Mois en cours.';

ALTER VIEW committee_charter SET (security_barrier = true);
COMMENT ON VIEW committee_charter IS 'Acceptations de la charte.';
COMMENT ON COLUMN committee_charter.charter_version IS 'Version de la charte.';
COMMENT ON COLUMN committee_charter.people IS 'Personnes distinctes, arrondies au multiple de 5 inférieur.';

ALTER VIEW committee_workspace_monthly SET (security_barrier = true);
COMMENT ON VIEW committee_workspace_monthly IS 'Gemini dans Google Workspace, que la passerelle ne voit pas : compteurs importés.';
COMMENT ON COLUMN committee_workspace_monthly.month IS 'Mois civil d''Europe/Paris, AAAA-MM.';
COMMENT ON COLUMN committee_workspace_monthly.app IS 'Application ; « autres applications ».';
COMMENT ON COLUMN committee_workspace_monthly.people IS 'Personnes distinctes, arrondies au multiple de 5 inférieur.';
COMMENT ON COLUMN committee_workspace_monthly.events IS 'Utilisations que Google a comptées ; NULL dans le mois en cours.';
COMMENT ON COLUMN committee_workspace_monthly.provisional IS 'Mois en cours.';

INSERT INTO role_grants (role, privileges, object) VALUES
    ('gardefou_committee', 'SELECT', 'committee_usage_monthly'),
    ('gardefou_committee', 'SELECT', 'committee_footprint_monthly'),
    ('gardefou_committee', 'SELECT', 'committee_refusals_monthly'),
    ('gardefou_committee', 'SELECT', 'committee_findings_monthly'),
    ('gardefou_committee', 'SELECT', 'committee_adoption_monthly'),
    ('gardefou_committee', 'SELECT', 'committee_tools'),
    ('gardefou_committee', 'SELECT', 'committee_feedback'),
    ('gardefou_committee', 'SELECT', 'committee_incidents'),
    ('gardefou_committee', 'SELECT', 'committee_charter'),
    ('gardefou_committee', 'SELECT', 'committee_workspace_monthly'),
    -- What the policy says is replaced at each change of it.
    ('gardefou_gateway', 'SELECT, INSERT, DELETE', 'policy_tools'),
    ('gardefou_gateway', 'SELECT, INSERT, DELETE', 'policy_directions'),
    ('gardefou_gateway', 'EXECUTE', 'FUNCTION close_months()');
SELECT apply_role_grants();
