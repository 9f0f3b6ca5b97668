"""Commands as modal moves on a machine's raster: what every dialect of G-code has in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tfbpattern.model.machine import Gantry
from tfbpattern.model.toolpath import Jump, Mark, MarkArc, SetProcess, Toolpath
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
    centre = _Centres(machine.resolution_mm)
    at_x: int | None = None
    at_y: int | None = None
    for command, dx, dy, x, y in _steps(toolpath, text):
        words = (f"X{text[x]}" if x != at_x else "") + (f"Y{text[y]}" if y != at_y else "")
        yield _move(command, words, dx, dy, centre)
        at_x, at_y = x, y


def relative_moves(toolpath: Toolpath, machine: Gantry) -> Iterator[Move]:
    """The same in relative coordinates, from the second one on; the first one is absolute, to the first point."""
    text = Words(machine.resolution_mm)
    centre = _Centres(machine.resolution_mm)
    first = True
    for command, dx, dy, x, y in _steps(toolpath, text):
        words = f"X{text[x]}Y{text[y]}" if first else (f"X{text[dx]}" if dx else "") + (f"Y{text[dy]}" if dy else "")
        yield _move(command, words, dx, dy, centre)
        first = False


def _steps(toolpath: Toolpath, text: Words) -> Iterator[tuple[Jump | Mark | MarkArc, int, int, int, int]]:
    """Motions that have a length: how far and where to, in whole steps of the raster."""
    at_x, at_y, moved = 0, 0, False
    for command in toolpath.commands():
        if isinstance(command, SetProcess):
            continue
        x, y = text.steps(command.x_mm), text.steps(command.y_mm)
        if x != at_x or y != at_y or not moved:
            yield command, x - at_x, y - at_y, x, y
            at_x, at_y, moved = x, y, True


class _Centres(dict[tuple[int, int, float], str]):
    """Words for the centre of an arc, by its chord in steps and its bulge; each made once, as a sheet's arcs repeat."""

    def __init__(self, resolution_mm: float) -> None:
        super().__init__()
        self._step = resolution_mm
        self._decimals = decimals(resolution_mm) + 2

    def __missing__(self, arc: tuple[int, int, float]) -> str:
        dx, dy, bulge = arc
        i, j = centre_offset(dx * self._step, dy * self._step, bulge)
        words = self[arc] = f"I{decimal(i, self._decimals)}J{decimal(j, self._decimals)}"
        return words


def _move(command: Jump | Mark | MarkArc, words: str, dx: int, dy: int, centre: _Centres) -> Move:
    if isinstance(command, Jump):
        return Move(0, False, words)
    if isinstance(command, MarkArc):
        return Move(3 if command.bulge > 0 else 2, True, words + centre[dx, dy, command.bulge])
    return Move(1, True, words)
