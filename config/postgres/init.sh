#!/bin/sh
# One server, one database and one role each; runs once, when the volume is empty.
set -eu
role() { # name, secret
  psql -v ON_ERROR_STOP=1 -v name="$1" -v password="$(cat "/run/secrets/$2")" -U postgres -d postgres <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
SQL
}
database() { # name, owner
  psql -v ON_ERROR_STOP=1 -v name="$1" -v owner="$2" -U postgres -d postgres <<'SQL'
CREATE DATABASE :"name" OWNER :"owner" ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
}
role almenara almenara_db_password
role warehouse warehouse_db_password
role marquez marquez_db_password
role grafana_reader grafana_db_password
role exporter exporter_db_password
database almenara almenara
database warehouse warehouse
database marquez marquez
psql -v ON_ERROR_STOP=1 -U postgres -d postgres -c 'GRANT pg_monitor TO exporter' -c 'GRANT CONNECT ON DATABASE almenara TO grafana_reader'
psql -v ON_ERROR_STOP=1 -U postgres -d almenara <<'SQL'
GRANT USAGE ON SCHEMA public TO grafana_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE almenara IN SCHEMA public GRANT SELECT ON TABLES TO grafana_reader;
ALTER ROLE grafana_reader SET default_transaction_read_only = on;
SQL
