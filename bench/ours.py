"""What Casparian does with a folder of exports: scan it and land it, in one process."""

from __future__ import annotations

import sys
from pathlib import Path

from casparian.lake.ledger import not_closed
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake

if __name__ == "__main__":
    lake = Lake.at(sys.argv[2])
    scan(lake, Path(sys.argv[1]), "bench")
    rows = process(lake, "bench")
    print(sum(row["records_read"] for row in rows), "records")
    sys.exit(bool(not_closed(rows)) or any(row["status"] != "landed" for row in rows))
