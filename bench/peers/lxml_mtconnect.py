"""What an engineer would write by hand: a plain lxml loop, MTConnect observations into Arrow."""

from __future__ import annotations

import sys
from datetime import datetime

import pyarrow as pa
from lxml import etree

NAMES = (
    "device",
    "component",
    "category",
    "type",
    "dataItemId",
    "sequence",
    "timestamp",
    "name",
    "subType",
    "value",
)
rows: dict[str, list[object]] = {name: [] for name in NAMES}
for _, stream in etree.iterparse(sys.argv[1], tag="{*}DeviceStream"):
    device = stream.get("name")
    for component in stream.iterfind("{*}ComponentStream"):
        for category in component:
            for observation in category:
                get = observation.get
                values = (
                    device,
                    component.get("component"),
                    etree.QName(category).localname,
                    etree.QName(observation).localname,
                    get("dataItemId"),
                    int(get("sequence")),
                    datetime.fromisoformat(get("timestamp")),
                    get("name"),
                    get("subType"),
                    observation.text,
                )
                for name, value in zip(NAMES, values, strict=True):
                    rows[name].append(value)
    stream.clear()
print(pa.table(rows).num_rows, "observations")
