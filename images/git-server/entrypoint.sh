#!/bin/sh
# Serves /srv/git/casparian.git, which is made where it is missing.
set -eu
[ -d /srv/git/casparian.git ] || git init --quiet --bare --initial-branch=main /srv/git/casparian.git
exec lighttpd -D -f /etc/casparian/lighttpd.conf
