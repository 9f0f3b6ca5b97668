"""The cell map as Parquet: one row a cell, with bins and measured values where the folder has results."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tfbpattern.model.celltable import CellTable, Ints

if TYPE_CHECKING:
    from tfbpattern.model.celltable import Floats


def cells_parquet(cells: CellTable, bins: Ints | None, values: Mapping[str, Floats]) -> bytes:
    """
    The bytes of the file; columns as in cells.csv, lists for neighbours, then ``bin`` and the measured columns.

    A terminal that a type lacks, a value that was not measured and a cell that was not tested are null.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    tested = cells.touchdown >= 0
    columns: dict[str, Any] = {
        "id": pa.array(cells.ids),
        "type": pa.array([cells.types[kind].name for kind in cells.kind.tolist()]),
        "row": pa.array(cells.row, pa.int32()),
        "column": pa.array(cells.column, pa.int32()),
        "x_mm": pa.array(cells.x_mm),
        "y_mm": pa.array(cells.y_mm),
        "rotation_deg": pa.array(cells.rotation_deg),
        "status": pa.array(np.where(cells.marked, "marked", "cut").tolist()),
    }
    for name in dict.fromkeys(t.name for cell_type in cells.types for t in cell_type.terminals):
        x, y = cells.terminal_mm(name)
        columns[f"{name}_x_mm"] = pa.array(x, from_pandas=True)
        columns[f"{name}_y_mm"] = pa.array(y, from_pandas=True)
    columns["neighbours"] = pa.array([list(near) for near in cells.neighbours], pa.list_(pa.string()))
    columns["touchdown"] = pa.array(cells.touchdown, pa.int32(), mask=~tested)
    columns["site"] = pa.array(cells.site, pa.int32(), mask=~tested)
    if bins is not None:
        columns["bin"] = pa.array(bins, pa.int16(), mask=bins < 0)
    for name, value in values.items():
        columns[name] = pa.array(value, from_pandas=True)
    table = pa.table(columns).replace_schema_metadata(
        {"schema": "tfbpattern/cells/1", "job": cells.job, "layout_sha256": cells.layout_sha256}
    )
    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd")
    return file.getvalue()
