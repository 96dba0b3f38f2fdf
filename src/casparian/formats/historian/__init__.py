"""Historian exports: long CSV (one reading a line), tag list and alias map."""

from casparian.formats.historian.tags import TAG_ALIASES, TAG_LIST
from casparian.formats.historian.values import HISTORIAN_CSV

FORMATS = (HISTORIAN_CSV, TAG_LIST, TAG_ALIASES)
