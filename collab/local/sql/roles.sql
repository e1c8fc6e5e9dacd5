-- The two roles of one Collab database server; run as a superuser, safe to repeat.
-- app_owner owns schema and tables and serves migrations only; app_rt serves web, tasks
-- and sockets and owns nothing, so row-level security always holds for it.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app_owner') THEN
        CREATE ROLE app_owner LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app_rt') THEN
        CREATE ROLE app_rt LOGIN;
    END IF;
END
$$;
ALTER ROLE app_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB;
ALTER ROLE app_rt LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOINHERIT;
ALTER ROLE app_owner SET lock_timeout = '2s';
ALTER ROLE app_rt SET statement_timeout = '15s';
ALTER ROLE app_rt SET idle_in_transaction_session_timeout = '30s';
