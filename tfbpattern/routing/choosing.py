"""
Several ways to mark an operation; the one that takes the machine the least time, by its model.

A new strategy is a module with a function of the type :data:`Strategy`, and a line in :data:`STRATEGIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tfbpattern.geometry.chains import Chains
from tfbpattern.model.machine import Gantry, Machine
from tfbpattern.model.toolpath import Effort, Operation, Toolpath
from tfbpattern.routing import galvo_time, gantry_time
from tfbpattern.routing.hubs import hubs
from tfbpattern.routing.ordering import kept_together, reordered
from tfbpattern.routing.overcut import with_overcut
from tfbpattern.routing.serpentine import serpentine
from tfbpattern.routing.straight_runs import straight_runs, straight_runs_and_arcs
from tfbpattern.routing.trails import trails

Strategy = Callable[[Operation], Chains | None]
"""The strokes in marking order, None where it does not apply."""

_SMALL = 20_000
"""Up to so many strokes every strategy's are searched for a better order (ours: half a second each)."""

_PROMISING = 1.3
"""Of more strokes only orders that are at most this much slower than the best (ours)."""

STRATEGIES: Mapping[str, Strategy] = {
    "serpentine": serpentine,
    "hubs": hubs,
    "straight runs": straight_runs,
    "straight runs and arcs": straight_runs_and_arcs,
    "trails": trails,
}


def route(operation: Operation, machine: Machine) -> Toolpath:
    """The operation by the strategy with the least time on the machine, searched on from there; of equals the first."""
    found = {
        method: toolpath_of(operation, strokes, method)
        for method, strategy in STRATEGIES.items()
        if (strokes := strategy(operation)) is not None
    }
    times = {method: _time(toolpath, machine) for method, toolpath in found.items()}
    least = min(times.values())
    for method, toolpath in list(found.items()):
        hopeless = times[method] > _PROMISING * least and len(toolpath.strokes) > _SMALL
        # Hubs are a better beginning for the same rings.
        if hopeless or (method == "serpentine" and "hubs" in found):
            continue
        searched = f"{method}, order searched"
        for items in kept_together(toolpath.strokes, machine, operation.recipe.mark_speed_mm_s):
            better = toolpath_of(operation, reordered(toolpath.strokes, items, machine), searched)
            time = _time(better, machine)
            if time < times.get(searched, np.inf):
                found[searched], times[searched] = better, time
    return found[min(times, key=lambda method: times[method])]


def _time(toolpath: Toolpath, machine: Machine) -> float:
    # To the microsecond, so that the last bit of a sum decides nothing.
    return round(effort_of(toolpath, machine).time_s, 6)


def toolpath_of(operation: Operation, strokes: Chains, method: str) -> Toolpath:
    """The operation with its strokes in the order found."""
    return Toolpath(
        name=operation.name,
        recipe=operation.recipe,
        tolerance_mm=operation.tolerance_mm,
        method=method,
        strokes=strokes,
        marks=with_overcut(strokes, operation.overcut_mm),
    )


def effort_of(toolpath: Toolpath, machine: Machine) -> Effort:
    """Lengths and times of a toolpath on a machine, by the model of its kind."""
    if isinstance(machine, Gantry):
        return gantry_time.effort(toolpath, machine)
    return galvo_time.effort(toolpath, machine)
