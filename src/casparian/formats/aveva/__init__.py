"""AVEVA Historian (Wonderware): process values and tags, by REST or from its SQL views."""

from casparian.formats.aveva.tags import TAGS
from casparian.formats.aveva.values import VALUES

FORMATS = (VALUES, TAGS)
