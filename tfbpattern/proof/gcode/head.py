"""
The head of a controller: what it knows, what a line does to it, and the motions that it makes.

The beam, LinuxCNC: lit while the spindle runs with S above zero and the gate (digital output 0) is open. M64 and M65
switch the gate at once, M62 and M63 at the start of the next motion; M67 E0 Q sets a power with the next motion, M68
at once (LinuxCNC manual, M codes). A gate that was never spoken of counts as open.

The beam, plain ISO 6983: lit while M3 or M4 is on with S above zero, whatever moves.

The beam, GRBL: lit while M3 or M4 is on with S above zero. G0 is dark by itself only where $32=1, which a program
cannot know; a G0 with power is therefore taken as lit (GRBL 1.1 wiki, laser mode). M3 keeps the power whatever the
speed, M4 follows it: with either of the two for the other the dose is another.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tfbpattern.model.machine import PostName
from tfbpattern.proof.gcode import words
from tfbpattern.proof.gcode.faults import Faults
from tfbpattern.proof.gcode.laps import Lap, moves_of
from tfbpattern.units import SECONDS_PER_MINUTE

# LinuxCNC counts arcs whose ends differ in radius by more than half a micrometre, and a thousandth, as wrong
# (manual, arcs); GRBL by more than 5 um and a thousandth (gcode.c, ARC_RADIUS). The stricter one is taken.
_RADIUS_MM = 0.0005
_INCH_MM = 25.4
# G64 is given six decimals.
_DECIMALS_MM = 1e-6

# Modes that an earlier program may have left otherwise, and that decide where a motion goes and how fast: plane, units,
# absolute coordinates, feed per minute; no cutter radius, centres from the start, and what becomes of corners
# (LinuxCNC manual, modal groups; GRBL has no other for the last three).
_MODES: Mapping[PostName, frozenset[str]] = {
    "grbl": frozenset({"G17", "G21", "G90", "G94"}),
    "iso6983": frozenset({"G17", "G21", "G90", "G94", "G40"}),
    "linuxcnc": frozenset({"G17", "G21", "G90", "G94", "G40", "G91.1", "G64"}),
}
# The spindle word that lights the beam.
_LIGHTS: Mapping[PostName, int] = {"grbl": 4, "iso6983": 3, "linuxcnc": 3}


class State(NamedTuple):
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
    unsaid: frozenset[str]


class Head:
    """Carries out lines; the motions since the last lap are in growing arrays."""

    def __init__(self, dialect: PostName, faults: Faults, blend_mm: float) -> None:
        self._dialect = dialect
        self._fault = faults.add
        self._blend_mm = blend_mm
        self.ended = False
        self._clear()
        self._x = self._y = math.nan
        self._code, self._feed, self._speed, self._spindle = -1, 0.0, 0.0, 0
        # Nothing is known of the gate; until the program closes it, it counts as open.
        self._gate = True
        self._pending: bool | None = None
        self._analog = math.inf
        self._pending_analog: float | None = None
        self._metric, self._absolute = True, True
        self._unsaid = _MODES[dialect]
        # Whether the beam burns where the head stands, and whether that has gone anywhere since.
        self._burns, self._moved = False, True

    @property
    def motions(self) -> int:
        """How many were made since the last lap."""
        return len(self._codes)

    def state(self) -> State:
        """All that decides what the next line does."""
        return State(
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
            self._unsaid,
        )

    def restore(self, state: State) -> None:
        """Go back, or ahead, to a state."""
        self._x, self._y, self._code, self._feed, self._speed, self._spindle, self._gate = state[:7]
        self._pending, self._analog, self._pending_analog, self._metric, self._absolute = state[7:12]
        self._unsaid = state.unsaid
        self._burns, self._moved = self._standing() > 0.0, True

    def check_end(self, line: int) -> None:
        """Say what must not be left behind."""
        if not self.ended:
            self._fault("end", "the program has no end code (M2 or M30)", line)
        if self._spindle:
            self._fault("end", "the laser is not switched off at the end (M5)", line)
        elif self._dialect == "linuxcnc" and self._gate:
            self._fault("end", "the gate is open at the end", line)

    def execute(self, block: words.Block, line: int) -> None:
        """Do what a line says."""
        code, x, y, i, j, feed, speed, others = block
        if others:
            self._modal(others, line)
            if self.ended:
                if (x, y, i, j) != (None, None, None, None):
                    self._fault("end", "a motion in the line that ends the program", line)
                return
        if feed is not None:
            self._feed = feed
        if speed is not None:
            self._speed = speed
        if others or speed is not None:
            self._watch(line)
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
        self._unsaid -= {f"G{value:g}"}
        if value in (20.0, 21.0):
            self._metric = value == 21.0
            if not self._metric:
                # A feed that is said in inches stays one: controllers differ in what it is afterwards.
                self._fault("word", "G20: inches; programs are in millimetres", line)
        elif value in (90.0, 91.0):
            self._absolute = value == 90.0
        elif value == 4.0:
            self._dwell(values.get("P", -1.0), line)
            return {"P"}
        elif value in (61.0, 61.1, 64.0) and self._dialect == "linuxcnc":
            self._unsaid -= {"G64"}
            blend = values.get("P", math.inf) if value == 64.0 else 0.0
            # Without P, or with none at all, corners are cut as far as the speed likes.
            if not 0.0 < blend <= self._blend_mm + _DECIMALS_MM and value == 64.0:
                self._fault("corner", f"G64 may leave corners by {blend:g} mm; {self._blend_mm:g} mm are allowed", line)
            return {"P"}
        elif value not in (17.0, 40.0, 49.0, 54.0, 80.0, 94.0, 91.1):
            self._fault("word", f"G{value:g} is not known", line)
        return set()

    def _dwell(self, seconds: float, line: int) -> None:
        if seconds < 0.0:
            self._fault("word", "a dwell (G4) without a time (P), or of less than nothing", line)
        if self._standing() > 0.0 and seconds > 0.0:
            self._fault("dark", f"the beam stands still for {seconds:g} s with the laser on", line)

    def _power(self) -> float:
        """The power of the beam now."""
        power = self._speed if self._spindle else 0.0
        if self._dialect != "linuxcnc":
            return power
        return (power if self._analog == math.inf else min(power, self._analog)) if self._gate else 0.0

    def _standing(self) -> float:
        """The power of the beam while nothing moves: none with GRBL's dynamic power, M4 (wiki, laser mode)."""
        return 0.0 if self._dialect == "grbl" and self._spindle == 4 else self._power()

    def _watch(self, line: int) -> None:
        """The beam is switched where a mark begins or ends, and nowhere else."""
        burns = self._standing() > 0.0
        if burns and not self._burns:
            self._moved = False
            if math.isnan(self._x + self._y):
                self._fault("dark", "the beam is on before the first jump", line)
        elif self._burns and not burns and not self._moved:
            spot = f"({self._x:.4f}, {self._y:.4f}) mm"
            self._fault("dark", f"the beam is switched on and off on one spot, {spot}", line)
        self._burns = burns

    def _m(self, value: float, values: dict[str, float], line: int) -> set[str]:  # noqa: PLR0912  # a table of words
        if value in (3.0, 4.0):
            self._spindle = int(value)
            if self._spindle != _LIGHTS[self._dialect]:
                self._fault(
                    "word", f"M{value:g}: the beam of {self._dialect} is lit by M{_LIGHTS[self._dialect]}", line
                )
        elif value == 5.0:
            self._spindle = 0
        elif value in (2.0, 30.0):
            self.ended = True
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
        if self._unsaid:
            self._fault(
                "word", f"a motion before {', '.join(sorted(self._unsaid))} is said, as another program left it", line
            )
            self._unsaid = frozenset()
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
        self._burns, self._moved = power > 0.0, True
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

    def _clear(self) -> None:
        self._ends, self._centres, self._beam = array("d"), array("d"), array("d")
        self._codes, self._at_line = array("b"), array("l")

    def lap(self) -> Lap | None:
        """The motions since the last lap, if there are any, as one that is made once."""
        if not len(self._codes):
            return None
        ends = np.frombuffer(self._ends, dtype=np.float64).reshape(-1, 4)
        centre = np.frombuffer(self._centres, dtype=np.float64).reshape(-1, 2)
        beam = np.frombuffer(self._beam, dtype=np.float64).reshape(-1, 2)
        code = np.frombuffer(self._codes, dtype=np.int8)
        line = np.frombuffer(self._at_line, dtype=f"i{self._at_line.itemsize}").astype(np.int64)
        self._clear()
        return Lap(
            moves=moves_of(ends[:, :2], ends[:, 2:], centre, code),
            code=code,
            power=beam[:, 0],
            feed_mm_s=beam[:, 1],
            line=line,
            times=1,
        )
