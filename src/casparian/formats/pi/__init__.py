"""PI (AVEVA PI System): PI Web API JSON, PI DataLink sheets saved as CSV, lists of points."""

from casparian.formats.pi.datalink import DataLink
from casparian.formats.pi.points import POINT_LIST
from casparian.formats.pi.webapi import PiWebApi

WEB_API, DATALINK = PiWebApi(), DataLink()
FORMATS = (WEB_API, DATALINK, POINT_LIST)
