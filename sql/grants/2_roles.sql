-- roles without a login: one for each grantee, and one that owns the views and may read the tables
-- reads: grantee; people get in as members: CREATE ROLE … LOGIN PASSWORD '…' IN ROLE "…"
DO $$
DECLARE
    views TEXT := left(current_database(), 57) || '_views';
    wanted TEXT;
BEGIN
    FOR wanted IN SELECT DISTINCT role FROM grantee UNION SELECT views ORDER BY 1 LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', wanted);
        END IF;
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), wanted);
        EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM %I', current_schema(), wanted);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), wanted);
    END LOOP;
    -- so that the next upgrade may replace the views
    IF NOT pg_has_role(current_user, views, 'USAGE') THEN
        EXECUTE format('GRANT %I TO CURRENT_USER', views);
    END IF;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', current_schema());
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', current_schema(), views);
END $$;
