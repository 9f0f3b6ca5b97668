"""
Cells as the probe card sees them: grids in steps of its pitch.

The card is turned with the cells, so each rotation is looked at in the frame of the card. Cells whose places agree
modulo the pitch, within what a needle may be off, stand on one grid: a landing is then a window of it, and cells of
different grids never share a landing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.errors import InfeasibleError
from tfbpattern.geometry.arcs import Floats
from tfbpattern.model.cell import CellType
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.model.tester import Tester
from tfbpattern.units import NM_PER_MM, cos_sin_deg

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Two roundings to a nanometre apart is the same place.
_SAME_MM = 2.0 / NM_PER_MM
# A keep-out is replaced by a polygon that holds it, at most a micrometre larger.
_SAGITTA_MM = 0.001
# (ours: a hundred times the places of the largest sheets; more means a pitch that is no card's)
_MOST_PLACES = 40_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """
    Places of one grid, row by column, with a margin of a card less one all around.

    ``cells`` holds the number of the cell at a place, -1 where there is none; a needle must not land where
    ``blocked``. Place (row, column) of it is at ``origin_mm`` + (column, row) * ``pitch_mm`` in the frame of the card,
    which is turned by ``rotation_deg``. ``lone`` says that no other grid holds cells within a needle's reach of this
    one's places.
    """

    cells: Ints
    blocked: Flags
    origin_mm: tuple[float, float]
    pitch_mm: tuple[float, float]
    rotation_deg: float
    lone: bool

    def place_mm(self, row: float, column: float) -> tuple[float, float]:
        """A place of the grid in the web frame."""
        x = self.origin_mm[0] + column * self.pitch_mm[0]
        y = self.origin_mm[1] + row * self.pitch_mm[1]
        cos, sin = cos_sin_deg(self.rotation_deg)
        return x * cos - y * sin, x * sin + y * cos


def grids_of(job: Job, nest: Nest, tester: Tester) -> list[Grid]:
    """
    Every grid of a nest; each cell stands on exactly one.

    Raises:
        InfeasibleError: the pitch of the card is so fine that it is none.
    """
    groups = list(_orientations(job, nest, tester.pad_margin_mm))
    seen = [_in_card(nest, rotation_deg, index) for _, rotation_deg, index in groups]
    pitch = tester.pitch_mm or _pitch_of(seen, job.cells[0], nest.spacing_mm, tester.pad_margin_mm)
    grids = []
    for (cell, rotation_deg, index), places in zip(groups, seen, strict=True):
        obstacles = _Obstacles.of(job, cell, rotation_deg, tester.pad_margin_mm)
        for members, origin, lone in _phases(places, pitch, tester.pad_margin_mm):
            grids.append(_grid(places, members, index, origin, pitch, rotation_deg, tester, obstacles, lone=lone))
    return grids


def _in_card(nest: Nest, rotation_deg: float, index: NDArray[np.intp]) -> Floats:
    """Places of cells in the frame of a card that is turned with them, whole nanometres."""
    cos, sin = cos_sin_deg(-rotation_deg)
    x, y = nest.placements.x_mm[index], nest.placements.y_mm[index]
    places = np.empty((len(index), 2))
    places[:, 0], places[:, 1] = x * cos - y * sin, x * sin + y * cos
    return np.round(places, 6)


def _orientations(job: Job, nest: Nest, margin_mm: float) -> Iterator[tuple[CellType, float, NDArray[np.intp]]]:
    """Cells that the card may touch without being turned: half a turn apart if their terminals then coincide."""
    groups: dict[tuple[int, float], list[NDArray[np.intp]]] = {}
    for kind, rotation_deg, index in nest.placements.poses():
        half = rotation_deg - 180.0
        symmetric = rotation_deg >= 180.0 and _same_turned(job.cells[kind], margin_mm)
        groups.setdefault((kind, half if symmetric else rotation_deg), []).append(index)
    for (kind, rotation_deg), parts in groups.items():
        yield job.cells[kind], rotation_deg, np.sort(np.concatenate(parts))


def _same_turned(cell: CellType, margin_mm: float) -> bool:
    """Whether needles for the cell fit it upside down."""
    left = [(t.kind, t.x_mm, t.y_mm) for t in cell.terminals]
    for terminal in cell.terminals:
        for k, (kind, x, y) in enumerate(left):
            off = max(abs(x + terminal.x_mm), abs(y + terminal.y_mm))
            if kind == terminal.kind and off <= margin_mm:
                del left[k]
                break
        else:
            return False
    return True


def _pitch_of(seen: list[Floats], cell: CellType, spacing_mm: float, margin_mm: float) -> tuple[float, float]:
    """The distance to the next cell in line that occurs most, along x and along y; that of two side by side else."""
    x_min, y_min, x_max, y_max = cell.outline.bounds_mm
    found = []
    for along, size in ((0, x_max - x_min), (1, y_max - y_min)):
        steps = []
        for places in seen:
            line = _lines(places[:, 1 - along], max(2.0 * margin_mm, _SAME_MM))
            nm = np.rint(places[:, along] * NM_PER_MM).astype(np.int64)
            order = np.lexsort((nm, line))
            steps.append(np.diff(nm[order])[np.diff(line[order]) == 0])
        sizes, counts = np.unique(np.concatenate(steps), return_counts=True)
        counts = counts[sizes > 0]
        sizes = sizes[sizes > 0]
        found.append(float(sizes[counts.argmax()]) / NM_PER_MM if len(sizes) else size + spacing_mm)
    return found[0], found[1]


def _lines(across: Floats, reach: float) -> Ints:
    """Numbers of the lines that places are on: as wide as needles may be off, from the lowest on."""
    values, which = np.unique(across, return_inverse=True)
    line = np.zeros(len(values), dtype=np.int64)
    start, number = 0, 0
    while start < len(values):
        end = int(np.searchsorted(values, values[start] + reach + 1e-9, side="right"))
        line[start:end] = number
        start, number = end, number + 1
    return line[which.reshape(-1)]


def _phases(
    places: Floats, pitch: tuple[float, float], margin_mm: float
) -> Iterator[tuple[NDArray[np.intp], tuple[float, float], bool]]:
    """
    Cells of one phase, a place that they are whole steps from within the margin, and whether they are all in reach.

    Phases are places modulo the pitch, on a torus. Those linked by steps of twice the margin are one cluster; a
    cluster that is wider falls into parts, and its parts may share reach.
    """
    step = np.array(pitch)
    phase = np.round(places - np.floor(places / step) * step, 6)
    reach = max(2.0 * margin_mm, _SAME_MM)
    known, which = np.unique(phase, axis=0, return_inverse=True)
    which = which.reshape(-1)
    for cluster in _linked(known, step, reach):
        members = np.flatnonzero(np.isin(which, cluster))
        left = members
        parts: list[tuple[NDArray[np.intp], tuple[float, float]]] = []
        while len(left):
            # All phases as offsets from the first one's, the short way round.
            off = phase[left] - phase[left[0]]
            off -= np.rint(off / step) * step
            low = off.min(axis=0) if len(parts) == 0 and np.all(np.ptp(off, axis=0) <= reach) else off[0] - reach / 2
            near = np.all((off >= low - 1e-9) & (off <= low + reach + 1e-9), axis=1)
            middle = (off[near].min(axis=0) + off[near].max(axis=0)) / 2.0
            origin = phase[left[0]] + middle
            # Two cells at one step of the grid (closer than the margin) cannot share a needle.
            steps = np.rint((places[left[near]] - origin) / step).astype(np.int64)
            _, first = np.unique(steps, axis=0, return_index=True)
            taken = left[near][np.sort(first)]
            parts.append((taken, (float(origin[0]), float(origin[1]))))
            left = np.setdiff1d(left, taken)
        for taken, origin_mm in parts:
            yield taken, origin_mm, len(parts) == 1


def _linked(phases: Floats, step: Floats, reach: float) -> list[Ints]:
    """Numbers of the phases of each cluster: linked where both coordinates are within reach, round the torus."""
    count = len(phases)
    if count == 1:
        return [np.zeros(1, dtype=np.int64)]
    half = reach / 2.0 + 1e-9
    turns = np.array([(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]) * step
    copies = (phases[None, :, :] + turns[:, None, :]).reshape(-1, 2)
    boxes = shapely.box(*(copies - half).T, *(copies + half).T)
    home = shapely.box(*(phases - half).T, *(phases + half).T)
    a, b = shapely.STRtree(boxes).query(home, predicate="intersects")
    label = np.arange(count)
    b = b % count
    while True:
        lower = label.copy()
        np.minimum.at(lower, a, label[b])
        np.minimum.at(lower, b, label[a])
        lower = lower[lower]
        if np.array_equal(lower, label):
            break
        label = lower
    return [np.flatnonzero(label == value) for value in np.unique(label)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Obstacles:
    """What no needle may land on, and the needles of a site as boxes about the cell's place (web frame)."""

    tree: shapely.STRtree | None
    needles: tuple[tuple[float, float], ...]
    margin_mm: float

    @classmethod
    def of(cls, job: Job, cell: CellType, rotation_deg: float, margin_mm: float) -> _Obstacles:
        shapes = [k.shape.polygon(_SAGITTA_MM, outside=True) for k in job.web.keepouts]
        shapes += [f.outline.polygon(_SAGITTA_MM, outside=True) for f in job.web.fiducials]
        cos, sin = cos_sin_deg(rotation_deg)
        pads = [(t.x_mm, t.y_mm) for t in cell.terminals] or [(0.0, 0.0)]
        return cls(
            tree=shapely.STRtree(shapes) if shapes else None,
            needles=tuple((x * cos - y * sin, x * sin + y * cos) for x, y in pads),
            margin_mm=margin_mm,
        )

    def hit(self, x: Floats, y: Floats) -> Flags:
        """For cells at these places of the web: whether a needle would touch something, however far it is off."""
        bad = np.zeros(x.shape, dtype=bool)
        if self.tree is None:
            return bad
        m = self.margin_mm
        for dx, dy in self.needles:
            boxes = shapely.box(x + dx - m, y + dy - m, x + dx + m, y + dy + m)
            bad.reshape(-1)[self.tree.query(boxes.reshape(-1), predicate="intersects")[0]] = True
        return bad


def _grid(
    places: Floats,
    members: NDArray[np.intp],
    index: NDArray[np.intp],
    origin: tuple[float, float],
    pitch: tuple[float, float],
    rotation_deg: float,
    tester: Tester,
    obstacles: _Obstacles,
    *,
    lone: bool,
) -> Grid:
    steps = np.rint((places[members] - origin) / pitch).astype(np.int64)
    low, high = steps.min(axis=0), steps.max(axis=0)
    margin = np.array([tester.columns - 1, tester.rows - 1])
    columns, rows = (int(size) for size in high - low + 1 + 2 * margin)
    if rows * columns > _MOST_PLACES:
        raise InfeasibleError(
            f"the probe card's pitch of {pitch[0]:g} x {pitch[1]:g} mm makes {rows} x {columns} places of one sheet;"
            " tester.pitch_mm is the distance of its sites"
        )
    cells = np.full((rows, columns), -1, dtype=np.int64)
    at = steps - low + margin
    cells[at[:, 1], at[:, 0]] = index[members]
    corner = (origin[0] + float(low[0] - margin[0]) * pitch[0], origin[1] + float(low[1] - margin[1]) * pitch[1])
    grid = Grid(
        cells=cells,
        blocked=np.zeros(cells.shape, dtype=bool),
        origin_mm=corner,
        pitch_mm=pitch,
        rotation_deg=rotation_deg,
        lone=lone,
    )
    if obstacles.tree is not None:
        cos, sin = cos_sin_deg(rotation_deg)
        x = (corner[0] + np.arange(columns) * pitch[0])[None, :]
        y = (corner[1] + np.arange(rows) * pitch[1])[:, None]
        grid.blocked[:] = obstacles.hit(x * cos - y * sin, x * sin + y * cos)
    return grid
