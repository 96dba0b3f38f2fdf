#!/bin/sh
# Makes an environment of the packages that were laid into /opt/venv: Debian's Python, and bytecode, for nothing can be written later.
set -eu
ln -sf /usr/bin/python3 /opt/venv/bin/python
ln -sf python /opt/venv/bin/python3
printf 'home = /usr/bin\ninclude-system-site-packages = false\n' > /opt/venv/pyvenv.cfg
nice python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib/python3.11/site-packages || echo 'some modules are not of this Python' >&2
