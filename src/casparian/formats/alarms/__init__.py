"""Alarm and event journals: each change of an alarm's state is a record, paired by occurrence.

Vendors by their own columns, any other journal by its words; as text, workbook or JSON.
"""

from casparian.formats.alarms.journals import ALARM_LIST, ALARMS
from casparian.formats.alarms.vendors import AVEVA, DELTAV, FACTORYTALK, IGNITION, WINCC

FORMATS = (ALARMS, IGNITION, AVEVA, FACTORYTALK, DELTAV, WINCC, ALARM_LIST)
