"""
Heat: an order in which each stroke begins at least a given distance from where the one before it ended.

From each end to the nearest way in that is far enough; what is left at the end is put where there is room for it.
"""

from __future__ import annotations

import numpy as np

from tfbpattern.errors import InfeasibleError
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chains
from tfbpattern.model.machine import Gantry, Machine
from tfbpattern.routing.heat_kernels import put_between
from tfbpattern.routing.ordering import in_order, ways_of
from tfbpattern.routing.ordering_kernels import nearest_first, squares_over
from tfbpattern.units import NM_PER_MM

# Points are rounded to nanometres here, and to the raster of the machine later.
_ROUNDING_MM = 2e-6


def apart(
    strokes: Chains,
    least_mm: float,
    machine: Machine,
    *,
    overcut_mm: float,
    after: Floats | None,
    before: Floats | None,
    again: bool,
    what: str,
) -> Chains:
    """
    The strokes in an order with seams and directions that keeps *least_mm* from each end to the next start.

    The first keeps it from the point *after*, the last from the point *before*, where there are such; with *again* the
    last keeps it from the first, which follows it in the next pass.

    Raises:
        InfeasibleError: no such order was found; with *what* is marked, and how many strokes find no place.
    """
    # A closed stroke ends by its overcut past where it began.
    step_mm = machine.resolution_mm if isinstance(machine, Gantry) else 0.0
    least_nm = (least_mm + overcut_mm + 2.0 * step_mm + _ROUNDING_MM) * NM_PER_MM
    items = np.arange(len(strokes))
    ways = ways_of(strokes, items)
    squares = squares_over(ways.inn, len(strokes))
    begin = ways.inn[np.lexsort((ways.inn[:, 0], ways.inn[:, 1]))[0]] if after is None else after * NM_PER_MM
    found, left = nearest_first(ways.inn, ways.out, ways.owner, len(strokes), squares, begin, least_nm, after is None)
    off, on = (np.full(2, np.inf) if point is None else point * NM_PER_MM for point in (after, before))
    order, stuck = put_between(found, left, ways.inn, ways.out, ways.owner, ways.first, least_nm, off, on, again)
    if stuck:
        size_mm = (ways.inn.max(axis=0) - ways.inn.min(axis=0)) / NM_PER_MM
        raise InfeasibleError(
            f"{what}: no order keeps heat_distance_mm = {least_mm:g} mm between one stroke and the next; {stuck} of"
            f" {len(strokes)} strokes on {size_mm[0]:.1f} x {size_mm[1]:.1f} mm find no place"
        )
    return in_order(strokes, items, ways, order).strokes


def least_distance_mm(marks: Chains, *, again: bool) -> float:
    """The least distance from the end of a stroke to the start of the next one; infinite where there is none."""
    gaps = np.hypot(*(marks.starts[1:] - marks.ends[:-1]).T)
    back = [float(np.hypot(*(marks.starts[0] - marks.ends[-1])))] if again and len(marks) else []
    return float(min([*gaps.tolist(), *back], default=np.inf))
