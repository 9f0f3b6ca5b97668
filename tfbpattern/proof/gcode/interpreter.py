"""
An interpreter of G-code that shares nothing with the posts: text to the moves a controller makes.

It knows the words of LinuxCNC and of GRBL 1.1 in laser mode that drive a laser, and the flow control of LinuxCNC with
plain numbers (sub, call, repeat). What it does not know is a finding; it never guesses.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from tfbpattern.model.machine import PostName
from tfbpattern.proof.gcode import words
from tfbpattern.proof.gcode.faults import Fault, Faults
from tfbpattern.proof.gcode.head import Head
from tfbpattern.proof.gcode.laps import Lap

_FLOW = re.compile(
    r"[oO](\d{1,9})\s*(sub|endsub|call|repeat|endrepeat|return)\b\s*(?:\[\s*(\d{1,9})\s*\])?\s*$", re.ASCII
)

# A sheet of 100,000 cells in ten passes stays below; a loop whose number was spoilt does not (ours).
_MOST_MOTIONS = 20_000_000
# Rounds that are all alike are not run; a thousand passes of such a sheet stay below (ours).
_MOST_IN_ALL = 1_000_000_000
# No program calls so deep; one that calls itself does.
_DEEPEST = 20

# Lines in which two rounds of a loop must have met (ours: a jump that says both coordinates is enough).
_MEETING = 64

_LONGEST_LINE = {"grbl": 70, "iso6983": 80, "linuxcnc": 255}
"""
Characters: GRBL's buffer holds 80 bytes, of which 70 are kept to; LinuxCNC's 256 with the end of line. The standard
sets no limit to a block; 80 is that of the punched card (ours).
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Program:
    """What a controller does with a program: laps in order, and what is wrong with its text."""

    laps: tuple[Lap, ...]
    faults: tuple[Fault, ...]
    comments: tuple[str, ...]


def interpret(text: str, dialect: PostName, blend_mm: float = math.inf) -> Program:
    """Run a program from a state of which nothing is known; it may let corners be left by *blend_mm*."""
    return _Interpreter(text, dialect, blend_mm).run()


class _Interpreter:
    """Runs lines, subs and loops."""

    def __init__(self, text: str, dialect: PostName, blend_mm: float) -> None:
        self._dialect = dialect
        self._lines = text.split("\n")
        if self._lines and not self._lines[-1]:
            self._lines.pop()
        self._parsed: dict[str, words.Block | None] = {}
        self._faults = Faults()
        self._fault = self._faults.add
        self._head = Head(dialect, self._faults, blend_mm)
        self._laps: list[Lap] = []
        self._labels: set[str] = set()
        self._subs: dict[str, tuple[int, int]] = {}
        self._depth = 0
        self._made = 0

    def run(self) -> Program:
        comments = tuple(found[1:-1] for line in self._lines[:40] for found in re.findall(r"\([^()]*\)", line))
        self._text()
        lines = self._lines
        self._behind(self._run(0, len(lines)))
        self._close_lap()
        self._head.check_end(len(lines))
        return Program(laps=tuple(self._laps), faults=tuple(self._faults.found), comments=comments)

    def _text(self) -> None:
        most = _LONGEST_LINE[self._dialect]
        for number, line in enumerate(self._lines, 1):
            if len(line) > most:
                self._fault("line", f"a line of {len(line)} characters; {self._dialect} takes {most}", number)
            # Some controllers end a line at a carriage return, or obey a control character wherever it stands.
            if not line.isprintable():
                odd = next(character for character in line if not character.isprintable())
                self._fault("text", f"the character {odd!r} in a line", number)
            if line[:1] in ("o", "O"):
                self._label(line, number)
        marks = [number for number, line in enumerate(self._lines) if line.strip() == "%"]
        if marks and (self._dialect == "grbl" or marks != [0, len(self._lines) - 1]):
            wrong = "GRBL knows no %" if self._dialect == "grbl" else "% is for the first line and the last"
            self._fault("end", wrong, marks[0] + 1)
        # What stands behind the closing % is not part of the program.
        if len(marks) >= 2:
            self._lines = self._lines[: marks[1] + 1]

    def _label(self, line: str, number: int) -> None:
        """LinuxCNC takes a label for one sub or loop only (manual, O codes)."""
        found = _FLOW.match(words.COMMENT.sub("", line).strip())
        if found and found.group(2) in ("sub", "repeat"):
            if found.group(1) in self._labels:
                self._fault("word", f"o{found.group(1)} stands for two subs or loops", number)
            self._labels.add(found.group(1))

    def _run(self, begin: int, end: int) -> int:
        """Run lines; where to go on."""
        lines, parsed = self._lines, self._parsed
        at = begin
        while at < end and not self._head.ended:
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
                self._head.execute(block, at)
        return at

    def _behind(self, end: int) -> None:
        """A controller that is fed line by line goes on behind the end code."""
        for number, line in enumerate(self._lines[end:], end + 1):
            if words.COMMENT.sub("", line).strip() not in ("", "%"):
                self._fault("end", f"something stands behind the end of the program: {line.strip()[:60]!r}", number)
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
        self._close_lap()
        if times == 0:
            return
        if any(line[:1] in ("o", "O") for line in self._lines[begin:end]):
            self._repeat_nested(begin, end, times)
            return
        head = min(begin + _MEETING, end)
        self._run(begin, head)
        met, motions = self._head.state(), self._head.motions
        self._run(head, end)
        last = self._head.state()
        self._close_lap()
        if self._head.ended or times == 1:
            return
        first = self._laps[-1] if self._laps else None
        self._run(begin, head)
        if first is None or self._head.state() != met or self._head.ended:
            # Every round is another.
            self._run(head, end)
            for _ in range(times - 2):
                self._count(self._head.motions + end - begin, end)
                self._close_lap()
                if self._head.ended:
                    return
                self._run(begin, end)
            self._close_lap()
            return
        self._close_lap()
        ahead = self._laps.pop() if self._laps[-1] is not first else None
        self._count_all(len(first) * times, begin)
        rest = first.since(motions)
        self._laps.append((rest if ahead is None else ahead.then(rest)).again(times - 1))
        self._head.restore(last)

    def _count(self, motions: int, line: int) -> None:
        """Stop a program that goes on and on."""
        self._made += motions
        if self._made > _MOST_MOTIONS:
            self._fault("word", f"loops make more than {_MOST_MOTIONS:,} motions", line)
            self._head.ended = True

    def _count_all(self, motions: int, line: int) -> None:
        """The same for rounds that need not be run."""
        if motions > _MOST_IN_ALL:
            self._fault("word", f"a loop makes more than {_MOST_IN_ALL:,} motions", line)

    def _repeat_nested(self, begin: int, end: int, times: int) -> None:
        """A loop with loops or calls inside: each round is one lap, and one that ends as it began goes on so."""
        for left in range(times, 0, -1):
            before, laps = self._head.state(), len(self._laps)
            self._run(begin, end)
            self._close_lap()
            inner = self._laps[laps:]
            del self._laps[laps:]
            still = self._head.state() == before
            motions = sum(len(lap) * lap.times for lap in inner)
            self._count(motions, end)
            self._count_all(motions * left, begin)
            if inner and not self._head.ended:
                self._laps.append(Lap.one_of(inner).again(left if still else 1))
            if still or self._head.ended:
                return

    def _close_lap(self) -> None:
        lap = self._head.lap()
        if lap is not None:
            self._laps.append(lap)
