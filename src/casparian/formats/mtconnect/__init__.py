"""MTConnect: what agents and adapters of machine tools say, any version from 1.0.

Documents of an agent (Streams, Devices, Assets and Error) as XML or JSON, alone or as an archive
of many, and the SHDR logs of adapters. Observations belong in order of (instanceId, sequence),
never of time.

Source: ANSI/MTC1.4, MTConnect Standard 2.x Parts 1.0, 2.0 and 4.0; cppagent's JSON; SHDR.
"""

from __future__ import annotations

from casparian.formats.mtconnect.json_format import MTConnectJson
from casparian.formats.mtconnect.shdr_format import Shdr
from casparian.formats.mtconnect.xml_format import MTConnectXml

FORMAT = MTConnectXml()
FORMATS = (FORMAT, MTConnectJson(), Shdr())
