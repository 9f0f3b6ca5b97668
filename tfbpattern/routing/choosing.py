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
from tfbpattern.model.nest import Ints
from tfbpattern.model.toolpath import Effort, Operation, Toolpath
from tfbpattern.routing import galvo_time, gantry_time
from tfbpattern.routing.heat import apart, least_distance_mm
from tfbpattern.routing.hubs import hubs
from tfbpattern.routing.ordered import Ordered
from tfbpattern.routing.ordering import entered_best, kept_together, reordered
from tfbpattern.routing.overcut import led_in, with_overcut
from tfbpattern.routing.serpentine import serpentine
from tfbpattern.routing.straight_runs import straight_runs, straight_runs_and_arcs
from tfbpattern.routing.trails import trails

Strategy = Callable[[Operation], Ordered | None]
"""The strokes in marking order, None where it does not apply."""

_SMALL = 20_000
"""Up to so many strokes those that may go with either of two stages are tried with both (ours: half a second each)."""

_FEW = 1_000
"""Up to so many items are searched in any case (ours: a few milliseconds)."""

_PROMISING = 1.1
"""
More are if with a stop at each item, and the least dark ways that there can be, they take at most this much longer than
the best so far (ours: what is passed straight on saves up to a tenth of that).
"""

_REGULAR = 1.25
"""For programs in loops an order that was not searched for may take so much longer (ours: it repeats itself more)."""

KEEPING: Mapping[str, Strategy] = {"serpentine": serpentine, "hubs": hubs}
"""Strategies that neither part nor join strokes."""

STRATEGIES: Mapping[str, Strategy] = {
    **KEEPING,
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
        return _quickest(operation, machine, STRATEGIES)[0]
    # Strokes that may go with either stage go all with the one or all with the other.
    ways = [np.floor_divide(operation.stage, 2), np.floor_divide(operation.stage + 1, 2)]
    if len(operation.strokes) > _SMALL or np.array_equal(ways[0], ways[1]):
        ways = ways[:1]
    together, source = _quickest(dataclasses.replace(operation, stage=None), machine, KEEPING)
    found = []
    for stage in ways:
        found.append(_in_stages(operation, together, stage[source]))
        # Loops are found in what repeats itself, which an order of all strokes does more than one of a part of them.
        if not (isinstance(machine, Gantry) and machine.loops):
            parts = dataclasses.replace(operation, stage=stage).stages()
            found.append(_one_after_the_other([_quickest(part, machine, STRATEGIES)[0] for part in parts]))
    return min(found, key=lambda toolpath: _time(toolpath, machine))


def _in_stages(operation: Operation, together: Toolpath, stage: Ints) -> Toolpath:
    """All strokes in one order, those of later stages (n,) put behind."""
    strokes = together.strokes.taken(np.argsort(stage, kind="stable"))
    return toolpath_of(operation, strokes, together.method)


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
        ordered = strategy(stage)
        if ordered is None and len(stages) > 1:
            ordered = serpentine(stage)
        if ordered is None:
            return []
        strokes = apart(
            ordered.strokes,
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


def _quickest(operation: Operation, machine: Machine, strategies: Mapping[str, Strategy]) -> tuple[Toolpath, Ints]:
    """
    By the strategy with the least time, searched on from there; of equals the first. And which stroke each is.

    A search is left out where even without dark ways, or with the least that there can be, it would be no better.
    """
    offers = {
        method: ordered for method, strategy in strategies.items() if (ordered := strategy(operation)) is not None
    }
    toolpaths = {method: toolpath_of(operation, ordered.strokes, method) for method, ordered in offers.items()}
    times = {method: _time(toolpath, machine) for method, toolpath in toolpaths.items()}
    method = min(times, key=lambda method: times[method])
    best, least, source = toolpaths[method], times[method], offers[method].source
    passes = operation.recipe.passes
    searches = [
        (_parts_time_s(toolpaths[method], items, machine), method, items)
        for method, ordered in offers.items()
        # Hubs are a better beginning for the same rings.
        if not (method == "serpentine" and "hubs" in offers)
        for items in kept_together(ordered.strokes, machine, operation.recipe.mark_speed_mm_s)
    ]
    for parts_s, method, items in sorted(searches, key=lambda search: search[0]):
        left_s = _PROMISING * least / passes - parts_s if items[-1] >= _FEW else np.inf
        found = reordered(offers[method].strokes, items, machine, most_s=left_s)
        if found is None:
            continue
        searched = toolpath_of(operation, found.strokes, f"{method}, order searched")
        time = _time(searched, machine)
        if time < least:
            best, least, source = searched, time, offers[method].then(found).source
    if isinstance(machine, Gantry) and machine.loops:
        return _regular(operation, machine, offers, _REGULAR * least) or (best, source)
    return best, source


def _regular(
    operation: Operation, machine: Machine, offers: Mapping[str, Ordered], most_s: float
) -> tuple[Toolpath, Ints] | None:
    """
    The quickest order that was not searched for, if it takes at most so long.

    Open strokes may be turned, but rings begin where they are drawn to: seams that suit an order differ ring by ring.
    """
    found: tuple[Toolpath, Ints] | None = None
    for method, ordered in offers.items():
        if method == "hubs":
            continue
        ways = [ordered]
        if not ordered.strokes.closed.any():
            together = kept_together(ordered.strokes, machine, operation.recipe.mark_speed_mm_s)
            ways += [ordered.then(entered_best(ordered.strokes, items, machine)) for items in together]
        for way in ways:
            toolpath = toolpath_of(operation, way.strokes, method)
            time = _time(toolpath, machine)
            if time <= most_s:
                found, most_s = (toolpath, way.source), time
    return found


def _parts_time_s(toolpath: Toolpath, parts: Ints, machine: Machine) -> float:
    if isinstance(machine, Gantry):
        return round(gantry_time.parts_time_s(toolpath, parts, machine), 6)
    return round(galvo_time.parts_time_s(toolpath, parts, machine), 6)


def _time(toolpath: Toolpath, machine: Machine) -> float:
    # To the microsecond, so that the last bit of a sum decides nothing.
    if isinstance(machine, Gantry):
        return round(gantry_time.time_s(toolpath, machine), 6)
    return round(galvo_time.time_s(toolpath, machine), 6)


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
