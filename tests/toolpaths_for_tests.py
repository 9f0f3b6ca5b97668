"""Random operations and toolpaths, and a reading of a toolpath's commands that knows nothing of the package."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.outlines_for_tests import arc_of, opened, outlines
from tfbpattern.geometry.chains import Chain, Chains
from tfbpattern.model.machine import Galvo, Gantry, Machine
from tfbpattern.model.process import Recipe
from tfbpattern.model.toolpath import Jump, Mark, MarkArc, Operation, Toolpath
from tfbpattern.routing.choosing import toolpath_of as ordered
from tfbpattern.routing.serpentine import serpentine


@st.composite
def paths(draw: st.DrawFn) -> Chain:
    """An open chain of lines and arcs, whose points are on whole hundredths of a millimetre."""
    count = draw(st.integers(2, 5))
    place = st.tuples(st.integers(-900, 900), st.integers(-900, 900))
    points = draw(st.lists(place, min_size=count, max_size=count, unique=True))
    bulges = draw(st.lists(st.sampled_from([0.0, 0.0, 0.4, -0.3, 1.0]), min_size=count, max_size=count))
    return opened(*((x / 100, y / 100, b) for (x, y), b in zip(points, [*bulges[:-1], 0.0], strict=True)))


@st.composite
def operations(draw: st.DrawFn, overcut: bool = True) -> Operation:
    """One to six strokes, closed ones and open ones, anywhere in a small lattice."""
    shift = st.integers(-2000, 2000).map(lambda n: n / 100)
    strokes = [
        chain.moved(draw(shift), draw(shift))
        for chain in draw(st.lists(st.one_of(paths(), outlines()), min_size=1, max_size=6))
    ]
    places = draw(
        st.lists(
            st.tuples(st.integers(-1, 3), st.integers(-1, 3)), min_size=len(strokes), max_size=len(strokes), unique=True
        )
    )
    return Operation(
        name="law",
        recipe=Recipe(
            passes=draw(st.integers(1, 4)),
            mark_speed_mm_s=draw(st.sampled_from([20.0, 300.0, 2000.0])),
            power_percent=draw(st.sampled_from([30.0, 80.0, 12.3456])),
            frequency_khz=50.0,
        ),
        # Wide enough that it does not stand in the way of any junction deviation.
        tolerance_mm=1.0,
        strokes=Chains.of(strokes),
        overcut_mm=draw(st.sampled_from([0.0, 0.05, 1.7])) if overcut else 0.0,
        row=np.array([row for row, _ in places], dtype=np.int64),
        column=np.array([column for _, column in places], dtype=np.int64),
    )


def in_serpentine(operation: Operation) -> Toolpath:
    """The strokes as they stand in their rows, whatever would be quicker."""
    return ordered(operation, serpentine(operation).strokes, "serpentine")


def toolpaths() -> st.SearchStrategy[Toolpath]:
    return operations().map(in_serpentine)


def toolpath_of(*strokes: Chain, tolerance_mm: float = 1.0, **recipe: Any) -> Toolpath:
    """Strokes in the order given, one row; marked at 1000 mm/s, once, unless said otherwise."""
    return in_serpentine(
        Operation(
            name="law",
            recipe=Recipe(
                **{"passes": 1, "mark_speed_mm_s": 1000.0, "power_percent": 50.0, "frequency_khz": 50.0, **recipe}
            ),
            tolerance_mm=tolerance_mm,
            strokes=Chains.of(strokes),
            row=np.zeros(len(strokes), dtype=np.int64),
            column=np.arange(len(strokes)),
        )
    )


@functools.cache
def _shipped(use: str) -> Machine:
    return job(machine={"use": use}).machine


def gantry(use: str = "linuxcnc-gantry", **changes: Any) -> Gantry:
    """A shipped machine with some keys changed."""
    machine = _shipped(use)
    assert isinstance(machine, Gantry)
    return dataclasses.replace(machine, **changes)


def galvo(**changes: Any) -> Galvo:
    """The shipped scanner with some keys changed."""
    machine = _shipped("galvo")
    assert isinstance(machine, Galvo)
    return dataclasses.replace(machine, **changes)


class Block(NamedTuple):
    """One straight or circular motion: from, to, bulge, and whether the beam is on."""

    start: complex
    end: complex
    bulge: float
    lit: bool

    @property
    def length(self) -> float:
        if not self.bulge:
            return abs(self.end - self.start)
        _, radius, _, sweep = arc_of(self.start, self.end, self.bulge)
        return radius * abs(sweep)

    @property
    def radius(self) -> float:
        return arc_of(self.start, self.end, self.bulge)[1] if self.bulge else math.inf

    @property
    def directions(self) -> tuple[complex, complex]:
        """Unit directions of travel at both ends."""
        chord = (self.end - self.start) / abs(self.end - self.start)
        turn = complex(math.cos(2 * math.atan(self.bulge)), math.sin(2 * math.atan(self.bulge)))
        return chord * turn.conjugate(), chord * turn


def blocks_of(toolpath: Toolpath) -> list[Block]:
    """All motion of one pass from the first point on, motions of no length left out."""
    found: list[Block] = []
    at: complex | None = None
    for command in toolpath.commands():
        if not isinstance(command, Jump | Mark | MarkArc):
            continue
        to = complex(command.x_mm, command.y_mm)
        if at is not None and to != at:
            bulge = command.bulge if isinstance(command, MarkArc) else 0.0
            found.append(Block(at, to, bulge, not isinstance(command, Jump)))
        at = to
    return found


def operation_of(*strokes: Chain) -> Operation:
    """Open and closed strokes in one row."""
    some = toolpath_of(*strokes)
    return Operation(
        name="law",
        recipe=some.recipe,
        tolerance_mm=0.005,
        strokes=Chains.of(strokes),
        row=np.zeros(len(strokes), dtype=np.int64),
        column=np.arange(len(strokes)),
    )
