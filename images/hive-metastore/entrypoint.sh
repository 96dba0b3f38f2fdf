#!/bin/sh
# serve: the metastore, with metastore-site.xml and core-site.xml of /etc/hive-metastore. Values there may say ${env.NAME} for what is a secret.
# schema: its tables in the database that libpq's variables name (PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD); nothing where they are there already.
# JAVA_TOOL_OPTIONS holds further options of Java's.
set -eu

schema() {
    until pg_isready -q; do sleep 1; done
    there=$(psql -XqAt -v ON_ERROR_STOP=1 -c "SELECT to_regclass('\"VERSION\"') IS NOT NULL")
    if [ "$there" = t ]; then
        echo "the metastore's tables are there"
    else
        psql -Xq -v ON_ERROR_STOP=1 --single-transaction -o /dev/null -f /opt/hive-metastore/schema.sql
        echo "the metastore's tables are made"
    fi
}

case "${1:-serve}" in
schema) schema ;;
serve)
    exec "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError -Duser.timezone=UTC -Dmetastore.root.logger=INFO,console \
        -cp "/etc/hive-metastore:$(cat /opt/hive-metastore/classpath)" \
        org.apache.hadoop.hive.metastore.HiveMetaStore -p "${METASTORE_PORT:-9083}"
    ;;
*) exec "$@" ;;
esac
