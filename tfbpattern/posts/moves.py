"""Commands as modal moves on a machine's raster: what every dialect of G-code has in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tfbpattern.model.machine import Gantry
from tfbpattern.model.toolpath import Jump, MarkArc, SetProcess, Toolpath
from tfbpattern.posts.post import Words, centre_offset, decimal, decimals


class Move(NamedTuple):
    """One motion: the G word's number, whether it is lit, and its coordinate words, unchanged ones left out."""

    code: int
    lit: bool
    words: str


def moves(toolpath: Toolpath, machine: Gantry) -> Iterator[Move]:
    """
    Jumps (G0), lines (G1) and arcs (G2, G3) of one pass, on rounded points; none of no length.

    I and J have two decimals more than the points, so that the radii at both ends of an arc agree.
    """
    text = Words(machine.resolution_mm)
    fine = decimals(machine.resolution_mm) + 2
    at_x: int | None = None
    at_y: int | None = None
    for command in toolpath.commands():
        if isinstance(command, SetProcess):
            continue
        x, y = text.steps(command.x_mm), text.steps(command.y_mm)
        if x == at_x and y == at_y:
            continue
        words = (f"X{text[x]}" if x != at_x else "") + (f"Y{text[y]}" if y != at_y else "")
        if isinstance(command, Jump):
            yield Move(0, False, words)
        elif isinstance(command, MarkArc):
            step = machine.resolution_mm
            assert at_x is not None
            assert at_y is not None
            i, j = centre_offset(at_x * step, at_y * step, x * step, y * step, command.bulge)
            yield Move(3 if command.bulge > 0 else 2, True, f"{words}I{decimal(i, fine)}J{decimal(j, fine)}")
        else:
            yield Move(1, True, words)
        at_x, at_y = x, y
