"""
Plain ISO 6983: the words that every controller of the family knows, and nothing that one of them has of its own.

The laser hangs on the spindle words, each in a block of its own, so that the order of words in a block decides nothing:
M3 lights it, M5 darkens it, both at a standstill. Arcs have their centre by I and J from where they start. Passes are
written out, since the standard's subprograms are called differently everywhere. G21 and not the standard's G71 says
millimetres: most controllers, rs274 among them, mean something else by G71.
"""

from __future__ import annotations

from collections.abc import Iterator

from tfbpattern.model.machine import Gantry
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.posts.moves import moves
from tfbpattern.posts.post import decimal
from tfbpattern.units import SECONDS_PER_MINUTE


def post(toolpath: Toolpath, machine: Gantry, header: tuple[str, ...]) -> Iterator[str]:
    """The program of one operation, web coordinates."""
    recipe = toolpath.recipe
    yield "%"
    yield from (f"({line})" for line in header)
    yield "M5"
    yield "G21 G90 G94 G17 G40"
    yield f"S{decimal(machine.max_power * recipe.power_percent / 100.0, 3)}"
    yield f"F{decimal(recipe.mark_speed_mm_s * SECONDS_PER_MINUTE, 3)}"
    for _ in range(recipe.passes):
        code, lit = -1, False
        for move in moves(toolpath, machine):
            if move.lit != lit:
                yield "M3" if move.lit else "M5"
                lit = move.lit
            yield f"G{move.code} {move.words}" if move.code != code else move.words
            code = move.code
        # The next pass begins with a jump.
        yield "M5"
    yield "M30"
    yield "%"
