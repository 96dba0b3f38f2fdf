"""Whether a part of Airflow has a beating heart, as the API server says.

A probe of the parts that answer no question themselves; `airflow jobs check` would load all of
Airflow each time. Does the API server not answer, that is no fault of the part that is asked after.
"""

import json
import sys
import urllib.error
import urllib.request

address, part = sys.argv[1:]
try:
    with urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=8) as answer:
        status = json.load(answer)[part]["status"]
except (urllib.error.URLError, OSError, ValueError):
    sys.exit(0)
if status != "healthy":
    sys.exit(f"{part} is {status}")
