"""Faults in G-code: what a broken post, a bad cable or a helping hand does to a program."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import shapely

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
from tfbpattern.proof.shapes import shape_of

_MOVED_MM = 0.002
_SWITCH = re.compile(r"^M6[2-5] P0$")


def open_isolation(original: Original) -> Mutant | None:
    """A gap in a trench that leaves a micrometre of film standing."""
    isolation = original.emitted.job.isolation
    return _opened(original, "isolation", isolation.line_width_mm - isolation.tolerance_mm)


def open_cut(original: Original) -> Mutant | None:
    """A gap in a cut that leaves a micrometre of foil standing."""
    singulation = original.emitted.job.singulation
    return _opened(original, "singulation", singulation.kerf_mm - singulation.tolerance_mm)


def dropped_isolation(original: Original) -> Mutant | None:
    """A line of a ring is not there."""
    return _line_by_line(original, "isolation", _deleted)


def dropped_cut(original: Original) -> Mutant | None:
    """A line of the cut is not there."""
    return _line_by_line(original, "singulation", _dark)


def moved_isolation(original: Original) -> Mutant | None:
    """The end of a line is off; of several side by side one of the trench, which is no place for less."""

    def moved(lines: list[str], lap: Lap, k: int, machine: Gantry) -> list[str] | None:
        return _moved_end(lines, lap, k, machine) if _in_a_trench(original, lap, k) else None

    return _line_by_line(original, "isolation", moved)


def moved_cut(original: Original) -> Mutant | None:
    """The end of a cut is off, sideways."""
    return _line_by_line(original, "singulation", _moved_end)


def offset_twice(original: Original) -> Mutant | None:
    """A ring is a line width too small."""
    return _whole_ring(original)


def shifted_isolation(original: Original) -> Mutant | None:
    """The whole program stands off."""
    return _mapped(original, "isolation", lambda letter, value: value + _MOVED_MM if letter == "X" else value)


def shifted_cut(original: Original) -> Mutant | None:
    """The whole program stands off, along the web and across it."""
    return _mapped(original, "singulation", lambda letter, value: value + _MOVED_MM if letter in "XY" else value)


def mirrored(original: Original) -> Mutant | None:
    """The sheet from its back; across, or along where that changes nothing."""
    web = original.emitted.job.web
    for axis, centre, size in (("X", "I", web.width_mm), ("Y", "J", float(original.map[0]["web"]["frame_length_mm"]))):

        def turned(letter: str, value: float, axis: str = axis, centre: str = centre, size: float = size) -> float:
            return size - value if letter == axis else -value if letter == centre else value

        mutant = _mapped(original, "isolation", turned, swap_arcs=True)
        if mutant is not None:
            return mutant
    return None


def cut_through(original: Original) -> Mutant | None:
    """A cut goes on across its neighbour: a lit line from where the last one ended to the middle of a cell."""
    found = _read(original, "singulation")
    if found is None:
        return None
    text, machine, lap = found
    _, cells = original.map
    k = _candidates(lap)[0]
    lines = text.split("\n")
    x, y = float(cells.x_mm[0]), float(cells.y_mm[0])
    at = int(lap.line[k])
    back = _full(lap, k, machine, (float(lap.moves.end[k, 0]), float(lap.moves.end[k, 1])), code=1)
    there = _full(lap, k, machine, (x, y), code=1)
    lines[at:at] = [there, back]
    return _measured(original, "singulation", text, "\n".join(lines), machine)


def marked_twice(original: Original) -> Mutant | None:
    """A line is marked forth, back and forth again: the film gets three times its dose."""
    found = _read(original, "isolation")
    if found is None:
        return None
    text, machine, lap = found
    k = _candidates(lap)[0]
    lines = text.split("\n")
    back = _reversed(lap, k, machine)
    lines[int(lap.line[k]) : int(lap.line[k])] = [back, _full(lap, k, machine)]
    changed = "\n".join(lines)
    longer = float(
        marks_of(read_program(changed, machine)).lengths_mm.sum()
        - marks_of(read_program(text, machine)).lengths_mm.sum()
    )
    if longer < BAD_MM:
        return None
    return Mutant(texts={"isolation_gcode": changed}, harm=f"{longer:.4f} mm are marked more than once")


def swapped(original: Original) -> Mutant | None:
    """Isolation under the name of singulation, and the other way."""
    if original.machine is None:
        return None
    texts = {
        "isolation_gcode": original.text("singulation_gcode"),
        "singulation_gcode": original.text("isolation_gcode"),
    }
    return Mutant(texts=texts, harm="the sheet is cut apart before it is tested")


def lit_jump(original: Original) -> Mutant | None:
    """The beam is not switched off before a jump."""
    found = _read(original, "isolation")
    if found is None:
        return None
    text, machine, _ = found
    lines = text.split("\n")
    if machine.post == "grbl":
        lit = next((m for line in lines for m in re.findall(r"S([1-9][0-9.]*)", line)), None)
        spots = [k for k, line in enumerate(lines) if re.match(r"G0.*S0$", line)] or [
            k for k, line in enumerate(lines) if line == "M5"
        ][:-1]
        if lit is None or not spots:
            return None
        k = spots[len(spots) // 2]
        lines[k] = lines[k].replace("S0", f"S{lit}") if "S0" in lines[k] else ""
    else:
        spots = [k for k, line in enumerate(lines) if line in ("M63 P0", "M65 P0")][1:-1]
        if not spots:
            return None
        del lines[spots[len(spots) // 2]]
    changed = "\n".join(lines)
    burnt = sum(
        float(lap.moves.lengths_mm[lap.lit & (lap.code == 0)].sum()) for lap in read_program(changed, machine).laps
    )
    if burnt < BAD_MM:
        return None
    return Mutant(texts={"isolation_gcode": changed}, harm=f"{burnt:.3f} mm of jumps are burnt")


def lit_end(original: Original) -> Mutant | None:
    """The program ends with the beam on."""
    found = _read(original, "singulation")
    if found is None:
        return None
    text, _, _ = found
    lines = text.split("\n")
    last = max(k for k, line in enumerate(lines) if line == "M5")
    return Mutant(
        texts={"singulation_gcode": "\n".join(lines[:last] + lines[last + 1 :])}, harm="the laser stays on at the end"
    )


def inches(original: Original) -> Mutant | None:
    """G20 for G21."""
    if original.machine is None:
        return None
    text = original.text("isolation_gcode")
    return Mutant(texts={"isolation_gcode": text.replace("G21", "G20", 1)}, harm="everything is 25.4 times as large")


def stronger(original: Original) -> Mutant | None:
    """S a tenth higher."""
    return _scaled_word(original, "S", "the film is burnt with a tenth more power")


def faster(original: Original) -> Mutant | None:
    """F a tenth higher."""
    return _scaled_word(original, "F", "the film gets a tenth less energy")


def pass_left_out(original: Original) -> Mutant | None:
    """One pass less than the recipe asks for."""
    passes = original.emitted.job.singulation.recipe.passes
    found = _read(original, "singulation")
    if found is None or passes < 2:
        return None
    text, machine, lap = found
    if machine.post == "grbl":
        lines = text.split("\n")
        lit = lap.line[lap.lit & (lap.code > 0)]
        begin = int(lit[len(lit) - len(lit) // passes])
        end = max(k for k, line in enumerate(lines) if line == "M5")
        # From the jump before the last pass's first mark to the end of the path.
        changed = "\n".join([*lines[: begin - 2], "S0", *lines[end:]])
    else:
        changed = text.replace(f"repeat [{passes}]", f"repeat [{passes - 1}]", 1)
    return Mutant(texts={"singulation_gcode": changed}, harm="the foil is not cut through")


def cut_off(original: Original) -> Mutant | None:
    """The second half of the program is lost."""
    if original.machine is None:
        return None
    lines = original.text("isolation_gcode").split("\n")
    return Mutant(texts={"isolation_gcode": "\n".join(lines[: len(lines) // 2])}, harm="half of the marks are lost")


def foreign(original: Original) -> Mutant | None:
    """A program that no post here has written."""
    if original.machine is None:
        return None
    text = "; made by hand\nG21 G90\nM106 S255\nG1 X10 Y10 F3000 E1\nM107\nM2\n"
    return Mutant(texts={"isolation_gcode": text}, harm="no island is marked")


# ---- how it is done -----------------------------------------------------------------------------------------------


def _read(original: Original, operation: str) -> tuple[str, Gantry, Lap] | None:
    """Text, machine and first lap of a program; None without one."""
    machine = original.machine
    if machine is None:
        return None
    text = original.text(f"{operation}_gcode")
    laps = [lap for lap in read_program(text, machine).laps if (lap.lit & (lap.code > 0)).any()]
    return (text, machine, laps[0]) if laps else None


def _candidates(lap: Lap) -> list[int]:
    """Lit motions worth mutating: the longer ones first, from the middle of the program on; at most a dozen."""
    lit = np.flatnonzero(lap.lit & (lap.code > 0))
    length = lap.moves.lengths_mm
    long = lit[length[lit] >= 0.5 * float(np.median(length[lit]))]
    middle = len(long) // 2
    return [int(k) for k in np.concatenate([long[middle:], long[:middle]])[:12]]


def _number(value: float) -> str:
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _full(
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
    words = f"G{code}X{_number(x)}Y{_number(y)}"
    if code >= 2:
        x0, y0 = lap.moves.start[k].tolist() if start is None else start
        cx, cy = lap.moves.centre[k].tolist()
        words += f"I{_number(cx - x0)}J{_number(cy - y0)}"
    if machine.post == "grbl":
        words += f"S{_number(float(lap.power[k]))}"
    return words


def _reversed(lap: Lap, k: int, machine: Gantry) -> str:
    """The motion back to where it came from."""
    x, y = lap.moves.start[k].tolist()
    code = int(lap.code[k])
    if code < 2:
        return _full(lap, k, machine, (x, y))
    x1, y1 = lap.moves.end[k].tolist()
    cx, cy = lap.moves.centre[k].tolist()
    s = f"S{_number(float(lap.power[k]))}" if machine.post == "grbl" else ""
    return f"G{5 - code}X{_number(x)}Y{_number(y)}I{_number(cx - x1)}J{_number(cy - y1)}{s}"


def _opened(original: Original, operation: str, width_mm: float) -> Mutant | None:
    """A dark stretch in the middle of a lit motion, as long as the beam is wide and a micrometre more."""
    found = _read(original, operation)
    if found is None:
        return None
    text, machine, lap = found
    gap_mm = width_mm + BAD_MM
    for k in _candidates(lap):
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
            _kept(lines[at], _full(lap, k, machine, tuple(first))),
            *off,
            f"G{code}X{_number(last[0])}Y{_number(last[1])}" + ("S0" if machine.post == "grbl" else ""),
            *on,
            # The dark stretch is a chord; what is left of an arc begins where it ends.
            _full(lap, k, machine, start=tuple(last)),
            *lines[at + 1 :],
        ]

    return change


def _in_every_pass(
    original: Original, operation: str, lines: list[str], lap: Lap, k: int, machine: Gantry, change: _Change
) -> list[str] | None:
    """A change made in every pass that is written out: what one pass leaves, the next would cut."""
    recipe = getattr(original.emitted.job, operation).recipe
    lit = np.flatnonzero(lap.lit & (lap.code > 0))
    passes = recipe.passes if machine.post == "grbl" and len(lit) % recipe.passes == 0 else 1
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
    return (["M65 P0"], ["M64 P0"], 0) if machine.post == "linuxcnc" else ([], [], 0)


_Change = Callable[[list[str], Lap, int, Gantry], list[str] | None]


def _line_by_line(original: Original, operation: str, change: _Change) -> Mutant | None:
    """The first change of a line that does harm."""
    found = _read(original, operation)
    if found is None:
        return None
    text, machine, lap = found
    for k in _candidates(lap):
        lines = _in_every_pass(original, operation, text.split("\n"), lap, k, machine, change)
        if lines is None:
            continue
        mutant = _measured(original, operation, text, "\n".join(lines), machine)
        if mutant is not None:
            return mutant
    return None


def _measured(original: Original, operation: str, text: str, changed: str, machine: Gantry) -> Mutant | None:
    """A mutant whose marks stand off the original's by more than a micrometre."""
    del original
    one, other = (marks_of(read_program(t, machine)) for t in (text, changed))
    off = apart_mm(one, other)
    if off < BAD_MM:
        return None
    return Mutant(texts={f"{operation}_gcode": changed}, harm=f"marks stand off by {off:.4f} mm")


def _deleted(lines: list[str], lap: Lap, k: int, machine: Gantry) -> list[str] | None:
    del machine
    at = int(lap.line[k]) - 1
    return [*lines[:at], *lines[at + 1 :]]


def _dark(lines: list[str], lap: Lap, k: int, machine: Gantry) -> list[str] | None:
    """A cut that is a jump: the foil below it stays."""
    at = int(lap.line[k]) - 1
    off, on, code = _switches(machine)
    x, y = lap.moves.end[k].tolist()
    dark = f"G{code}X{_number(x)}Y{_number(y)}" + ("S0" if machine.post == "grbl" else "")
    # The lines after it rely on the code and the power that it said.
    return [*lines[:at], *off, dark, *on, *_said(lap, k, machine), *lines[at + 1 :]]


def _said(lap: Lap, k: int, machine: Gantry) -> Iterator[str]:
    """The motion code and the power, said again where the next line relies on them."""
    power = f"S{_number(float(lap.power[k]))}" if machine.post == "grbl" else ""
    if k + 1 < len(lap.code) and lap.code[k + 1] > 0 and lap.lit[k + 1]:
        yield f"G{int(lap.code[k + 1])}{power}"


def _in_a_trench(original: Original, lap: Lap, k: int) -> bool:
    """Whether a motion runs along the middle of the trench of some cell."""
    _, cells = original.map
    middle = lap.moves.taken([k]).points_at(np.array([0.5]))
    return any(
        shapely.distance(
            shapely.LinearRing(shape_of(original.emitted.job, kind, rotation_deg).trench),
            shapely.points(middle - cells.places(which)),
        ).min()
        < BAD_MM
        for kind, rotation_deg, which in cells.groups()
    )


def _moved_end(lines: list[str], lap: Lap, k: int, machine: Gantry) -> list[str] | None:
    """The end of a straight line off its way, sideways."""
    if lap.code[k] != 1:
        return None
    at = int(lap.line[k]) - 1
    start, end = lap.moves.start[k], lap.moves.end[k]
    way = (end - start) / np.hypot(*(end - start))
    to: Floats = end + np.array([-way[1], way[0]]) * _MOVED_MM
    moved = _kept(lines[at], _full(lap, k, machine, (float(to[0]), float(to[1]))))
    return [*lines[:at], moved, *lines[at + 1 :]]


def _whole_ring(original: Original) -> Mutant | None:
    """One ring drawn towards its middle by a line width."""
    found = _read(original, "isolation")
    if found is None:
        return None
    text, machine, lap = found
    lit = lap.lit & (lap.code > 0)
    # A ring is what lies between two jumps.
    ring = np.cumsum(~lit)
    number = ring[_candidates(lap)[0]]
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
    lines[jump] = f"G0X{_number(at[0])}Y{_number(at[1])}" + ("S0" if machine.post == "grbl" else "")
    moves = Moves(
        start=middle + (lap.moves.start - middle) * scale,
        end=middle + (lap.moves.end - middle) * scale,
        centre=middle + (lap.moves.centre - middle) * scale,
        sweep_rad=lap.moves.sweep_rad,
        owner=lap.moves.owner,
    )
    small = Lap(moves=moves, code=lap.code, power=lap.power, feed_mm_s=lap.feed_mm_s, line=lap.line, times=1)
    for k in members.tolist():
        lines[int(lap.line[k]) - 1] = _kept(lines[int(lap.line[k]) - 1], _full(small, k, machine))
    # The jump after it leaves out what did not change on the way.
    after = int(members[-1]) + 1
    if after < len(lap.code):
        x, y = lap.moves.end[after].tolist()
        lines[int(lap.line[after]) - 1] = f"G0X{_number(x)}Y{_number(y)}" + ("S0" if machine.post == "grbl" else "")
    return _measured(original, "isolation", text, "\n".join(lines), machine)


def _mapped(
    original: Original, operation: str, new: Callable[[str, float], float], *, swap_arcs: bool = False
) -> Mutant | None:
    """Every coordinate of the program mapped."""
    found = _read(original, operation)
    if found is None:
        return None
    text, machine, _ = found

    def word(match: re.Match[str]) -> str:
        return match.group(1) + _number(new(match.group(1), float(match.group(2))))

    lines = []
    for line in text.split("\n"):
        if line.startswith("(") or _SWITCH.match(line):
            lines.append(line)
            continue
        changed = re.sub(r"([XYIJ])(-?[0-9.]+)", word, line)
        if swap_arcs:
            changed = re.sub(r"\bG([23])(?=[XYIJ ])", lambda m: f"G{5 - int(m.group(1))}", changed)
        lines.append(changed)
    return _measured(original, operation, text, "\n".join(lines), machine)


def _scaled_word(original: Original, letter: str, harm: str) -> Mutant | None:
    """A word of the program a tenth higher wherever it is not zero."""
    if original.machine is None:
        return None

    def word(match: re.Match[str]) -> str:
        return letter + _number(float(match.group(1)) * 1.1)

    lines = [
        line if line.startswith("(") else re.sub(rf"{letter}([0-9.]+)", word, line)
        for line in original.text("isolation_gcode").split("\n")
    ]
    return Mutant(texts={"isolation_gcode": "\n".join(lines)}, harm=harm)
