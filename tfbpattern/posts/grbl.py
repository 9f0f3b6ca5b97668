"""
GRBL 1.1 in laser mode ($32=1): one M4, then power by S on the marks; G0 is dark, and says so with S0.

Lines stay far below the 70 characters that its buffer likes; there is no repeat, so passes are written out.
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
    feed = decimal(recipe.mark_speed_mm_s * SECONDS_PER_MINUTE, 3)
    power = decimal(machine.max_power * recipe.power_percent / 100.0, 3)
    yield from (f"({line})" for line in header)
    yield "G21G90G94G17"
    yield "M4S0"
    yield f"F{feed}"
    for _ in range(recipe.passes):
        code, lit = -1, False
        for move in moves(toolpath, machine):
            if not machine.gated and move.lit != lit:
                # A change of the spindle's state is a full stop; with S alone the laser is switched in motion.
                yield "M4" if move.lit else "M5"
            word = f"G{move.code}" if move.code != code else ""
            gate = "" if move.lit == lit else f"S{power}" if move.lit else "S0"
            yield f"{word}{move.words}{gate}"
            code, lit = move.code, move.lit
        # The next pass starts with a jump, the end with M5: dark before either.
        yield "S0"
    yield "M5"
    yield "M2"
