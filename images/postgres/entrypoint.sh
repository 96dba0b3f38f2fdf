#!/bin/bash
# PostgreSQL, made at its first start and with the databases that are asked for at every start. Arguments go to the server (`-c name=value`).
#
# POSTGRES_USER       who owns all (default casparian)     POSTGRES_PASSWORD[_FILE]  his password, also after it was changed there
# POSTGRES_DATABASES  words (default: metastore airflow erp)
# READER_PASSWORD     where set, a role `reader` that may read `erp` and nothing else
set -euo pipefail
data=${PGDATA:-/var/lib/postgresql/data/15}
export PGUSER=${POSTGRES_USER:-casparian}
unset PGDATA PGPASSWORD
if [[ -n ${POSTGRES_PASSWORD_FILE:-} ]]; then POSTGRES_PASSWORD=$(< "$POSTGRES_PASSWORD_FILE"); fi
: "${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE}"
settings=(-c unix_socket_directories=/tmp -c password_encryption=scram-sha-256 -c timezone=UTC -c log_timezone=UTC -c logging_collector=off)

# Whole or not at all: a first start that was cut off begins anew. Who is in this container enters by the socket, all others with a password.
make_cluster() {
    rm -rf "$data.new"
    initdb -D "$data.new" -U "$PGUSER" -E UTF8 --locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256 >/dev/null
    echo 'host all all all scram-sha-256' >> "$data.new/pg_hba.conf"
    sync
    mv "$data.new" "$data"
}

ask() { psql -Xq -v ON_ERROR_STOP=1 -d "$1"; }

# A statement that fails is not written to the log: it may hold a password.
make_databases() {
    ask postgres <<< "SET log_min_error_statement = panic; ALTER ROLE \"$PGUSER\" PASSWORD $(quoted "$POSTGRES_PASSWORD");"
    for name in ${POSTGRES_DATABASES:-metastore airflow erp}; do
        ask postgres <<< "SELECT 'CREATE DATABASE \"$name\"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$name') \\gexec"
    done
    [[ -z ${READER_PASSWORD:-} ]] || make_reader
}

make_reader() {
    ask erp << SQL
SET log_min_error_statement = panic;
SELECT 'CREATE ROLE reader LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') \\gexec
ALTER ROLE reader PASSWORD $(quoted "$READER_PASSWORD");
REVOKE CREATE ON SCHEMA public FROM public;
GRANT USAGE ON SCHEMA public TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reader;
SQL
}

quoted() { printf "'%s'" "${1//\'/\'\'}"; }

[[ -f $data/PG_VERSION ]] || make_cluster
pg_ctl -D "$data" -w -s -l /dev/stderr -o "-c listen_addresses='' ${settings[*]}" start
make_databases
pg_ctl -D "$data" -w -s -m fast stop
unset POSTGRES_PASSWORD READER_PASSWORD
exec postgres -D "$data" -c listen_addresses='*' "${settings[@]}" "$@"
