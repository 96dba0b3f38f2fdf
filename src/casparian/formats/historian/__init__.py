"""Historian exports: long (one reading a line), wide (one tag a column), tag list, alias map."""

from casparian.formats.historian.tags import TAG_ALIASES, TAG_LIST
from casparian.formats.historian.values import HISTORIAN_CSV
from casparian.formats.historian.wide import HISTORIAN_WIDE

FORMATS = (HISTORIAN_CSV, HISTORIAN_WIDE, TAG_LIST, TAG_ALIASES)
