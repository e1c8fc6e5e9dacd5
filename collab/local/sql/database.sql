-- Rights inside one database that app_owner owns; run in it as a superuser, safe to repeat.
-- TRUNCATE is left out: it knows no row-level security.
ALTER SCHEMA public OWNER TO app_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO app_rt;
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app_rt;
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner
    GRANT USAGE, SELECT ON SEQUENCES TO app_rt;
