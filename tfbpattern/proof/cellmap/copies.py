"""The manifest and the CSV, which must say what the map says."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from tfbpattern.model.finding import Finding
from tfbpattern.proof.cellmap.measures import close, wrong
from tfbpattern.proof.emitted import Emitted
from tfbpattern.proof.numbers import number_of
from tfbpattern.proof.sheet import Cells


def check_manifest(emitted: Emitted, cells: Cells, length_mm: float) -> Iterator[Finding]:
    """The manifest counts the same cells."""
    nest = emitted.manifest.get("nest")
    if not isinstance(nest, dict):
        yield wrong("manifest", "the manifest has no figures of the nest", "manifest.json")
        return
    by_type = {cell.name: int((cells.kind == k).sum()) for k, cell in enumerate(emitted.job.cells)}
    for key, value in (("cells", len(cells)), ("by_type", by_type)):
        if nest.get(key) != value:
            yield wrong("manifest", f"nest.{key} is {nest.get(key)!r:.60}; the map has {value}", "manifest.json")
    for key, length in (("frame_length_mm", length_mm), ("spacing_mm", emitted.job.spacing_mm)):
        if not close(nest.get(key), length):
            yield wrong("manifest", f"nest.{key} is {nest.get(key)!r:.40}, not {length:g}", "manifest.json")
    for cell in emitted.job.cells:
        count = by_type[cell.name]
        if not cell.demand.least <= count <= cell.demand.most:
            yield wrong("manifest", f"{count} cells of {cell.name!r} are not what is wanted", "manifest.json")


def check_table(emitted: Emitted, document: Mapping[str, Any]) -> Iterator[Finding]:
    """The CSV says what the JSON says, row by row."""
    file = emitted.names["cells_csv"]
    rows = list(csv.reader(io.StringIO(emitted.text("cells_csv"))))
    records = document["cells"]
    names = list(dict.fromkeys(t.name for cell in emitted.job.cells for t in cell.terminals))
    plain = ["id", "type", "row", "column", "x_mm", "y_mm", "rotation_deg", "status"]
    tested = [key for key in ("touchdown", "site") if any(key in record for record in records)]
    head = [*plain, *(f"{name}_{axis}_mm" for name in names for axis in "xy"), "neighbours", *tested]
    if not rows or rows[0] != head:
        yield wrong("csv", f"the columns are not {','.join(head)}", file)
        return
    if len(rows) - 1 != len(records):
        yield wrong("csv", f"{len(rows) - 1} rows stand for {len(records)} cells", file)
    for number, (row, record) in enumerate(zip(rows[1:], records, strict=False), 2):
        at = {t.get("name"): t for t in record.get("terminals", []) if isinstance(t, dict)}
        wanted = [record.get(key) for key in plain]
        wanted += [at[name].get(f"{axis}_mm") if name in at else "" for name in names for axis in "xy"]
        wanted += [" ".join(record.get("neighbours", [])), *(record.get(key) for key in tested)]
        if len(row) != len(head) or not all(_says(text, value) for text, value in zip(row, wanted, strict=True)):
            yield Finding(
                rule="map.csv",
                message=f"the row of {record.get('id')} does not say what the map says",
                cells=(str(record.get("id")),),
                file=file,
                line=number,
            )


def _says(text: str, value: object) -> bool:
    if isinstance(value, str):
        return text == value
    try:
        return isinstance(value, int | float) and number_of(text) == float(value)
    except ValueError:
        return False
