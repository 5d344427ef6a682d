-- Closes the months that are over, in one transaction that nobody else writes in: keeps what the views show of them
-- and deletes their counts by caller. Run by `schema::close_months`.
INSERT INTO kept_usage SELECT * FROM committee_usage_monthly WHERE month IN (SELECT month FROM closing_months);
INSERT INTO kept_footprint SELECT * FROM committee_footprint_monthly WHERE month IN (SELECT month FROM closing_months);
INSERT INTO kept_refusals SELECT * FROM committee_refusals_monthly WHERE month IN (SELECT month FROM closing_months);
INSERT INTO kept_findings SELECT * FROM committee_findings_monthly WHERE month IN (SELECT month FROM closing_months);
INSERT INTO kept_adoption SELECT * FROM committee_adoption_monthly WHERE month IN (SELECT month FROM closing_months);
INSERT INTO kept_months SELECT month, CAST(CURRENT_TIMESTAMP AS text) FROM closing_months;
DELETE FROM usage_by_caller WHERE month <= (SELECT max(month) FROM kept_months);
DELETE FROM usage_by_rule WHERE month <= (SELECT max(month) FROM kept_months);
DELETE FROM usage_by_class WHERE month <= (SELECT max(month) FROM kept_months);
