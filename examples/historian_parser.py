"""An own parser for a historian's CSV export: time, tag, value, quality.

casparian scan exports --tag sensor_raw
casparian run historian_parser.py --tag sensor_raw --sink parquet://datalake/
"""

import csv

TABLE, CONTRACT = "historian_values", "historian"  # limits a tag come from the plant's tag list
FILES = "*-MC1_*.csv"


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            yield {
                "timestamp": row["Timestamp"],
                "tag_name": row["Tag"],
                "value": row["Value"] or None,
                "quality": row["Quality"],
            }
