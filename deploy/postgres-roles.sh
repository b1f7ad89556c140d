#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: the owner of the schema, and the application's role, which may
# use the owner's tables but not change them.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" -v database="$POSTGRES_DB" <<'SQL'
CREATE ROLE backoffice_owner LOGIN CREATEDB PASSWORD :'owner_password';
CREATE ROLE backoffice_app LOGIN PASSWORD :'app_password';
ALTER DATABASE :"database" OWNER TO backoffice_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE backoffice_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO backoffice_app;
ALTER DEFAULT PRIVILEGES FOR ROLE backoffice_owner GRANT USAGE, SELECT ON SEQUENCES TO backoffice_app;
SQL
