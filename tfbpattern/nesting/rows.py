"""Placements in order: the rows and columns a pattern has, or for cells in no lattice bands along the web."""

from __future__ import annotations

import numpy as np

from tfbpattern.geometry.arcs import Floats
from tfbpattern.model.cell import CellType
from tfbpattern.model.nest import Ints, Placements


def rows_and_columns(left_mm: Floats, low_mm: Floats, band_mm: float) -> tuple[Ints, Ints]:
    """
    Row and column (n,) of cells by their lower-left corners.

    A row is a band *band_mm* high that holds their lower edges; columns count within it from the left. With bands no
    higher than a cell and its spacing hardly two cells of a row stand above each other. Bands without cells have no
    number.
    """
    if not len(left_mm):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    # A nanometre down, so that a row whose edges differ in the last bit stays one.
    band = np.floor((low_mm - low_mm.min()) / band_mm + 1e-6).astype(np.int64)
    _, row = np.unique(band, return_inverse=True)
    order = np.lexsort((np.round(low_mm, 6), np.round(left_mm, 6), row))
    begins = np.flatnonzero(np.append(True, np.diff(row[order]) > 0))
    column = np.empty(len(row), dtype=np.int64)
    column[order] = np.arange(len(row)) - np.repeat(begins, np.diff(np.append(begins, len(row))))
    return row.astype(np.int64), column


def in_order(x_mm: Floats, y_mm: Floats, rotation_deg: Floats, row: Ints, column: Ints) -> Placements:
    """Cells of the one type, each array (n,), by row, then column."""
    order = np.lexsort((column, row))
    return Placements(
        kind=np.zeros(len(order), dtype=np.int64),
        x_mm=x_mm[order],
        y_mm=y_mm[order],
        rotation_deg=rotation_deg[order],
        row=row[order],
        column=column[order],
    )


def numbered(x_mm: Floats, y_mm: Floats, rotation_deg: Floats, cell: CellType) -> Placements:
    """Cells at these poses (n,), with rows and columns as irregular nests have them."""
    bounds = {angle: cell.outline.rotated(angle).bounds_mm for angle in np.unique(rotation_deg).tolist()}
    low = np.array([bounds[angle][:2] for angle in rotation_deg.tolist()]).reshape(-1, 2)
    band = min((y_max - y_min for _, y_min, _, y_max in bounds.values()), default=1.0)
    return in_order(x_mm, y_mm, rotation_deg, *rows_and_columns(x_mm + low[:, 0], y_mm + low[:, 1], band))
