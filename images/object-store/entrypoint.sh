#!/bin/sh
# Makes the folders that BUCKETS names (words) where they are missing, then is versitygw with the arguments given.
# Keys: ROOT_ACCESS_KEY and ROOT_SECRET_KEY in the environment.
set -eu
for bucket in ${BUCKETS:-}; do mkdir -p "/data/$bucket"; done
exec versitygw "$@"
