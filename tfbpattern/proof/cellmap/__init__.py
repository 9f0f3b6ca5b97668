"""Map: what the tester is told, held against the job, and against every other file that says the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tfbpattern.model.finding import Finding
from tfbpattern.proof.cellmap import celltypes, copies, probing, records
from tfbpattern.proof.cellmap.drawing import check_drawing
from tfbpattern.proof.cellmap.reading import UnreadableError, read
from tfbpattern.proof.emitted import Emitted
from tfbpattern.proof.sheet import Cells

__all__ = ["UnreadableError", "check", "check_drawing", "read"]


def check(emitted: Emitted, document: Mapping[str, Any], cells: Cells, length_mm: float) -> Iterator[Finding]:
    """The map against the job, the manifest, the CSV and the program of the prober."""
    name = emitted.names["cells_json"]
    yield from celltypes.check_head(emitted, document, length_mm, name)
    yield from celltypes.check_types(emitted.job, document, name)
    yield from records.check_records(emitted.job, document, cells, name)
    yield from records.check_status(emitted.job, document, cells, name)
    yield from probing.check_probing(emitted, document, cells)
    yield from copies.check_manifest(emitted, cells, length_mm)
    if emitted.has("cells_csv"):
        yield from copies.check_table(emitted, document)
