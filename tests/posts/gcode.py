"""
A small machine that runs G-code of the kinds the posts write, strictly: what it does not know is an error.

It stands for a controller and shares nothing with the posts: modal words, incremental arc centres, a laser that
follows either the spindle word (M4, lit on G1 to G3 only; M3, lit on every motion) or a gate. M62 and M63 switch the
gate with the next motion, M64 and M65 at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

_WORD = re.compile(r"([A-Z])([-+]?(?:\d+\.?\d*|\.\d+))")


class Motion(NamedTuple):
    """One move as the machine makes it; centre is None for lines."""

    code: int
    start: complex
    end: complex
    centre: complex | None
    lit: bool
    power: float


@dataclass
class Machine:
    """Runs a program and records its motions; ``start`` is where the head stood before."""

    has_gate: bool
    lit_by: int = 4
    start: complex = complex(-7.77, 9.99)
    motions: list[Motion] = field(default_factory=list)
    feed: float = 0.0
    ended: bool = False
    gate: bool = False
    spindle: int | None = None
    power: float = 0.0

    def run(self, lines: list[str]) -> list[Motion]:
        """All motions of a program."""
        self._at = self.start
        self._code: int | None = None
        self._pending: bool | None = None
        self._modes: set[str] = set()
        self._absolute = False
        self._run(lines)
        assert self.ended, "no end code"
        assert self.spindle is None, "the spindle is left on"
        assert not self.gate, "the gate is left open"
        return self.motions

    def _run(self, lines: list[str]) -> None:
        k = 0
        while k < len(lines):
            line = re.sub(r"\([^()]*\)", "", lines[k])
            assert "(" not in line, lines[k]
            assert ")" not in line, lines[k]
            k += 1
            if line.strip() in ("", "%"):
                continue
            if line.startswith("o"):
                label, what, *rest = line.split()
                assert what == "repeat", line
                end = lines.index(f"{label} endrepeat", k)
                for _ in range(int(rest[0].strip("[]"))):
                    self._run(lines[k:end])
                k = end + 1
                continue
            self._block(line)

    def _block(self, line: str) -> None:
        assert not self.ended, f"words after the end: {line}"
        packed = line.replace(" ", "")
        words = _WORD.findall(packed)
        assert "".join(letter + number for letter, number in words) == packed, f"not understood: {line!r}"
        values = {letter: float(number) for letter, number in words if letter not in "GM"}
        for letter, number in words:
            if letter == "G":
                self._g(number)
            elif letter == "M":
                self._m(int(number), values)
        if "F" in values:
            self.feed = values["F"]
        if "S" in values:
            self.power = values["S"]
        if {"X", "Y"} & set(values):
            self._move(values)

    def _g(self, number: str) -> None:
        if number in ("0", "1", "2", "3"):
            self._code = int(number)
        else:
            assert number in ("21", "90", "91", "94", "17", "40", "91.1", "64"), f"G{number}"
            self._modes.add(number)
            self._absolute = number == "90" or (number != "91" and self._absolute)

    def _m(self, number: int, values: dict[str, float]) -> None:
        if number in (3, 4):
            assert number == (3 if self.has_gate else self.lit_by)
            assert not self.has_gate or not self.gate
            self.spindle = number
        elif number == 5:
            self.spindle = None
        elif number in (2, 30):
            self.ended = True
        else:
            assert self.has_gate
            assert number in (62, 63, 64, 65), f"M{number}"
            assert values["P"] == 0.0
            assert self._pending is None, "a gate word before the last one took effect"
            if number in (64, 65):
                self.gate = number == 64
            else:
                self._pending = number == 62

    def _move(self, values: dict[str, float]) -> None:
        assert {"21", "90", "94", "17"} <= self._modes, "units or modes are not said"
        assert self._code is not None, "no motion mode"
        if self._pending is not None:
            self.gate, self._pending = self._pending, None
        if self._absolute:
            end = complex(values.get("X", self._at.real), values.get("Y", self._at.imag))
        else:
            end = self._at + complex(values.get("X", 0.0), values.get("Y", 0.0))
        centre = None
        if self._code in (2, 3):
            assert {"I", "J"} <= set(values), "an arc without a centre"
            centre = self._at + complex(values["I"], values["J"])
        else:
            assert not {"I", "J"} & set(values)
        if self._code:
            assert self.feed > 0.0, "no feed"
        # M4 is GRBL's laser mode, in which G0 is dark; a spindle on M3 knows nothing of jumps.
        by_spindle = bool(self.spindle and self.power and (self._code or self.spindle == 3))
        lit = self.gate and self.spindle == 3 if self.has_gate else by_spindle
        self.motions.append(Motion(self._code, self._at, end, centre, lit, self.power))
        self._at = end
