"""
An interpreter of G-code that shares nothing with the posts: text to the moves a controller makes.

It knows the words of LinuxCNC and of GRBL 1.1 in laser mode that drive a laser, and the flow control of LinuxCNC with
plain numbers (sub, call, repeat). What it does not know is a finding; it never guesses.

The beam, LinuxCNC: lit while the spindle runs with S above zero and the gate (digital output 0) is open. M64 and M65
switch the gate at once, M62 and M63 at the start of the next motion; M67 E0 Q sets a power with the next motion, M68
at once (LinuxCNC manual, M codes). A gate that was never spoken of counts as open.

The beam, plain ISO 6983: lit while M3 or M4 is on with S above zero, whatever moves.

The beam, GRBL: lit while M3 or M4 is on with S above zero. G0 is dark by itself only where $32=1, which a program
cannot know; a G0 with power is therefore taken as lit (GRBL 1.1 wiki, laser mode).
"""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tfbpattern.model.machine import PostName
from tfbpattern.proof.gcode import words
from tfbpattern.proof.gcode.laps import Lap, moves_of
from tfbpattern.units import SECONDS_PER_MINUTE

_FLOW = re.compile(
    r"[oO](\d{1,9})\s*(sub|endsub|call|repeat|endrepeat|return)\b\s*(?:\[\s*(\d{1,9})\s*\])?\s*$", re.ASCII
)

# LinuxCNC counts arcs whose ends differ in radius by more than half a micrometre, and a thousandth, as wrong
# (manual, arcs); GRBL by more than 5 um and a thousandth (gcode.c, ARC_RADIUS). The stricter one is taken.
_RADIUS_MM = 0.0005
_INCH_MM = 25.4
# A sheet of 100,000 cells in ten passes stays below; a loop whose number was spoilt does not (ours).
_MOST_MOTIONS = 20_000_000
# Rounds that are all alike are not run; a thousand passes of such a sheet stay below (ours).
_MOST_IN_ALL = 1_000_000_000
# No program calls so deep; one that calls itself does.
_DEEPEST = 20

# Lines in which two rounds of a loop must have met (ours: a jump that says both coordinates is enough).
_HEAD = 64

_LONGEST_LINE = {"grbl": 70, "iso6983": 80, "linuxcnc": 255}
"""
Characters: GRBL's buffer holds 80 bytes, of which 70 are kept to; LinuxCNC's 256 with the end of line. The standard
sets no limit to a block; 80 is that of the punched card (ours).
"""


class Fault(NamedTuple):
    """Something in a program that cannot be, by line."""

    rule: str
    message: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Program:
    """What a controller does with a program: laps in order, and what is wrong with its text."""

    laps: tuple[Lap, ...]
    faults: tuple[Fault, ...]
    comments: tuple[str, ...]


def interpret(text: str, dialect: PostName) -> Program:
    """Run a program from a state of which nothing is known."""
    return _Controller(text, dialect).run()


class _State(NamedTuple):
    """All that decides what a line does."""

    x: float
    y: float
    code: int
    feed: float
    speed: float
    spindle: int
    gate: bool
    pending: bool | None
    analog: float
    pending_analog: float | None
    metric: bool
    absolute: bool
    known: tuple[bool, bool]


class _Controller:
    """Runs lines; the motions since the last lap are in growing arrays."""

    def __init__(self, text: str, dialect: PostName) -> None:
        self._dialect = dialect
        self._lines = text.split("\n")
        if self._lines and not self._lines[-1]:
            self._lines.pop()
        self._parsed: dict[str, words.Block | None] = {}
        self._faults: list[Fault] = []
        self._told: dict[str, int] = {}
        self._laps: list[Lap] = []
        self._ended = False
        self._subs: dict[str, tuple[int, int]] = {}
        self._depth = 0
        self._made = 0
        self._clear()
        self._x = self._y = math.nan
        self._code, self._feed, self._speed, self._spindle = -1, 0.0, 0.0, 0
        # Nothing is known of the gate; until the program closes it, it counts as open.
        self._gate = True
        self._pending: bool | None = None
        self._analog = math.inf
        self._pending_analog: float | None = None
        self._metric, self._absolute = True, True
        self._units_said = self._distance_said = False

    def run(self) -> Program:
        comments = tuple(found[1:-1] for line in self._lines[:40] for found in re.findall(r"\([^()]*\)", line))
        self._text()
        lines = self._lines
        self._run(0, len(lines))
        self._close_lap(1)
        if not self._ended:
            self._fault("end", "the program has no end code (M2 or M30)", len(lines))
        if self._spindle:
            self._fault("end", "the laser is not switched off at the end (M5)", len(lines))
        elif self._dialect == "linuxcnc" and self._gate:
            self._fault("end", "the gate is open at the end", len(lines))
        return Program(laps=tuple(self._laps), faults=tuple(self._faults), comments=comments)

    def _text(self) -> None:
        most = _LONGEST_LINE[self._dialect]
        for number, line in enumerate(self._lines, 1):
            if len(line) > most:
                self._fault("line", f"a line of {len(line)} characters; {self._dialect} takes {most}", number)
        marks = [number for number, line in enumerate(self._lines) if line.strip() == "%"]
        if len(marks) == 1 or (marks and self._dialect == "grbl"):
            self._fault("end", "one % without the other" if len(marks) == 1 else "GRBL knows no %", marks[0] + 1)
        # What stands behind the closing % is not part of the program.
        if len(marks) >= 2:
            self._lines = self._lines[: marks[1] + 1]

    def _fault(self, rule: str, message: str, line: int) -> None:
        # The first of each kind tells it all; a program of another machine has a million.
        self._told[rule] = self._told.get(rule, 0) + 1
        if self._told[rule] <= 20:
            self._faults.append(Fault(rule, message, line))

    # ---- flow -------------------------------------------------------------------------------------------------

    def _run(self, begin: int, end: int) -> None:
        lines, parsed = self._lines, self._parsed
        at = begin
        while at < end and not self._ended:
            line = lines[at]
            at += 1
            if line[:1] in "oO" and line:
                at = self._flow(line, at, end)
                continue
            try:
                block = parsed[line]
            except KeyError:
                try:
                    block = words.parsed(line)
                except words.UnreadableError as error:
                    self._fault("word", str(error), at)
                    block = None
                if len(parsed) > 500_000:
                    parsed.clear()
                parsed[line] = block
            if block is not None:
                self._execute(block, at)
        if self._ended:
            return

    def _flow(self, line: str, at: int, end: int) -> int:
        """An o-word; where to go on."""
        found = _FLOW.match(words.COMMENT.sub("", line).strip())
        if self._dialect != "linuxcnc" or not found:
            self._fault("word", f"not understood: {line.strip()[:60]!r}", at)
            return at
        label, what, number = found.groups()
        if what == "sub":
            close = self._closing(label, "endsub", at, end)
            self._subs[label] = (at, close)
            return close + 1
        if what == "repeat" and number is not None:
            close = self._closing(label, "endrepeat", at, end)
            self._repeat(at, close, int(number))
            return close + 1
        if what == "call" and label in self._subs and self._depth < _DEEPEST:
            self._depth += 1
            begin, close = self._subs[label]
            self._count(close - begin + 1, at)
            self._run(begin, close)
            self._depth -= 1
            return at
        self._fault("word", f"not understood: {line.strip()[:60]!r}", at)
        return at

    def _closing(self, label: str, what: str, at: int, end: int) -> int:
        for k in range(at, end):
            line = self._lines[k]
            if line[:1] in "oO" and line:
                found = _FLOW.match(words.COMMENT.sub("", line).strip())
                if found and found.group(1) == label and found.group(2) == what:
                    return k
        self._fault("word", f"o{label} has no {what}", at)
        return end

    def _repeat(self, begin: int, end: int, times: int) -> None:
        """
        A loop, without running what is known: rounds that begin in one state are one.

        The second round differs from the first only until their states meet, which they do after the first jump. From
        there on it is the first one again, and every further round is the second.
        """
        self._close_lap(1)
        if times == 0:
            return
        if any(line[:1] in ("o", "O") for line in self._lines[begin:end]):
            self._repeat_nested(begin, end, times)
            return
        head = min(begin + _HEAD, end)
        self._run(begin, head)
        met, motions = self._state(), len(self._codes)
        self._run(head, end)
        last = self._state()
        self._close_lap(1)
        if self._ended or times == 1:
            return
        first = self._laps[-1] if self._laps else None
        self._run(begin, head)
        if first is None or self._state() != met or self._ended:
            # Every round is another.
            self._run(head, end)
            for _ in range(times - 2):
                self._count(len(self._codes) + end - begin, end)
                self._close_lap(1)
                if self._ended:
                    return
                self._run(begin, end)
            self._close_lap(1)
            return
        self._close_lap(1)
        ahead = self._laps.pop() if self._laps[-1] is not first else None
        self._count_all(len(first) * times, begin)
        rest = first.since(motions)
        self._laps.append((rest if ahead is None else ahead.then(rest)).again(times - 1))
        self._restore(last)

    def _count(self, motions: int, line: int) -> None:
        """Stop a program that goes on and on."""
        self._made += motions
        if self._made > _MOST_MOTIONS:
            self._fault("word", f"loops make more than {_MOST_MOTIONS:,} motions", line)
            self._ended = True

    def _count_all(self, motions: int, line: int) -> None:
        """The same for rounds that need not be run."""
        if motions > _MOST_IN_ALL:
            self._fault("word", f"a loop makes more than {_MOST_IN_ALL:,} motions", line)

    def _repeat_nested(self, begin: int, end: int, times: int) -> None:
        """A loop with loops or calls inside: each round is one lap, and one that ends as it began goes on so."""
        for left in range(times, 0, -1):
            before, laps = self._state(), len(self._laps)
            self._run(begin, end)
            self._close_lap(1)
            inner = self._laps[laps:]
            del self._laps[laps:]
            still = self._state() == before
            motions = sum(len(lap) * lap.times for lap in inner)
            self._count(motions, end)
            self._count_all(motions * left, begin)
            if inner and not self._ended:
                self._laps.append(Lap.one_of(inner).again(left if still else 1))
            if still or self._ended:
                return

    def _state(self) -> _State:
        return _State(
            self._x,
            self._y,
            self._code,
            self._feed,
            self._speed,
            self._spindle,
            self._gate,
            self._pending,
            self._analog,
            self._pending_analog,
            self._metric,
            self._absolute,
            (self._units_said, self._distance_said),
        )

    def _restore(self, state: _State) -> None:
        self._x, self._y, self._code, self._feed, self._speed, self._spindle, self._gate = state[:7]
        self._pending, self._analog, self._pending_analog, self._metric, self._absolute = state[7:12]
        self._units_said, self._distance_said = state.known

    # ---- one line ---------------------------------------------------------------------------------------------

    def _execute(self, block: words.Block, line: int) -> None:
        code, x, y, i, j, feed, speed, others = block
        if others:
            self._modal(others, line)
            if self._ended:
                return
        if feed is not None:
            self._feed = feed
        if speed is not None:
            self._speed = speed
        if code is not None:
            self._code = code
        if x is None and y is None and i is None and j is None:
            return
        self._move(x, y, i, j, line)

    def _modal(self, others: tuple[tuple[str, float], ...], line: int) -> None:
        values = {letter: value for letter, value in others if letter not in "GM"}
        used: set[str] = set()
        for letter, value in others:
            if letter == "G":
                used |= self._g(value, values, line)
            elif letter == "M":
                used |= self._m(value, values, line)
        for letter in sorted(values.keys() - used):
            self._fault("word", f"the word {letter} means nothing here", line)

    def _g(self, value: float, values: dict[str, float], line: int) -> set[str]:
        if value in (20.0, 21.0):
            self._metric, self._units_said = value == 21.0, True
        elif value in (90.0, 91.0):
            self._absolute, self._distance_said = value == 90.0, True
        elif value == 4.0:
            self._dwell(values.get("P", -1.0), line)
            return {"P"}
        elif value == 64.0 and self._dialect == "linuxcnc":
            return {"P"}
        elif value not in (17.0, 40.0, 49.0, 54.0, 80.0, 94.0, 91.1):
            self._fault("word", f"G{value:g} is not known", line)
        return set()

    def _dwell(self, seconds: float, line: int) -> None:
        if seconds < 0.0:
            self._fault("word", "a dwell (G4) without a time (P), or of less than nothing", line)
        # GRBL's dynamic power (M4) is dark while nothing moves (GRBL 1.1 wiki, laser mode).
        lit = self._power() > 0.0 and not (self._dialect == "grbl" and self._spindle == 4)
        if lit and seconds > 0.0:
            self._fault("dark", f"the beam stands still for {seconds:g} s with the laser on", line)

    def _power(self) -> float:
        """The power of the beam now."""
        power = self._speed if self._spindle else 0.0
        if self._dialect != "linuxcnc":
            return power
        return (power if self._analog == math.inf else min(power, self._analog)) if self._gate else 0.0

    def _m(self, value: float, values: dict[str, float], line: int) -> set[str]:  # noqa: PLR0912  # a table of words
        if value in (3.0, 4.0):
            self._spindle = int(value)
        elif value == 5.0:
            self._spindle = 0
        elif value in (2.0, 30.0):
            self._ended = True
        elif self._dialect == "linuxcnc" and value in (62.0, 63.0, 64.0, 65.0):
            if values.get("P") == 0.0:
                if value in (64.0, 65.0):
                    self._gate, self._pending = value == 64.0, None
                else:
                    self._pending = value == 62.0
            else:
                self._fault("word", f"M{value:g} of another output than P0", line)
            return {"P"}
        elif self._dialect == "linuxcnc" and value in (67.0, 68.0):
            if values.get("E") == 0.0 and "Q" in values:
                if value == 68.0:
                    self._analog, self._pending_analog = values["Q"], None
                else:
                    self._pending_analog = values["Q"]
            else:
                self._fault("word", f"M{value:g} of another output than E0", line)
            return {"E", "Q"}
        else:
            self._fault("word", f"M{value:g} is not known to {self._dialect}", line)
        return set()

    def _move(  # noqa: PLR0912, PLR0915  # once a line of a million: what a controller looks at, in its order
        self, x: float | None, y: float | None, i: float | None, j: float | None, line: int
    ) -> None:
        code, at_x, at_y = self._code, self._x, self._y
        scale = 1.0 if self._metric else _INCH_MM
        if not (self._units_said and self._distance_said):
            self._fault("word", "motion before units (G21) and distance mode (G90) are said", line)
            self._units_said = self._distance_said = True
        if self._absolute:
            to_x = at_x if x is None else x * scale
            to_y = at_y if y is None else y * scale
        else:
            to_x, to_y = at_x + (x or 0.0) * scale, at_y + (y or 0.0) * scale
        if self._pending is not None:
            self._gate, self._pending = self._pending, None
        if self._pending_analog is not None:
            self._analog, self._pending_analog = self._pending_analog, None
        power = self._power()
        self._x, self._y = to_x, to_y
        if code < 0:
            self._fault("word", "coordinates without a motion (G0 to G3)", line)
            return
        if code and self._feed <= 0.0:
            self._fault("feed", "a motion at feed without a feed (F)", line)
        centre_x = centre_y = math.nan
        if code >= 2:
            if i is None and j is None:
                self._fault("arc", "an arc without a centre (I, J)", line)
                code = 1
            else:
                centre_x, centre_y = at_x + (i or 0.0) * scale, at_y + (j or 0.0) * scale
                r0 = math.hypot(at_x - centre_x, at_y - centre_y)
                r1 = math.hypot(to_x - centre_x, to_y - centre_y)
                if r0 <= _RADIUS_MM:
                    self._fault("arc", "an arc without a radius", line)
                    code = 1
                if abs(r0 - r1) > _RADIUS_MM:
                    self._fault("arc", f"an arc that begins {r0:.4f} mm from its centre and ends {r1:.4f} mm", line)
        elif i is not None or j is not None:
            self._fault("arc", "a centre (I, J) without an arc", line)
        if math.isnan(to_x + to_y):
            if code:
                self._fault("start", "a mark before the place of the head is known", line)
            # The first jump comes from wherever the head is; it starts to count where it ends, which it must say.
            else:
                self._fault("start", "a jump to a place of which one coordinate is not known", line)
            if power:
                self._fault("dark", "the beam is on before the first jump", line)
            return
        if math.isnan(at_x + at_y):
            if code or power:
                rule = "dark" if power else "start"
                self._fault(rule, "the first motion is no dark jump", line)
            at_x, at_y = to_x, to_y
        self._ends.extend((at_x, at_y, to_x, to_y))
        self._centres.extend((centre_x, centre_y))
        self._codes.append(code)
        self._beam.extend((power, self._feed * scale / SECONDS_PER_MINUTE))
        self._at_line.append(line)

    # ---- what was done ----------------------------------------------------------------------------------------

    def _clear(self) -> None:
        self._ends, self._centres, self._beam = array("d"), array("d"), array("d")
        self._codes, self._at_line = array("b"), array("l")

    def _close_lap(self, times: int) -> None:
        if not len(self._codes):
            return
        ends = np.frombuffer(self._ends, dtype=np.float64).reshape(-1, 4)
        centre = np.frombuffer(self._centres, dtype=np.float64).reshape(-1, 2)
        beam = np.frombuffer(self._beam, dtype=np.float64).reshape(-1, 2)
        code = np.frombuffer(self._codes, dtype=np.int8)
        line = np.frombuffer(self._at_line, dtype=f"i{self._at_line.itemsize}").astype(np.int64)
        self._laps.append(
            Lap(
                moves=moves_of(ends[:, :2], ends[:, 2:], centre, code),
                code=code,
                power=beam[:, 0],
                feed_mm_s=beam[:, 1],
                line=line,
                times=times,
            )
        )
        self._clear()
