#!/bin/sh
# packages.sh LIST: installs Debian's packages in exactly the versions that LIST pins (name=version), and leaves nothing else behind.
# Debian's mirrors drop a version when a newer one comes; it is then taken from snapshot.debian.org, as of the instant in LIST's first line.
set -eu
export DEBIAN_FRONTEND=noninteractive
pins=$(sed '/^#/d' "$1")
instant=$(sed -n '1s/^# snapshot //p' "$1")

install() {
    # shellcheck disable=SC2086 # a word a package
    apt-get "$@" update -qq && apt-get "$@" install -qq -y --no-install-recommends $pins >/dev/null
}

mkdir -p /usr/share/man/man1 # Debian's small images have none, and Java's packages link into it
if ! install; then
    echo "a pinned version has left the mirror: taking all from snapshot.debian.org of $instant" >&2
    rm -rf /etc/apt/sources.list /etc/apt/sources.list.d
    for place in "debian bookworm" "debian bookworm-updates" "debian-security bookworm-security"; do
        echo "deb http://snapshot.debian.org/archive/${place% *}/$instant ${place#* } main"
    done >/etc/apt/sources.list
    install -o Acquire::Check-Valid-Until=false
fi
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/* /var/cache/debconf/*-old /var/cache/ldconfig/* /var/lib/dpkg/*-old /tmp/*
