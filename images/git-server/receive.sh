#!/bin/sh
# receive BRANCH < BUNDLE: the bundle's commit becomes the branch of /srv/git/casparian.git, whatever it was before. Says its hash.
set -eu
bundle=$(mktemp)
trap 'rm -f "$bundle"' EXIT
cat > "$bundle"
cd /srv/git/casparian.git
git bundle verify --quiet "$bundle" 2>/dev/null || { echo "this is no whole git bundle" >&2; exit 1; }
git fetch --quiet "$bundle" "+refs/heads/main:refs/heads/$1"
git rev-parse "refs/heads/$1"
