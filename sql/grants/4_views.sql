-- the out_ views belong to a role that is bound by the rows' policies, keep foreign functions outside, and are all that grantees may read
-- reads: grantee; current_user inside a policy is the one who asks, not the owner of the view
DO $$
DECLARE
    views TEXT := left(current_database(), 57) || '_views';
    one TEXT;
    reader TEXT;
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO %I', current_schema(), views);
    FOR one IN SELECT viewname FROM pg_views WHERE schemaname = current_schema() AND viewname LIKE 'out\_%' ORDER BY viewname LOOP
        EXECUTE format('ALTER VIEW %I OWNER TO %I', one, views);
        EXECUTE format('ALTER VIEW %I SET (security_barrier = true)', one);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', one);
        FOR reader IN SELECT DISTINCT role FROM grantee ORDER BY role LOOP
            EXECUTE format('GRANT SELECT ON %I TO %I', one, reader);
        END LOOP;
    END LOOP;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM %I', current_schema(), views);
END $$;
