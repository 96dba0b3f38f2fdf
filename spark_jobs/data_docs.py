"""Great Expectations' own pages on the last check of every table, as a folder of plain files.

The pages are made to stand alone: those of Great Expectations fetch styles, scripts and a counting
picture from the internet, which a plant's network does not have and an auditor does not want. What
they fetch is taken out, and a small style put in that does without: it says in words what their
icons said, and hides what held if one asks it. The front page, which would need scripts, is ours.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from spark_jobs.expectations import FINITE, HOLDS, SECONDS, SHARED

RESULTS = "results"  # below the folder: what Great Expectations keeps of the last check of a table
PAGES = "validations"
FETCHED = re.compile(
    r"<script[^>]*\bsrc=[\"']https?:.*?</script>|<(?:link|img)[^>]*\bhttps?:[^>]*>|"
    r"<source[^>]*\bhttps?:[^>]*>|<a[^>]*\bhref=[\"']https?:.*?</a>|<script>.*?</script>|"
    r"url\([\"']?https?:[^)]*\)",
    re.DOTALL | re.IGNORECASE,
)
STYLE = """<style>
body{font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{padding:.3rem .6rem;text-align:left;
border-bottom:1px solid #ccc;vertical-align:top}td{overflow-wrap:anywhere}
.modal,.cooltip .top,nav,.navbar,footer,a[data-toggle],.collapse{display:none}
.badge{border:1px solid #ccc;border-radius:3px;padding:0 .3rem}
.failed,.text-danger{color:#b00020}i{font-style:normal}
.fa-check-circle::before{content:"ok"}.fa-times::before{content:"failed"}
.fa-exclamation-triangle::before{content:"could not be asked"}
a[href*="/expectations/"]{color:inherit;pointer-events:none;text-decoration:none}
body:has(#option2:checked) tr:has(>.hide-succeeded-validation-target-child){display:none}
body:has(#option2:checked) table:not(:has(.text-danger)){display:none}
</style>"""
BACK = '<p><a href="{front}">All tables</a></p>'
SAID = {  # the columns of ours that a suite asks, as people read them
    re.compile(rf"(?<=[\s>]){SHARED}(?=[\s<])"): "Rows that share a key",
    re.compile(rf"(?<=[\s>]){FINITE}(?=[\s<])"): "All numbers of a row are finite",
    re.compile(rf"(?<=[\s>]){HOLDS}(?=\w)"): "Rule ",
    re.compile(rf"(?<=[\s>]){SECONDS}(?=\w)"): "Seconds since 1970 of ",
}
FRONT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Checks</title>{style}
</head><body><h1>Last check of every table</h1><table><tr><th>table</th><th>outcome</th>
<th>expectations asked</th><th>failed</th><th>checked</th></tr>{rows}</table></body></html>
"""
LINE = (
    '<tr><td><a href="{page}">{name}</a></td><td class="{state}">{state}</td>'
    "<td>{asked}</td><td>{failed}</td><td>{at}</td></tr>"
)


class DataDocs:
    """The site below a folder. A table that is checked again takes the place of its last check."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gx = _context(folder)
        self.added: list[Any] = []

    def add(self, name: str, result: Any, at: datetime) -> None:
        """Keeps the result of a table's suite."""
        from great_expectations.core.run_identifier import RunIdentifier
        from great_expectations.data_context.types.resource_identifiers import (
            ExpectationSuiteIdentifier,
            ValidationResultIdentifier,
        )

        run = RunIdentifier(run_name="last", run_time=at)
        result.meta |= {"run_id": run, "validation_time": at}
        key = ValidationResultIdentifier(ExpectationSuiteIdentifier(name), run, result.batch_id)
        for kept in (RESULTS, PAGES):
            shutil.rmtree(self.folder / kept / name.replace(".", "/"), ignore_errors=True)
        self.gx.validation_results_store.set(key, result)
        self.added.append(key)

    def build(self) -> None:
        """Writes the pages of what was added, and the front page last."""
        self.gx.build_data_docs(resource_identifiers=self.added)
        for key in self.added:
            *folders, name = key.to_tuple()
            page = self.folder.joinpath(PAGES, *folders, f"{name}.html")
            page.write_text(_alone(page.read_text("utf-8"), "../" * (len(folders) + 1)), "utf-8")
        rows = sorted(_line(self.folder, path) for path in (self.folder / RESULTS).rglob("*.json"))
        front = FRONT.format(style=STYLE, rows="".join(line for _, line in rows))
        (self.folder / "index.html").write_text(front, "utf-8")


def _alone(text: str, up: str) -> str:
    """A page of Great Expectations that needs nobody else; up: from its folder to the front."""
    text = FETCHED.sub("", text).replace("</head>", f"{STYLE}</head>", 1)
    for ours, said in SAID.items():
        text = ours.sub(said, text)
    return re.sub(r"(<body[^>]*>)", rf"\g<1>{BACK.format(front=f'{up}index.html')}", text, count=1)


def _line(folder: Path, path: Path) -> tuple[tuple[bool, str], str]:
    """What the front page says of one table, and its place there: failures first."""
    kept = json.loads(path.read_text("utf-8"))
    counts, name = kept["statistics"], kept["suite_name"]
    page = (Path(PAGES) / path.relative_to(folder / RESULTS)).with_suffix(".html").as_posix()
    line = LINE.format(
        page=html.escape(page),
        name=html.escape(name),
        state="ok" if kept["success"] else "failed",
        asked=counts["evaluated_expectations"],
        failed=counts["unsuccessful_expectations"],
        at=str(kept["meta"]["validation_time"])[:19],
    )
    return (kept["success"], name), line


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
