-- The same for the views of 0010, run before `close.sql`, which says that the months are closed. Acceptances are counted
-- in every month, those without usage too.
INSERT INTO kept_service SELECT * FROM k_service WHERE month IN (SELECT month FROM closing_months);
INSERT INTO kept_activity SELECT * FROM committee_activity_monthly WHERE month IN (SELECT month FROM closing_months);
INSERT INTO kept_newcomers SELECT * FROM k_newcomers WHERE month <= (SELECT max(month) FROM closing_months);
INSERT INTO kept_refusals_by_tool
SELECT * FROM committee_refusals_by_tool_monthly WHERE month IN (SELECT month FROM closing_months);
INSERT INTO kept_demand SELECT * FROM committee_demand_monthly WHERE month IN (SELECT month FROM closing_months);
DELETE FROM usage_by_delay WHERE month <= (SELECT max(month) FROM closing_months);
DELETE FROM usage_by_failure WHERE month <= (SELECT max(month) FROM closing_months);
DELETE FROM usage_by_demand WHERE month <= (SELECT max(month) FROM closing_months);
