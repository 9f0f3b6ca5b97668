"""Nests for the tester, from places written down rather than searched for."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tests.small_job import LEAST, layout_of
from tfbpattern.model.cell import Terminal
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest, Placements
from tfbpattern.model.tester import Tester as ProbeCard
from tfbpattern.model.web import KeepOut

PITCH_MM = (5.03, 5.03)


def card_of(columns: int = 4, rows: int = 4, **changes: object) -> ProbeCard:
    """A card at the pitch of the layout."""
    plain = ProbeCard(
        columns=columns,
        rows=rows,
        pitch_mm=None,
        pad_margin_mm=0.075,
        lock_pitch=False,
        bins=(),
        whole_touchdowns=False,
        touchdown_s=1.0,
        travel_mm_s=100.0,
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]  # a test names fields as it likes


def job(*, keepouts: Sequence[KeepOut] = (), terminals: Sequence[Terminal] = ()) -> Job:
    """Circles of 5 mm, 0.03 mm apart."""
    plain = layout_of(LEAST).job
    (cell,) = plain.cells
    return dataclasses.replace(
        plain,
        cells=(dataclasses.replace(cell, terminals=tuple(terminals)),),
        web=dataclasses.replace(plain.web, width_mm=2000.0, keepouts=tuple(keepouts)),
    )


def nest(
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    *,
    x_mm: NDArray[np.float64] | None = None,
    y_mm: NDArray[np.float64] | None = None,
    rotation_deg: NDArray[np.float64] | None = None,
) -> Nest:
    """Cells at their row and column of a regular grid, unless their places are given."""
    count = len(row)
    return Nest(
        placements=Placements(
            kind=np.zeros(count, dtype=np.int64),
            x_mm=np.asarray(10.0 + column * PITCH_MM[0]) if x_mm is None else x_mm,
            y_mm=np.asarray(10.0 + row * PITCH_MM[1]) if y_mm is None else y_mm,
            rotation_deg=np.zeros(count) if rotation_deg is None else rotation_deg,
            row=row,
            column=column,
        ),
        frame_length_mm=2000.0,
        spacing_mm=0.03,
        upper_bound=count,
        bound="none",
        method="written down",
        bulk_density=1.0,
    )


def array(rows: int, columns: int, missing: NDArray[np.bool_] | None = None) -> Nest:
    """A regular array, less the places that are missing."""
    there = np.ones((rows, columns), dtype=bool) if missing is None else ~missing
    row, column = np.nonzero(there)
    return nest(row.astype(np.int64), column.astype(np.int64))
