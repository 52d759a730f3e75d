-- grantee: who may read an office's rows; an empty department means all of them
-- grantee_indicator: which period figures belong to a department
-- grain: role, office, department; office, department, indicator; written by `huizong db grants`
CREATE TABLE IF NOT EXISTS grantee (
    role TEXT NOT NULL, office INTEGER NOT NULL, department TEXT NOT NULL, PRIMARY KEY (role, office, department)
);
CREATE TABLE IF NOT EXISTS grantee_indicator (
    office INTEGER NOT NULL, department TEXT NOT NULL, indicator TEXT NOT NULL, PRIMARY KEY (office, department, indicator)
);
REVOKE ALL ON grantee, grantee_indicator FROM PUBLIC;
