#!/usr/bin/env bash
# Runs once, on an empty data folder: roles, passwords and the database of collab/local/sql.
set -euo pipefail

sql=${COLLAB_SQL:-/collab-sql}
psql=(psql --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}")

"${psql[@]}" --dbname postgres --file "$sql/roles.sql"
"${psql[@]}" --dbname postgres <<'SQL'
\getenv owner_password APP_OWNER_PASSWORD
\getenv runtime_password APP_RT_PASSWORD
ALTER ROLE app_owner PASSWORD :'owner_password';
ALTER ROLE app_rt PASSWORD :'runtime_password';
CREATE DATABASE collab OWNER app_owner;
REVOKE ALL ON DATABASE collab FROM PUBLIC;
GRANT CONNECT ON DATABASE collab TO app_rt;
SQL
"${psql[@]}" --dbname collab --file "$sql/database.sql"
