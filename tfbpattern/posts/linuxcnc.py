"""
LinuxCNC: the laser's gate is a digital output switched with the motion (M62, M63 P0), its power the spindle word.

M62 and M63 take effect at the start of the next motion and are lost without one, so the gate is closed at the end
by the immediate M65 (LinuxCNC documentation, M codes). Passes are a repeat loop, and so may be what else is repeated.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from tfbpattern.model.machine import Gantry
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.posts.loops import Loop, folded
from tfbpattern.posts.moves import moves, relative_moves
from tfbpattern.posts.post import decimal
from tfbpattern.units import SECONDS_PER_MINUTE

_PASSES = 100
"""The label of the passes; loops inside of them have the shortest ones that are left."""


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
        yield f"o{_PASSES} repeat [{recipe.passes}]"
    yield from _in_loops(toolpath, machine) if machine.loops else _written_out(toolpath, machine)
    # The last mark of a pass is followed by no motion that M63 could go with.
    yield "M65 P0"
    if recipe.passes > 1:
        yield f"o{_PASSES} endrepeat"
    yield "M5"
    yield "M2"
    yield "%"


def _path_mode(deviation_mm: float) -> str:
    """Blending within a tolerance; with none at all exact path mode, since G64 P0 would blend as far as it likes."""
    blend = decimal(deviation_mm, 6)
    return "G61" if blend == "0" else f"G64 P{blend}"


def _gate_words(machine: Gantry) -> tuple[str, str]:
    """On and off. Immediate switching stops the motion, which is what a laser that cannot be gated needs."""
    return ("M62 P0", "M63 P0") if machine.gated else ("M64 P0", "M65 P0")


def _written_out(toolpath: Toolpath, machine: Gantry) -> Iterator[str]:
    """One pass in absolute coordinates, words that do not change left out."""
    on, off = _gate_words(machine)
    lit, code = False, -1
    for move in moves(toolpath, machine):
        if move.lit != lit:
            yield on if move.lit else off
            lit = move.lit
        yield f"G{move.code} {move.words}" if move.code != code else move.words
        code = move.code


def _in_loops(toolpath: Toolpath, machine: Gantry) -> Iterator[str]:
    """One pass from its first point on in relative coordinates, what repeats itself in loops."""
    on, off = (word.replace(" ", "") for word in _gate_words(machine))
    each = relative_moves(toolpath, machine)
    first = next(each)
    yield f"G{first.code} {first.words}"
    lines: list[str] = []
    lit = False
    for move in each:
        if move.lit != lit:
            lines.append(on if move.lit else off)
            lit = move.lit
        # No blank between words: the program is to be short.
        lines.append(f"G{move.code}{move.words}")
    yield "G91"
    yield from _Saying(f"G{first.code}").said(folded(lines))
    yield "G90"


class _Saying:
    """Lines and loops as text: words of motion that do not change are left out, and labels are counted."""

    def __init__(self, motion: str) -> None:
        self._motion = motion
        self._labels = itertools.chain(range(1, _PASSES), itertools.count(_PASSES + 1))

    def said(self, items: Iterable[str | Loop]) -> Iterator[str]:
        for item in items:
            if isinstance(item, Loop):
                # A body is entered from before the loop and from its own end.
                if _last_motion(item.body) != self._motion:
                    self._motion = ""
                label = next(self._labels)
                yield f"o{label} repeat [{item.times}]"
                yield from self.said(item.body)
                yield f"o{label} endrepeat"
            elif item[0] != "G":
                yield item
            else:
                yield item.removeprefix(self._motion)
                self._motion = item[:2]


def _last_motion(items: Sequence[str | Loop]) -> str:
    """The word of motion that is valid after the items, none where they have no motion."""
    for item in reversed(items):
        motion = _last_motion(item.body) if isinstance(item, Loop) else item[:2] if item[0] == "G" else ""
        if motion:
            return motion
    return ""
