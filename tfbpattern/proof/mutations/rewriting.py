"""How lines of G-code are changed, and the harm that it does measured."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from tfbpattern.model.machine import Gantry
from tfbpattern.proof.curves import Floats, Moves
from tfbpattern.proof.gcode import Lap
from tfbpattern.proof.mutations.mutant import (
    BAD_MM,
    Mutant,
    Original,
    apart_mm,
    marks_of,
    read_program,
    still_joined,
)

MOVED_MM = 0.002
"""What is moved is moved by this: twice what counts as harm."""

_SWITCH = re.compile(r"^M6[2-5] P0$")
_Change = Callable[[list[str], Lap, int, Gantry], list[str] | None]


def read(original: Original, operation: str) -> tuple[str, Gantry, Lap] | None:
    """Text, machine and first lap of a program; None without one."""
    machine = original.machine
    if machine is None:
        return None
    text = original.text(f"{operation}_gcode")
    laps = [lap for lap in read_program(text, machine).laps if (lap.lit & (lap.code > 0)).any()]
    return (text, machine, laps[0]) if laps else None


def candidates(lap: Lap) -> list[int]:
    """Lit motions worth mutating: the longer ones first, from the middle of the program on; at most a dozen."""
    lit = np.flatnonzero(lap.lit & (lap.code > 0))
    length = lap.moves.lengths_mm
    long = lit[length[lit] >= 0.5 * float(np.median(length[lit]))]
    middle = len(long) // 2
    return [int(k) for k in np.concatenate([long[middle:], long[:middle]])[:12]]


def arcs(lap: Lap) -> list[int]:
    """Lit arcs worth mutating; at most a dozen."""
    return [int(k) for k in np.flatnonzero(lap.lit & (lap.code >= 2))[:12]]


def coordinate(value: float) -> str:
    """A number as a program says it."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def full(
    lap: Lap,
    k: int,
    machine: Gantry,
    end: tuple[float, float] | None = None,
    start: tuple[float, float] | None = None,
    code: int | None = None,
) -> str:
    """A motion with every word said, to another end or from another start where asked."""
    code = int(lap.code[k]) if code is None else code
    x, y = lap.moves.end[k].tolist() if end is None else end
    words = f"G{code}X{coordinate(x)}Y{coordinate(y)}"
    if code >= 2:
        x0, y0 = lap.moves.start[k].tolist() if start is None else start
        cx, cy = lap.moves.centre[k].tolist()
        words += f"I{coordinate(cx - x0)}J{coordinate(cy - y0)}"
    if machine.post == "grbl":
        words += f"S{coordinate(float(lap.power[k]))}"
    return words


def backwards(lap: Lap, k: int, machine: Gantry) -> str:
    """The motion back to where it came from."""
    x, y = lap.moves.start[k].tolist()
    code = int(lap.code[k])
    if code < 2:
        return full(lap, k, machine, (x, y))
    x1, y1 = lap.moves.end[k].tolist()
    cx, cy = lap.moves.centre[k].tolist()
    s = f"S{coordinate(float(lap.power[k]))}" if machine.post == "grbl" else ""
    return f"G{5 - code}X{coordinate(x)}Y{coordinate(y)}I{coordinate(cx - x1)}J{coordinate(cy - y1)}{s}"


def opened(original: Original, operation: str, width_mm: float) -> Mutant | None:
    """A dark stretch in the middle of a lit motion, as long as the beam is wide and a micrometre more."""
    found = read(original, operation)
    if found is None:
        return None
    text, machine, lap = found
    gap_mm = width_mm + BAD_MM
    for k in candidates(lap):
        length = float(lap.moves.lengths_mm[k])
        if length < 4.0 * gap_mm:
            continue
        half = gap_mm / length / 2.0
        first, middle, last = lap.moves.taken([k, k, k]).points_at(np.array([0.5 - half, 0.5, 0.5 + half]))
        lines = _in_every_pass(original, operation, text.split("\n"), lap, k, machine, _gap(half))
        if lines is None:
            continue
        changed = "\n".join(lines)
        marks = marks_of(read_program(changed, machine))
        way = (last - first) / np.hypot(*(last - first))
        if still_joined(marks, width_mm, middle, way):
            harm = f"{gap_mm - width_mm:.4f} mm are left standing between two ends {width_mm:g} mm wide"
            return Mutant(texts={f"{operation}_gcode": changed}, harm=harm)
    return None


def _gap(half: float) -> _Change:
    """A motion in two, dark between; *half* is half the dark part of its way."""

    def change(lines: list[str], lap: Lap, k: int, machine: Gantry) -> list[str]:
        first, last = lap.moves.taken([k, k]).points_at(np.array([0.5 - half, 0.5 + half])).tolist()
        off, on, code = _switches(machine)
        at = int(lap.line[k]) - 1
        return [
            *lines[:at],
            _kept(lines[at], full(lap, k, machine, tuple(first))),
            *off,
            f"G{code}X{coordinate(last[0])}Y{coordinate(last[1])}" + ("S0" if machine.post == "grbl" else ""),
            *on,
            # The dark stretch is a chord; what is left of an arc begins where it ends.
            full(lap, k, machine, start=tuple(last)),
            *lines[at + 1 :],
        ]

    return change


def _in_every_pass(
    original: Original, operation: str, lines: list[str], lap: Lap, k: int, machine: Gantry, change: _Change
) -> list[str] | None:
    """A change made in every pass that is written out: what one pass leaves, the next would cut."""
    recipe = getattr(original.emitted.job, operation).recipe
    lit = np.flatnonzero(lap.lit & (lap.code > 0))
    passes = recipe.passes if machine.post != "linuxcnc" and len(lit) % recipe.passes == 0 else 1
    size = len(lit) // passes
    place = int(np.searchsorted(lit, k)) % size
    for number in reversed(range(passes)):
        changed = change(lines, lap, int(lit[place + number * size]), machine)
        if changed is None:
            return None
        lines = changed
    return lines


def _kept(line: str, words: str) -> str:
    """The new words; what the line said besides motion is kept (a feed)."""
    feed = re.search(r"F[0-9.]+", line)
    return words + (feed.group(0) if feed else "")


def _switches(machine: Gantry) -> tuple[list[str], list[str], int]:
    """Lines that switch the beam off and on again, and the code of a dark motion."""
    if machine.post == "iso6983":
        return ["M5"], ["M3"], 0
    return (["M65 P0"], ["M64 P0"], 0) if machine.post == "linuxcnc" else ([], [], 0)


def line_by_line(original: Original, operation: str, change: _Change) -> Mutant | None:
    """The first change of a line that does harm."""
    found = read(original, operation)
    if found is None:
        return None
    text, machine, lap = found
    for k in candidates(lap):
        lines = _in_every_pass(original, operation, text.split("\n"), lap, k, machine, change)
        if lines is None:
            continue
        mutant = measured(original, operation, text, "\n".join(lines), machine)
        if mutant is not None:
            return mutant
    return None


def measured(original: Original, operation: str, text: str, changed: str, machine: Gantry) -> Mutant | None:
    """A mutant whose marks stand off the original's by more than a micrometre."""
    del original
    one, other = (marks_of(read_program(t, machine)) for t in (text, changed))
    off = apart_mm(one, other)
    if off < BAD_MM:
        return None
    return Mutant(texts={f"{operation}_gcode": changed}, harm=f"marks stand off by {off:.4f} mm")


def deleted(lines: list[str], lap: Lap, k: int, machine: Gantry) -> list[str] | None:
    """The line is not there."""
    del machine
    at = int(lap.line[k]) - 1
    return [*lines[:at], *lines[at + 1 :]]


def dark(lines: list[str], lap: Lap, k: int, machine: Gantry) -> list[str] | None:
    """A cut that is a jump: the foil below it stays."""
    at = int(lap.line[k]) - 1
    off, on, code = _switches(machine)
    x, y = lap.moves.end[k].tolist()
    dark = f"G{code}X{coordinate(x)}Y{coordinate(y)}" + ("S0" if machine.post == "grbl" else "")
    # The lines after it rely on the code and the power that it said.
    return [*lines[:at], *off, dark, *on, *_said(lap, k, machine), *lines[at + 1 :]]


def _said(lap: Lap, k: int, machine: Gantry) -> Iterator[str]:
    """The motion code and the power, said again where the next line relies on them."""
    power = f"S{coordinate(float(lap.power[k]))}" if machine.post == "grbl" else ""
    if k + 1 < len(lap.code) and lap.code[k + 1] > 0 and lap.lit[k + 1]:
        yield f"G{int(lap.code[k + 1])}{power}"


def moved_end(lines: list[str], lap: Lap, k: int, machine: Gantry) -> list[str] | None:
    """The end of a straight line off its way, sideways."""
    if lap.code[k] != 1:
        return None
    at = int(lap.line[k]) - 1
    start, end = lap.moves.start[k], lap.moves.end[k]
    way = (end - start) / np.hypot(*(end - start))
    to: Floats = end + np.array([-way[1], way[0]]) * MOVED_MM
    moved = _kept(lines[at], full(lap, k, machine, (float(to[0]), float(to[1]))))
    return [*lines[:at], moved, *lines[at + 1 :]]


def smaller_ring(original: Original) -> Mutant | None:
    """One ring drawn towards its middle by a line width."""
    found = read(original, "isolation")
    if found is None:
        return None
    text, machine, lap = found
    lit = lap.lit & (lap.code > 0)
    # A ring is what lies between two jumps.
    ring = np.cumsum(~lit)
    number = ring[candidates(lap)[0]]
    members = np.flatnonzero((ring == number) & lit)
    # Sides that are marked line by line make no ring of their own.
    if len(members) < 2:
        return None
    points: Floats = lap.moves.end[members]
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2.0
    width_mm = original.emitted.job.isolation.line_width_mm
    scale = 1.0 - 2.0 * width_mm / float((high - low).max())
    lines = text.split("\n")
    first = int(members[0])
    jump = int(lap.line[first - 1]) - 1
    at = middle + (lap.moves.start[first] - middle) * scale
    lines[jump] = f"G0X{coordinate(at[0])}Y{coordinate(at[1])}" + ("S0" if machine.post == "grbl" else "")
    moves = Moves(
        start=middle + (lap.moves.start - middle) * scale,
        end=middle + (lap.moves.end - middle) * scale,
        centre=middle + (lap.moves.centre - middle) * scale,
        sweep_rad=lap.moves.sweep_rad,
        owner=lap.moves.owner,
    )
    small = Lap(moves=moves, code=lap.code, power=lap.power, feed_mm_s=lap.feed_mm_s, line=lap.line, times=1)
    for k in members.tolist():
        lines[int(lap.line[k]) - 1] = _kept(lines[int(lap.line[k]) - 1], full(small, k, machine))
    # The jump after it leaves out what did not change on the way.
    after = int(members[-1]) + 1
    if after < len(lap.code):
        x, y = lap.moves.end[after].tolist()
        lines[int(lap.line[after]) - 1] = f"G0X{coordinate(x)}Y{coordinate(y)}" + (
            "S0" if machine.post == "grbl" else ""
        )
    return measured(original, "isolation", text, "\n".join(lines), machine)


def mapped(
    original: Original, operation: str, new: Callable[[str, float], float], *, swap_arcs: bool = False
) -> Mutant | None:
    """Every coordinate of the program mapped."""
    found = read(original, operation)
    if found is None:
        return None
    text, machine, _ = found

    def word(match: re.Match[str]) -> str:
        return match.group(1) + coordinate(new(match.group(1), float(match.group(2))))

    lines = []
    for line in text.split("\n"):
        if line.startswith("(") or _SWITCH.match(line):
            lines.append(line)
            continue
        changed = re.sub(r"([XYIJ])(-?[0-9.]+)", word, line)
        if swap_arcs:
            changed = re.sub(r"\bG([23])(?=[XYIJ ])", lambda m: f"G{5 - int(m.group(1))}", changed)
        lines.append(changed)
    return measured(original, operation, text, "\n".join(lines), machine)


def scaled_word(original: Original, letter: str, harm: str) -> Mutant | None:
    """A word of the program a tenth higher wherever it is not zero."""
    if original.machine is None:
        return None

    def word(match: re.Match[str]) -> str:
        return letter + coordinate(float(match.group(1)) * 1.1)

    lines = [
        line if line.startswith("(") else re.sub(rf"{letter}([0-9.]+)", word, line)
        for line in original.text("isolation_gcode").split("\n")
    ]
    return Mutant(texts={"isolation_gcode": "\n".join(lines)}, harm=harm)
