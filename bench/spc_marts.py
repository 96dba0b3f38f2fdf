"""The same charts by the marts: a lake of `spc.silver`, built by Spark and dbt."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from spark_jobs import build_marts

if __name__ == "__main__":
    lake = Path(sys.argv[2]) / "lake"
    shutil.copytree(sys.argv[1], lake)
    build_marts.build(
        str(lake), "int_spc_factors int_spc_subgroups spc_control_limits fct_spc_points "
        "stg_spc_measurements", test=False,
    )  # fmt: skip
