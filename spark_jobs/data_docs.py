"""Great Expectations' own pages on the last check of every table, as a folder of plain files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spark_jobs.expectations import Answer

RESULTS = "results"  # below the folder: what Great Expectations keeps of the last check of a table


class DataDocs:
    """The site below a folder. A table that is checked again takes the place of its last check."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gx = _context(folder)
        self.suites: dict[str, Any] = {}

    def add(
        self,
        name: str,
        answers: Sequence[Answer],
        result: Any,
        at: datetime,
    ) -> None:
        """Keeps the result of a table's suite."""
        from great_expectations.core.run_identifier import RunIdentifier
        from great_expectations.data_context.types.resource_identifiers import (
            ExpectationSuiteIdentifier,
            ValidationResultIdentifier,
        )

        run = RunIdentifier(run_name="last", run_time=at)
        result.meta |= {"run_id": run, "validation_time": at}
        suite = ExpectationSuiteIdentifier(name=name)
        key = ValidationResultIdentifier(suite, run, result.batch_id)
        shutil.rmtree(self.folder / RESULTS / name, ignore_errors=True)
        shutil.rmtree(self.folder / "validations" / name, ignore_errors=True)
        self.gx.validation_results_store.set(key, result)

    def build(self) -> None:
        self.gx.build_data_docs()


def _context(folder: Path) -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
    )

    def files(below: Path) -> dict[str, str]:
        return {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(below)}

    defaults = InMemoryStoreBackendDefaults()
    defaults.stores[defaults.validation_results_store_name] = {
        "class_name": "ValidationResultsStore",
        "store_backend": files(folder / RESULTS),
    }
    defaults.data_docs_sites = {
        "checks": {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": files(folder),
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        }
    }
    config = DataContextConfig(store_backend_defaults=defaults, analytics_enabled=False)
    return gx.get_context(mode="ephemeral", project_config=config)
