"""
LinuxCNC: the laser's gate is a digital output switched with the motion (M62, M63 P0), its power the spindle word.

M62 and M63 take effect at the start of the next motion and are lost without one, so the gate is closed at the end
by the immediate M65 (LinuxCNC documentation, M codes). Passes are a repeat loop.
"""

from __future__ import annotations

from collections.abc import Iterator

from tfbpattern.model.machine import Gantry
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.posts.moves import moves
from tfbpattern.posts.post import decimal
from tfbpattern.units import SECONDS_PER_MINUTE

_REPEAT = "o100"


def post(toolpath: Toolpath, machine: Gantry, header: tuple[str, ...]) -> Iterator[str]:
    """The program of one operation, web coordinates."""
    recipe = toolpath.recipe
    feed = decimal(recipe.mark_speed_mm_s * SECONDS_PER_MINUTE, 3)
    power = decimal(machine.max_power * recipe.power_percent / 100.0, 3)
    yield "%"
    yield from (f"({line})" for line in header)
    yield f"G21 G90 G94 G17 G40 G91.1 {_path_mode(machine.corner_deviation_mm(toolpath.tolerance_mm))}"
    # The gate first, so that the spindle word cannot light anything.
    yield "M65 P0"
    yield f"M3 S{power}"
    yield f"F{feed}"
    if recipe.passes > 1:
        yield f"{_REPEAT} repeat [{recipe.passes}]"
    # Immediate switching stops the motion, which is what a laser that cannot be gated needs.
    on, off = ("M62 P0", "M63 P0") if machine.gated else ("M64 P0", "M65 P0")
    lit, code = False, -1
    for move in moves(toolpath, machine):
        if move.lit != lit:
            yield on if move.lit else off
            lit = move.lit
        yield f"G{move.code} {move.words}" if move.code != code else move.words
        code = move.code
    # The last mark of a pass is followed by no motion that M63 could go with.
    yield "M65 P0"
    if recipe.passes > 1:
        yield f"{_REPEAT} endrepeat"
    yield "M5"
    yield "M2"
    yield "%"


def _path_mode(deviation_mm: float) -> str:
    """Blending within a tolerance; with none at all exact path mode, since G64 P0 would blend as far as it likes."""
    blend = decimal(deviation_mm, 6)
    return "G61" if blend == "0" else f"G64 P{blend}"
