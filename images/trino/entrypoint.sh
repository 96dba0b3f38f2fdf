#!/bin/sh
# Starts Trino with the configuration in /etc/trino: config.properties, log.properties, catalog/, and jvm.config, one option of Java's a line.
# TRINO_ENVIRONMENT names the cluster (default casparian); a node is called as its pod.
set -eu
etc=${TRINO_ETC:-/etc/trino}
data=${TRINO_DATA:-/data/trino}

given() { if [ -f "$etc/jvm.config" ]; then grep -v -e '^[[:space:]]*#' -e '^[[:space:]]*$' "$etc/jvm.config" || true; fi; }

# shellcheck disable=SC2046 # one option a line, none holds a space
exec java -server -XX:+ExitOnOutOfMemoryError -XX:ReservedCodeCacheSize=256M \
    -XX:PerMethodRecompilationCutoff=10000 -XX:PerBytecodeRecompilationCutoff=10000 \
    -Djdk.attach.allowAttachSelf=true -Djdk.nio.maxCachedBufferSize=2000000 -Dfile.encoding=UTF-8 \
    --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -Duser.timezone=UTC $(given) \
    -Dconfig="$etc/config.properties" -Dlog.levels-file="$etc/log.properties" -Dcatalog.config-dir="$etc/catalog" \
    -Dplugin.dir=/opt/trino/plugin -Dnode.data-dir="$data" \
    -Dnode.environment="${TRINO_ENVIRONMENT:-casparian}" -Dnode.id="${HOSTNAME:-one}" \
    -cp "/opt/trino/lib/*" "$@" io.trino.server.TrinoServer
