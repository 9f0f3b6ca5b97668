"""Programs of the posts under test, run by the test's own machine."""

from __future__ import annotations

import math

from tests.outlines_for_tests import opened
from tests.posts.gcode import Machine, Motion
from tests.toolpaths_for_tests import gantry
from tfbpattern.geometry.chains import Chain
from tfbpattern.model.machine import Gantry
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.posts import POSTS

HEADER = ("law 1", "job law")
RESOLUTIONS = [0.0001, 0.001, 0.005, 0.0005]


def machine_for(dialect: str, resolution: float, *, gated: bool = True) -> Gantry:
    return gantry(f"{dialect}-gantry", resolution_mm=resolution, gated=gated)


def program(dialect: str, toolpath: Toolpath, machine: Gantry) -> list[str]:
    (post,) = (post for name, post in POSTS.items() if name == dialect)
    return list(post(toolpath, machine, HEADER))


def run(dialect: str, lines: list[str]) -> list[Motion]:
    return Machine(has_gate=dialect == "linuxcnc", lit_by=3 if dialect == "iso6983" else 4).run(lines)


def one_pass(motions: list[Motion], passes: int) -> list[Motion]:
    """The first pass; all others are the same but for the way to their start."""
    size, rest = divmod(len(motions), passes)
    assert not rest
    for k in range(1, passes):
        again = motions[k * size : (k + 1) * size]
        assert [m[2:] for m in again] == [m[2:] for m in motions[:size]]
    return motions[:size]


def lit_chains(motions: list[Motion]) -> list[Chain]:
    """What is marked, as open chains: one from each dark motion to the next."""
    found: list[Chain] = []
    vertices: list[tuple[float, float, float]] = []
    for motion in motions:
        if not motion.lit:
            if len(vertices) > 1:
                found.append(opened(*vertices))
            vertices = []
            continue
        if not vertices:
            vertices = [(motion.start.real, motion.start.imag, 0.0)]
        vertices[-1] = (*vertices[-1][:2], bulge_of(motion))
        vertices.append((motion.end.real, motion.end.imag, 0.0))
    if len(vertices) > 1:
        found.append(opened(*vertices))
    return found


def bulge_of(motion: Motion) -> float:
    if motion.centre is None:
        return 0.0
    turn = (motion.end - motion.centre) / (motion.start - motion.centre)
    angle = math.atan2(turn.imag, turn.real) % math.tau
    return math.tan(angle / 4.0) if motion.code == 3 else -math.tan((math.tau - angle) / 4.0)
