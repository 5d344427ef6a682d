-- What the committee may no longer read, and what the DPO reads to explain, on PostgreSQL.

-- Requests of persons name nobody, so no view can count people in them: five requests of one person made a line. They
-- are for the DPO, who reads the table.
DELETE FROM role_grants WHERE object = 'committee_person_requests';
DROP VIEW committee_person_requests;

-- `replay`, `explain --request` and `keys list` look and change nothing: whether the office changed, how old the
-- directory is, and the policy that decided.
INSERT INTO role_grants (role, privileges, object) VALUES
    ('gardefou_dpo', 'SELECT', 'office_changes'),
    ('gardefou_dpo', 'SELECT', 'directory_import'),
    ('gardefou_dpo', 'SELECT', 'policy_versions'),
    ('gardefou_dpo', 'SELECT', 'policy_loads');
SELECT apply_role_grants();
