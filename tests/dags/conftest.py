"""The tests of the DAGs need Airflow and run in its own environment: `make test`.

Every form of `submit` is read from the environment while the DAGs are parsed, so each test parses
them anew with the settings below.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

DAGS = Path(__file__).resolve().parents[2] / "dags"
SETTINGS = {
    "CASPARIAN_EXPORTS": "/data/exports",
    "CASPARIAN_LAKE": "/data/lake",
    "CASPARIAN_TAG": "plant",
    "CASPARIAN_PYTHON": "/opt/casparian/bin/python",
    "CASPARIAN_IMAGE": "casparian/spark:1.2.3",
}

collect_ignore_glob = [] if importlib.util.find_spec("airflow") else ["test_*.py"]

# Airflow makes its home while it is imported, so it has to be named before.
_home = tempfile.TemporaryDirectory(prefix="casparian-airflow-")
os.environ["AIRFLOW_HOME"] = _home.name
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] = "False"


@pytest.fixture
def parse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Parse the DAGs in one form of `submit`; gives the DagBag."""
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.syspath_prepend(str(DAGS))

    def bag(form: str = "local", **settings: str) -> Any:
        for name, value in {**SETTINGS, "CASPARIAN_SUBMIT": form, **settings}.items():
            monkeypatch.setenv(name, value)
        _forget()
        return DagBag(dag_folder=str(DAGS), bundle_path=DAGS, bundle_name="dags-folder")

    yield bag
    _forget()


def _forget() -> None:
    for name in ("submit", "submit_kubernetes"):
        sys.modules.pop(name, None)
