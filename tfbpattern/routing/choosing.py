"""
Several ways to mark an operation; the one that takes the machine the least time, by its model.

A new strategy is a module with a function of the type :data:`Strategy`, and a line in :data:`STRATEGIES`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tfbpattern.errors import InfeasibleError
from tfbpattern.geometry.chains import Chains
from tfbpattern.model.machine import Gantry, Machine
from tfbpattern.model.toolpath import Effort, Operation, Toolpath
from tfbpattern.routing import galvo_time, gantry_time
from tfbpattern.routing.heat import apart, least_distance_mm
from tfbpattern.routing.hubs import hubs
from tfbpattern.routing.ordering import kept_together, reordered
from tfbpattern.routing.overcut import led_in, with_overcut
from tfbpattern.routing.serpentine import serpentine
from tfbpattern.routing.straight_runs import straight_runs, straight_runs_and_arcs
from tfbpattern.routing.trails import trails
from tfbpattern.units import NM_PER_MM

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
    """
    The operation by the strategies with the least time on the machine, stage after stage.

    Raises:
        InfeasibleError: its strokes cannot be kept apart as it asks.
    """
    if operation.heat_distance_mm > 0.0:
        return _kept_apart(operation, machine)
    if operation.stage is None:
        return _quickest(operation, machine, STRATEGIES)
    # Strokes that may go with either stage go all with the one or all with the other.
    ways = [np.floor_divide(operation.stage, 2), np.floor_divide(operation.stage + 1, 2)]
    if len(operation.strokes) > _SMALL or np.array_equal(ways[0], ways[1]):
        ways = ways[:1]
    found = [_by_stage(dataclasses.replace(operation, stage=stage), machine) for stage in ways]
    return min(found, key=lambda toolpath: _time(toolpath, machine))


def _by_stage(operation: Operation, machine: Machine) -> Toolpath:
    apart = _one_after_the_other([_quickest(part, machine, STRATEGIES) for part in operation.stages()])
    together = _in_stages(operation, machine)
    # Loops are found in what repeats itself, which an order of all strokes does more than one of a part of them.
    regular = isinstance(machine, Gantry) and machine.loops
    return together if regular or _time(together, machine) < _time(apart, machine) else apart


def _in_stages(operation: Operation, machine: Machine) -> Toolpath:
    """All strokes in one order, by a strategy that joins none, and then those of later stages put behind."""
    assert operation.stage is not None
    whole = dataclasses.replace(operation, stage=None)
    found = _quickest(whole, machine, {name: way for name, way in STRATEGIES.items() if way is not trails})
    stage = dict(zip(_keys(operation.strokes), operation.stage.tolist(), strict=True))
    late = np.array([stage[key] for key in _keys(found.strokes)], dtype=np.int64)
    return toolpath_of(operation, found.strokes.taken(np.argsort(late, kind="stable")), found.method)


def _keys(strokes: Chains) -> list[tuple[int, ...]]:
    """What tells a stroke from others, whichever way it is run and wherever it is entered."""
    boxes = np.rint(strokes.boxes_mm * NM_PER_MM).astype(np.int64)
    return [tuple(box) for box in boxes.tolist()]


def _one_after_the_other(parts: Sequence[Toolpath]) -> Toolpath:
    methods = dict.fromkeys(part.method for part in parts)
    return dataclasses.replace(
        parts[0],
        method=" then ".join(methods),
        strokes=Chains.joined([part.strokes for part in parts]),
        marks=Chains.joined([part.marks for part in parts]),
    )


def _kept_apart(operation: Operation, machine: Machine) -> Toolpath:
    """The strokes of whichever strategy take the least time in an order that keeps them apart; with what that costs."""
    free = route(dataclasses.replace(operation, heat_distance_mm=0.0), machine)
    again = operation.recipe.passes > 1
    candidates = [] if least_distance_mm(free.marks, again=again) < operation.heat_distance_mm else [free]
    refused = None
    for name, strategy in STRATEGIES.items():
        # Hubs are the same rings; where they begin is chosen anew.
        if name == "hubs":
            continue
        try:
            parts = _spread(operation, machine, name, strategy)
        except InfeasibleError as error:
            refused = refused or error
            continue
        candidates += [_one_after_the_other(parts)] if parts else []
    if not candidates:
        assert refused is not None
        raise refused
    least = min(candidates, key=lambda toolpath: _time(toolpath, machine))
    return dataclasses.replace(least, heat_price_s=max(_time(least, machine) - _time(free, machine), 0.0))


def _spread(operation: Operation, machine: Machine, name: str, strategy: Strategy) -> list[Toolpath]:
    """Each stage by a strategy's strokes, kept apart; none where it does not apply to some stage."""
    parts: list[Toolpath] = []
    stages = list(operation.stages())
    again = operation.recipe.passes > 1
    for number, stage in enumerate(stages):
        strokes = strategy(stage)
        if strokes is None:
            strokes = serpentine(stage) if parts or len(stages) > 1 else None
        if strokes is None:
            return []
        strokes = apart(
            strokes,
            operation.heat_distance_mm,
            machine,
            overcut_mm=operation.overcut_mm + operation.lead_in_mm,
            after=parts[-1].marks.ends[-1] if parts else None,
            before=parts[0].marks.starts[0] if again and number == len(stages) - 1 and parts else None,
            again=again and len(stages) == 1,
            what=operation.name,
        )
        parts.append(toolpath_of(stage, strokes, f"{name}, kept apart"))
    return parts


def _quickest(operation: Operation, machine: Machine, strategies: Mapping[str, Strategy]) -> Toolpath:
    """By the strategy with the least time, searched on from there; of equals the first."""
    found = {
        method: toolpath_of(operation, strokes, method)
        for method, strategy in strategies.items()
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
        marks=led_in(strokes, with_overcut(strokes, operation.overcut_mm), operation.lead_in_mm),
    )


def effort_of(toolpath: Toolpath, machine: Machine) -> Effort:
    """Lengths and times of a toolpath on a machine, by the model of its kind."""
    if isinstance(machine, Gantry):
        effort = gantry_time.effort(toolpath, machine)
    else:
        effort = galvo_time.effort(toolpath, machine)
    return dataclasses.replace(effort, heat_price_s=toolpath.heat_price_s)
