"""Rows and columns for cells that stand in no lattice: bands along the web, numbered across it."""

from __future__ import annotations

import numpy as np

from tfbpattern.geometry.arcs import Floats
from tfbpattern.model.nest import Ints


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
