"""
Scan fields: the strokes of a sheet, dealt out to places where a galvo head stands still.

The sheet is tiled evenly. What must not be cut apart (rings, arcs, outlines) goes whole to the tile that its middle
lies in, so a field is larger than its tile by the largest such stroke. Straight cuts are parted at the tiles'
borders, each part longer by half the overlap; long cuts of several lines and arcs are first parted where these meet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tfbpattern.errors import InfeasibleError
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.collinear import SNAP_MM
from tfbpattern.model.machine import Galvo
from tfbpattern.model.toolpath import ScanField, Toolpath


def scan_fields(toolpaths: Sequence[Toolpath], machine: Galvo) -> tuple[ScanField, ...]:
    """
    The fields of a sheet in serpentine order, each with its strokes in its own frame (origin at its centre).

    Raises:
        InfeasibleError: a stroke that cannot be parted is larger than the field.
    """
    strokes = {toolpath.name: _in_pieces(toolpath.strokes, machine) for toolpath in toolpaths}
    boxes = {name: chains.boxes_mm for name, chains in strokes.items()}
    whole = {name: ~_straight(chains) for name, chains in strokes.items()}
    every = np.concatenate([boxes[toolpath.name] for toolpath in toolpaths])
    sizes = np.concatenate([(box[:, 2:] - box[:, :2])[whole[name]] for name, box in boxes.items()])
    largest = sizes.max(axis=0) if len(sizes) else np.zeros(2)
    low, high = every[:, :2].min(axis=0), every[:, 2:].max(axis=0)
    room = np.array(machine.field_mm) - np.maximum(largest, machine.overlap_mm)
    if (room <= 0.0).any():
        raise InfeasibleError(
            f"a stroke of {largest[0]:.3f} x {largest[1]:.3f} mm does not fit a scan field of {machine.field_mm[0]:g} x"
            f" {machine.field_mm[1]:g} mm of {machine.name!r}, overlap {machine.overlap_mm:g} mm included"
        )
    columns, rows = (max(math.ceil(extent / size), 1) for extent, size in zip(high - low, room, strict=True))
    tile = (high - low) / (columns, rows)
    # Rounded down on one grid for all fields, so that every stroke goes to exactly one.
    homes = {
        name: np.clip(np.floor((box[:, :2] + box[:, 2:] - 2.0 * low) / (2.0 * tile)), 0, (columns - 1, rows - 1))
        for name, box in boxes.items()
    }
    fields = []
    for row in range(rows):
        for column in range(columns) if row % 2 == 0 else reversed(range(columns)):
            corner = low + tile * (column, row)
            centre = corner + tile / 2.0
            fields.append(
                ScanField(
                    column=column,
                    row=row,
                    x_mm=float(centre[0]),
                    y_mm=float(centre[1]),
                    strokes={
                        toolpath.name: _dealt(
                            strokes[toolpath.name],
                            whole[toolpath.name],
                            homes[toolpath.name],
                            low,
                            tile,
                            (column, row),
                            np.array([columns, rows]),
                            machine,
                        )
                        for toolpath in toolpaths
                    },
                )
            )
    return tuple(fields)


def _in_pieces(strokes: Chains, machine: Galvo) -> Chains:
    """
    Strokes of several lines and arcs, as these lines and arcs where they are large.

    Open ones that take more than half a field; closed ones, which had better stay whole, that do not fit at all.
    """
    boxes = strokes.boxes_mm
    size = boxes[:, 2:] - boxes[:, :2]
    field = np.array(machine.field_mm)
    large = np.where(strokes.closed, (size >= field - machine.overlap_mm).any(1), (size > field / 2.0).any(1))
    parted = large & (np.diff(strokes.offsets) > 2)
    if not parted.any():
        return strokes
    p0, p1, bulge, owner = strokes.segments
    of = parted[owner]
    count = int(of.sum())
    vertices = np.zeros((2 * count, 3))
    vertices[::2, :2], vertices[1::2, :2], vertices[::2, 2] = p0[of], p1[of], bulge[of]
    pieces = Chains(
        vertices=vertices,
        offsets=np.arange(count + 1, dtype=np.int64) * 2,
        closed=np.zeros(count, dtype=bool),
    )
    order = np.argsort(np.concatenate([np.flatnonzero(~parted), owner[of]]), kind="stable")
    return Chains.joined([strokes.taken(np.flatnonzero(~parted)), pieces]).taken(order)


def _dealt(
    strokes: Chains,
    whole: NDArray[np.bool_],
    home: Floats,
    low: Floats,
    tile: Floats,
    place: tuple[int, int],
    tiles: NDArray[np.int64],
    machine: Galvo,
) -> Chains:
    """The strokes of one field, in their order, about its centre."""
    corner = low + tile * place
    centre = corner + tile / 2.0
    mine = whole & (home == place).all(axis=1)
    # What lies on the last border of the sheet belongs to the last tile.
    last = np.array(place) == tiles - 1
    parts, kept = _clipped(
        strokes, ~whole, corner, corner + tile + np.where(last, SNAP_MM * 4, 0.0), machine.overlap_mm / 2.0
    )
    chosen = strokes.taken(np.flatnonzero(mine))
    order = np.argsort(np.concatenate([np.flatnonzero(mine), kept]), kind="stable")
    joined = Chains.joined([chosen, parts]).taken(order)
    return Chains(
        vertices=joined.vertices - np.array([centre[0], centre[1], 0.0]), offsets=joined.offsets, closed=joined.closed
    )


def _clipped(
    strokes: Chains, which: NDArray[np.bool_], low: Floats, high: Floats, grow_mm: float
) -> tuple[Chains, NDArray[np.intp]]:
    """Parts of straight strokes within a box, *grow_mm* longer where the box cuts them; and whose parts they are."""
    numbers = np.flatnonzero(which)
    p0, p1 = strokes.starts[numbers], strokes.ends[numbers]
    delta = p1 - p0
    length = np.hypot(delta[:, 0], delta[:, 1])
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (low - p0) / delta, (high - p0) / delta
    flat = delta == 0.0
    # A stroke on the border of two boxes belongs to the one that begins there.
    inside = (p0 >= low - SNAP_MM) & (p0 < high - SNAP_MM)
    enter = np.where(flat, np.where(inside, -np.inf, np.inf), np.fmin(a, b)).max(axis=1)
    leave = np.where(flat, np.inf, np.fmax(a, b)).min(axis=1)
    start, end = np.maximum(enter, 0.0), np.minimum(leave, 1.0)
    some = (end - start) * length > SNAP_MM
    grow = grow_mm / np.where(length > 0.0, length, 1.0)
    start = np.where(enter > 0.0, np.maximum(start - grow, 0.0), 0.0)[some]
    end = np.where(leave < 1.0, np.minimum(end + grow, 1.0), 1.0)[some]
    first, last = p0[some] + delta[some] * start[:, None], p0[some] + delta[some] * end[:, None]
    points = np.stack([first, last], axis=1).reshape(-1, 2)
    count = int(some.sum())
    return (
        Chains(
            vertices=np.column_stack([points, np.zeros(2 * count)]),
            offsets=np.arange(count + 1, dtype=np.int64) * 2,
            closed=np.zeros(count, dtype=bool),
        ),
        numbers[some],
    )


def _straight(strokes: Chains) -> NDArray[np.bool_]:
    """Which strokes are one straight line."""
    sizes = np.diff(strokes.offsets)
    straight: NDArray[np.bool_] = (sizes == 2) & ~strokes.closed & (strokes.vertices[strokes.offsets[:-1], 2] == 0.0)
    return straight
