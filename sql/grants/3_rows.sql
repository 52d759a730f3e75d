-- row-level security of every table, for the owner of the views: whoever asks sees the rows of his grants and no others
-- The tables' owner (the night) is not bound. A table this file does not know is closed to departments until it says whose rows it holds.
-- reads: grantee, grantee_indicator, the columns of every table: department, else submission, else indicator say whose a row is; what has become of a word is told to whom the word is
DO $$
DECLARE
    views TEXT := left(current_database(), 57) || '_views';
    granted TEXT := 'grantee g JOIN pg_roles r ON r.rolname = g.role AND pg_has_role(r.oid, ''USAGE'')';
    town TEXT := 'office IN (SELECT g.office FROM ' || granted || ' WHERE g.department = '''')';
    anyone TEXT := 'office IN (SELECT g.office FROM ' || granted || ')';
    mine TEXT := '(office, department) IN (SELECT g.office, g.department FROM ' || granted || ')';
    counted TEXT := '(office, %I) IN (SELECT g.office, i.indicator FROM ' || granted || ' JOIN grantee_indicator i ON i.office = g.office AND i.department = g.department)';
    handed TEXT;
    one RECORD;
    rule TEXT;
BEGIN
    -- numbers of hand-ins (and of their loads) as told by the tables that name their department
    SELECT string_agg(format('(office, submission) IN (SELECT d.office, d.%I FROM %I d)', c.column_name, c.table_name), ' OR ' ORDER BY c.table_name, c.column_name)
    INTO handed
    FROM information_schema.columns c
    JOIN information_schema.columns d ON d.table_schema = c.table_schema AND d.table_name = c.table_name AND d.column_name = 'department'
    JOIN pg_class k ON k.relname = c.table_name AND k.relnamespace = current_schema()::regnamespace AND k.relkind = 'r'
    WHERE c.table_schema = current_schema() AND c.column_name IN ('submission', 'load');
    FOR one IN
        SELECT k.relname AS name, pg_get_userbyid(k.relowner) AS owner, array_agg(a.attname::TEXT) AS columns
        FROM pg_class k JOIN pg_attribute a ON a.attrelid = k.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE k.relnamespace = current_schema()::regnamespace AND k.relkind = 'r' AND k.relname NOT IN ('grantee', 'grantee_indicator', 'alembic_version')
        GROUP BY k.relname, k.relowner ORDER BY k.relname
    LOOP
        CONTINUE WHEN NOT 'office' = ANY (one.columns);
        rule := CASE
            WHEN one.name IN ('meta', 'office', 'unit', 'indicator') THEN anyone
            WHEN 'department' = ANY (one.columns) THEN mine
            WHEN 'submission' = ANY (one.columns) THEN handed
            WHEN one.name = 'word' THEN '(office, adjustment) IN (SELECT d.office, d.adjustment FROM adjustment d)'
            WHEN one.name = 'contradiction' THEN format(counted, 'indicator') || ' AND ' || format(counted, 'other')
            WHEN 'indicator' = ANY (one.columns) THEN format(counted, 'indicator')
        END;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.name);
        EXECUTE format('DROP POLICY IF EXISTS whose ON %I', one.name);
        EXECUTE format(
            'CREATE POLICY whose ON %I FOR SELECT TO %I USING ((SELECT pg_has_role(%L, ''USAGE'')) OR %s OR (%s))',
            one.name, views, one.owner, town, coalesce(rule, 'FALSE')
        );
    END LOOP;
END $$;
