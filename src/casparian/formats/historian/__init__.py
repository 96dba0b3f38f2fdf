"""Historian exports: long (one reading a line), wide (one tag a column), Parquet, and tag lists.

Sensor tables, which have sensors where these have tags, are told apart by their header words.
"""

from casparian.formats.historian.parquet import HISTORIAN_PARQUET
from casparian.formats.historian.proficy import PROFICY_FILE
from casparian.formats.historian.sensors import SENSOR_METADATA, SENSOR_READINGS
from casparian.formats.historian.sheets import HISTORIAN_SHEETS
from casparian.formats.historian.synonyms import TAG_SYNONYMS
from casparian.formats.historian.tags import TAG_ALIASES, TAG_LIST
from casparian.formats.historian.values import HISTORIAN_CSV
from casparian.formats.historian.wide import HISTORIAN_WIDE

FORMATS = (
    HISTORIAN_CSV, HISTORIAN_WIDE, HISTORIAN_PARQUET, HISTORIAN_SHEETS, PROFICY_FILE, TAG_LIST,
    TAG_ALIASES, TAG_SYNONYMS, SENSOR_READINGS, SENSOR_METADATA,
)  # fmt: skip
