"""
Job to nest: the strategies, the bounds, and the choice between them.

A new strategy or bound is a module of its own and a line in :data:`STRATEGIES` or :data:`BOUNDS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from tfbpattern.errors import InfeasibleError
from tfbpattern.model.cell import CellType
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest, Placements
from tfbpattern.model.tester import Tester
from tfbpattern.nesting.area_bound import area_bound
from tfbpattern.nesting.barnes_bound import barnes_bound
from tfbpattern.nesting.borders import repaired
from tfbpattern.nesting.card import card_steps, steps_at
from tfbpattern.nesting.clusters import clusters
from tfbpattern.nesting.disc_bound import disc_bound
from tfbpattern.nesting.field import Field, field_of
from tfbpattern.nesting.grid import grid
from tfbpattern.nesting.hexagon_bound import hexagon_bound
from tfbpattern.nesting.lattice import lattice
from tfbpattern.nesting.packing_bound import packing_bound
from tfbpattern.nesting.pallet import between_obstacles, pallet
from tfbpattern.nesting.pattern import Bound, Pattern, Strategy
from tfbpattern.nesting.shelves import columns, rows
from tfbpattern.nesting.zones import zones_of
from tfbpattern.units import MM_PER_M

STRATEGIES: Mapping[str, Strategy] = {
    "grid": grid,
    "rows": rows,
    "columns": columns,
    "pallet": pallet,
    "between obstacles": between_obstacles,
    "lattice": lattice,
    "clusters": clusters,
}

ARRANGEMENTS: Mapping[str, Mapping[str, Strategy]] = {
    "free": STRATEGIES,
    "rows": {"grid": grid, "rows": rows},
    "columns": {"grid": grid, "columns": columns},
    "card": {"card steps": card_steps},
}
"""
The strategies that keep the arrangement asked for: any, straight runs across or along the whole sheet, or whole steps
of the probe card (which are straight runs both ways).
"""

# From cheap to dear: where one meets the count the rest are not asked.
BOUNDS: Mapping[str, Bound] = {
    "area": area_bound,
    "hexagon": hexagon_bound,
    "disc": disc_bound,
    "Barnes": barnes_bound,
    "LP packing": packing_bound,
}

MOST_CELLS = 2_000_000
"""More cells than any frame has are a slip of the pen, and more than memory holds."""

_ARRANGED = {"rows": "in rows", "columns": "in columns", "card": "in whole steps of the probe card"}

# Not a strategy of its own, but it finds cells too.
_REPAIR = "border repair"

Progress = Callable[[str], None]


def nest(job: Job, *, progress: Progress | None = None, partial: bool = True) -> Nest:
    """
    The nest with the most cells; over a range of frame lengths, with the most cells per metre of web.

    *progress* is told, in a few words, what was found so far. An interruption from the keyboard ends the search with
    the best nest so far, marked ``interrupted``; without one, or where *partial* is false, it is raised again. What
    an arrangement of the cells costs is found by nesting the same frame without it.

    Raises:
        InfeasibleError: nothing fits, or less than the demand.
        KeyboardInterrupt: see above.
    """
    cell = job.cells[0]
    most = area_bound(field_of(job, job.web.frame_length_mm[1]), cell)
    if most > MOST_CELLS:
        raise InfeasibleError(
            f"up to {most} cells of {cell.name!r} ({cell.area_mm2:g} mm2) would fit on"
            f" {job.web.width_mm:g} x {job.web.frame_length_mm[1]:g} mm; a frame holds {MOST_CELLS} at most"
        )
    arrangement = job.arrangement
    best = _best(job, _frame_lengths(job, cell), ARRANGEMENTS[arrangement], progress, partial)
    if best is None:
        raise InfeasibleError(_why_nothing_fits(job, cell))
    if len(best.placements) < cell.demand.least:
        raise InfeasibleError(
            f"placed {len(best.placements)} of {cell.demand.least} cells of {cell.name!r}; at most"
            f" {best.upper_bound} could fit ({best.bound} bound), frame {best.frame_length_mm:g} mm, spacing"
            f" {job.spacing_mm:g} mm{', interrupted' if best.interrupted else ''}"
        )
    if arrangement == "free" or best.interrupted:
        return best
    if best.proved_optimal:
        return replace(best, price_cells=0)
    if progress:
        progress(f"{len(best.placements)} cells {_ARRANGED[arrangement]}; nesting the same frame freely for comparison")
    try:
        free = _best(job, [best.frame_length_mm], STRATEGIES, None, False)
    except KeyboardInterrupt:
        if not partial:
            raise
        return replace(best, interrupted=True)
    return replace(best, price_cells=max(len(free.placements) - len(best.placements), 0) if free else 0)


def _best(
    job: Job,
    lengths_mm: list[float],
    strategies: Mapping[str, Strategy],
    progress: Progress | None,
    partial: bool,
) -> Nest | None:
    """The best nest over frame lengths and strategies, its borders repaired; None where nothing fits."""
    cell = job.cells[0]
    best: Nest | None = None
    nests: list[Nest] = []
    per_m: dict[str, float] = {}
    tell = progress or (lambda _: None)
    try:
        for name, found in _nests(job, lengths_mm, strategies, progress):
            nests.append(found)
            per_m[name] = max(per_m.get(name, 0.0), _per_length(found) * MM_PER_M)
            if best is None or _rank(found, cell) > _rank(best, cell):
                best = found
                tell(f"{len(best.placements)} cells, {best.method}, frame {best.frame_length_mm:g} mm")
        if best and strategies is STRATEGIES and not best.proved_optimal and not cell.spaced_per_axis:
            tell(f"{len(best.placements)} cells; repairing borders")
            best = _with_repaired_borders(job, best, nests)
            per_m[_REPAIR] = _per_length(best) * MM_PER_M
    except KeyboardInterrupt:
        if best is None or not partial:
            raise
        tell(f"interrupted; going on with the best nest so far, {len(best.placements)} cells")
        return replace(best, interrupted=True, found_per_m=per_m)
    return replace(best, found_per_m=per_m) if best else None


def _with_repaired_borders(job: Job, best: Nest, nests: Sequence[Nest]) -> Nest:
    """The best nest of its frame length once borders are repaired, or itself where that gives no more cells."""
    cell = job.cells[0]
    field = field_of(job, best.frame_length_mm)
    patterns = [
        Pattern(placements=nest.placements, method=nest.method, bulk_density=nest.bulk_density)
        for nest in nests
        if nest.frame_length_mm == best.frame_length_mm
    ]
    better = repaired(patterns, field, cell, effort=job.nest.effort)
    return _finished(job, better, field, best.frame_length_mm) if better else best


# Frame lengths that are searched with all the effort asked for (ours: the best of a quick search are close together).
_SEARCHED_IN_FULL = 6


def _nests(
    job: Job, lengths_mm: list[float], strategies: Mapping[str, Strategy], progress: Progress | None
) -> Iterator[tuple[str, Nest]]:
    """
    Nests, each with the name of its strategy.

    At all lengths where they are few, else at those that a search with the least effort likes best.
    """
    if len(lengths_mm) > _SEARCHED_IN_FULL:
        if progress:
            progress(f"comparing {len(lengths_mm)} frame lengths")
        quick = replace(job, nest=replace(job.nest, effort=1))
        found: list[Nest] = []
        for name, nest in _nests_at(quick, lengths_mm, strategies):
            found.append(nest)
            yield name, nest
        found.sort(key=lambda nest: _rank(nest, job.cells[0]), reverse=True)
        likely = list(dict.fromkeys(nest.frame_length_mm for nest in found))[:_SEARCHED_IN_FULL]
        lengths_mm = likely or lengths_mm[-1:]
    yield from _nests_at(job, lengths_mm, strategies)


def _nests_at(job: Job, lengths_mm: list[float], strategies: Mapping[str, Strategy]) -> Iterator[tuple[str, Nest]]:
    """Nests with their strategies' names, the most promising lengths first, until no other length can have more."""
    cell = job.cells[0]
    best: Nest | None = None
    fields = [(length_mm, field_of(job, length_mm)) for length_mm in lengths_mm]
    promise = {length_mm: _promise(field, cell) / length_mm for length_mm, field in fields}
    for length_mm, field in sorted(fields, key=lambda item: (-promise[item[0]], item[0])):
        if best and len(best.placements) >= cell.demand.least and promise[length_mm] < _per_length(best):
            return
        for name, strategy in strategies.items():
            pattern = strategy(field, cell, effort=job.nest.effort)
            if pattern is None:
                continue
            found = _finished(job, pattern, field, length_mm)
            yield name, found
            if best is None or _rank(found, cell) > _rank(best, cell):
                best = found
            if found.proved_optimal:
                break
            for other in pattern.alternatives:
                yield name, _finished(job, other, field, length_mm)


def _promise(field: Field, cell: CellType) -> int:
    """A quick bound on the cells of a field."""
    limits = (area_bound(field, cell), disc_bound(field, cell), barnes_bound(field, cell), cell.demand.most)
    return min(limit for limit in limits if limit is not None)


def _rank(nest: Nest, cell: CellType) -> tuple[bool, float, float]:
    """What makes a nest the better one: the demand met, cells per length, and the shorter frame of equals."""
    return len(nest.placements) >= cell.demand.least, _per_length(nest), -nest.frame_length_mm


def _per_length(nest: Nest) -> float:
    return len(nest.placements) / nest.frame_length_mm


def _finished(job: Job, pattern: Pattern, field: Field, length_mm: float) -> Nest:
    """The pattern as a nest, no larger than the demand, on a frame no longer than need be, with the best bound."""
    cell = job.cells[0]
    placements = pattern.placements.taken(slice(cell.demand.most))
    shorter_mm, placements = _cut_to_length(job, placements, field, length_mm)
    if shorter_mm < length_mm:
        field = field_of(job, shorter_mm)
    name, least = "demand", cell.demand.most
    for key, bound in BOUNDS.items():
        limit = bound(field, cell)
        if limit is not None and limit < least:
            name, least = key, limit
        if least <= len(placements):
            break
    return Nest(
        placements=placements,
        frame_length_mm=shorter_mm,
        spacing_mm=field.spacing_mm,
        upper_bound=least,
        bound=name,
        method=pattern.method,
        bulk_density=pattern.bulk_density,
    )


def _cut_to_length(job: Job, placements: Placements, field: Field, length_mm: float) -> tuple[float, Placements]:
    """The frame cut behind its last cell, and the cells moved to its lead edge where nothing is in the way."""
    shortest, longest = job.web.frame_length_mm
    if shortest == longest:
        return length_mm, placements
    cell = job.cells[0]
    angles, number = np.unique(placements.rotation_deg, return_inverse=True)
    bounds = np.array([cell.outline.rotated(angle).bounds_mm for angle in angles.tolist()])[number]
    lowest = float((placements.y_mm + bounds[:, 1]).min())
    down = 0.0 if field.hazards else max(lowest - field.y_min_mm, 0.0)
    end = float((placements.y_mm + bounds[:, 3]).max()) - down
    # Rounded up to the nanometre, so that the last row surely fits.
    shorter = max(round(end + (length_mm - field.y_max_mm) + 5e-7, 6), shortest)
    if shorter >= length_mm:
        return length_mm, placements
    return shorter, replace(placements, y_mm=np.round(placements.y_mm - down, 9))


# Lengths tried for a frame of any length in a range (ours: each is a nest of its own).
_MOST_LENGTHS = 100


def _frame_lengths(job: Job, cell: CellType) -> list[float]:
    """
    Lengths worth trying, shortest first: the ends of the range, and those at which one more row fits.

    Rows stand on the lead margin, or behind a hazard.
    """
    shortest, longest = job.web.frame_length_mm
    if shortest == longest:
        return [shortest]
    field = field_of(job, longest)
    trail_mm = longest - field.y_max_mm
    lengths = {shortest, longest}
    for rotation_deg in cell.rotations_deg:
        _, low, _, high = cell.outline.rotated(rotation_deg).bounds_mm
        steps = steps_at(field, cell, rotation_deg, field.card) if field.card else None
        pitch_mm = steps.pitch_y * steps.rows if steps else high - low + job.spacing_mm
        behind = zones_of(field, cell, rotation_deg).contacts[:, 3] + low
        for start_mm in {field.y_min_mm, *np.round(behind, 6).tolist()}:
            # What the last row needs less than its pitch.
            first = start_mm + trail_mm + high - low - (steps.pitch_y if steps else pitch_mm)
            rows = range(max(math.ceil((shortest - first) / pitch_mm), 1), int((longest - first) / pitch_mm) + 1)
            # Rounded up to the nanometre, so that the last row surely fits.
            lengths |= {round(first + count * pitch_mm + 5e-7, 6) for count in rows}
    if not cell.spaced_per_axis:
        # Other patterns have rows of their own; frames are cut behind their last cell anyway.
        lengths |= {round(length, 6) for length in np.linspace(shortest, longest, _MOST_LENGTHS // 2).tolist()}
    allowed = sorted(length for length in lengths if shortest <= length <= longest)
    if len(allowed) > _MOST_LENGTHS:
        allowed = [allowed[k] for k in np.linspace(0, len(allowed) - 1, _MOST_LENGTHS).astype(int)]
    return allowed


def _why_nothing_fits(job: Job, cell: CellType) -> str:
    field = field_of(job, job.web.frame_length_mm[1])
    room = f"{max(field.width_mm, 0):g} x {max(field.length_mm, 0):g} mm"
    sizes = []
    card = field.card
    for rotation_deg in cell.rotations_deg:
        x_min, y_min, x_max, y_max = cell.outline.rotated(rotation_deg).bounds_mm
        sizes.append((x_max - x_min, y_max - y_min, rotation_deg))
        if x_max - x_min <= field.width_mm and y_max - y_min <= field.length_mm:
            if card:
                return f"no cell of {cell.name!r} fits: {_why_no_step_fits(field, cell, card)}"
            names = ", ".join(hazard.name for hazard in field.hazards[:3])
            more = f" and {len(field.hazards) - 3} more" if len(field.hazards) > 3 else ""
            return (
                f"no cell of {cell.name!r} fits: {names}{more} leave no straight grid a free place in {room} for"
                f" {x_max - x_min:g} x {y_max - y_min:g} mm"
            )
    needed = " or ".join(f"{w:.6g} x {h:.6g} mm at {angle:g} degrees" for w, h, angle in sizes[:4])
    return (
        f"no cell of {cell.name!r} fits: the usable area is {room} (web {job.web.width_mm:g} x"
        f" {job.web.frame_length_mm[1]:g} mm less its exclusions), the cell needs {needed}"
    )


def _why_no_step_fits(field: Field, cell: CellType, card: Tester) -> str:
    wanted = []
    for rotation_deg in cell.rotations_deg:
        steps = steps_at(field, cell, rotation_deg, card)
        if steps:
            wide = steps.columns * steps.pitch_x - field.spacing_mm
            tall = steps.rows * steps.pitch_y - field.spacing_mm
            wanted.append(f"{wide:.6g} x {tall:.6g} mm at {rotation_deg:g} degrees")
    sites = f"the probe card's {card.columns} x {card.rows} sites"
    if not wanted:
        assert card.pitch_mm is not None
        x_mm, y_mm = card.pitch_mm
        return (
            f"{sites} stand {x_mm:g} x {y_mm:g} mm apart, less than a cell with its spacing of {field.spacing_mm:g} mm"
        )
    return (
        f"a whole step of {sites} needs {' or '.join(wanted[:4])}, and the usable area of {field.width_mm:g} x"
        f" {field.length_mm:g} mm has no free place for one"
    )
