"""
A third opinion: LinuxCNC's own interpreter runs the programs, and its motions are held against ours.

``rs274`` prints the canonical calls that LinuxCNC's motion planner would get (LinuxCNC manual, stand-alone
interpreter). The beam follows from them as on the machine: digital output 0, and the spindle.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from tfbpattern.errors import InputError, SystemFaultError
from tfbpattern.model.finding import Finding
from tfbpattern.model.machine import Gantry
from tfbpattern.proof.curves import Floats
from tfbpattern.proof.emitted import Emitted
from tfbpattern.proof.gcode import Program, interpret
from tfbpattern.units import SECONDS_PER_MINUTE

# Four decimals are printed; centres are computed in it from rounded offsets.
_PRINTED_MM = 0.0001
_CALL = re.compile(r"\s*\d+\s+N[\d.]*\s+([A-Z_0-9]+)\((.*)\)")


_READ = ("linuxcnc", "iso6983")


def check(emitted: Emitted, operations: Iterable[str]) -> Iterator[Finding]:
    """
    Every motion of every program, as LinuxCNC makes it.

    Raises:
        InputError: the job's machine reads neither LinuxCNC's dialect nor plain ISO 6983.
        SystemFaultError: rs274 is not installed.
    """
    machine = emitted.job.machine
    if not isinstance(machine, Gantry) or machine.post not in _READ:
        raise InputError(f"rs274 reads programs for LinuxCNC and plain ISO 6983; {machine.name!r} runs neither")
    executable = shutil.which("rs274")
    if executable is None:
        raise SystemFaultError("rs274 is not installed; it comes with LinuxCNC (package linuxcnc-uspace)")
    for operation in operations:
        role = f"{operation}_gcode"
        if emitted.has(role):
            file = emitted.names[role]
            yield from _compared(
                executable, (emitted.folder / file).resolve(), interpret(emitted.text(role), machine.post)
            )


def _compared(executable: str, path: Path, ours: Program) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory() as place:
        # It writes its parameters into the working folder.
        result = subprocess.run(
            [executable, "-g", str(path)], capture_output=True, text=True, check=False, cwd=place, errors="replace"
        )
    if result.returncode:
        told = " ".join(result.stderr.split())[-200:]
        yield Finding(rule="controller.refused", message=f"rs274 refuses the program: {told}", file=path.name)
        return
    theirs = _motions(result.stdout.splitlines())
    mine, lines = _expanded(ours)
    if len(theirs) != len(mine):
        yield Finding(
            rule="controller.motions",
            message=f"rs274 makes {len(theirs)} motions where {len(mine)} were understood",
            measured=float(len(theirs)),
            limit=float(len(mine)),
            unit="",
            file=path.name,
        )
        return
    # Kind, end, sense and centre of arcs, power, feed; what is the same is within the last digit printed.
    allowed = np.array([0.5, _PRINTED_MM, _PRINTED_MM, 0.5, 2.0 * _PRINTED_MM, 2.0 * _PRINTED_MM, 0.001, 0.001])
    for k in np.flatnonzero((np.abs(theirs - mine) > allowed).any(axis=1)).tolist():
        column = int(np.argmax(np.abs(theirs[k] - mine[k]) / allowed))
        what = ("kind", "x", "y", "turn", "centre x", "centre y", "power", "feed")[column]
        yield Finding(
            rule="controller.motions",
            message=f"rs274 makes motion {k + 1} with {what} {theirs[k, column]:g}; {mine[k, column]:g} was understood",
            measured=float(theirs[k, column]),
            limit=float(mine[k, column]),
            unit="",
            x_mm=float(mine[k, 1]),
            y_mm=float(mine[k, 2]),
            file=path.name,
            line=int(lines[k]),
        )


def _expanded(program: Program) -> tuple[Floats, np.ndarray]:
    """Every motion as often as it is made: (feed or jump, x, y, turn, centre x, centre y, power, feed)."""
    parts, lines = [np.empty((0, 8))], [np.empty(0, dtype=np.int64)]
    for lap in program.laps:
        arc = lap.code >= 2
        at_feed = lap.code > 0
        rows = np.column_stack(
            [
                at_feed,
                lap.moves.end,
                np.where(lap.code == 3, 1.0, np.where(arc, -1.0, 0.0)),
                np.where(arc[:, None], lap.moves.centre, 0.0),
                lap.power,
                np.where(at_feed, lap.feed_mm_s, 0.0),
            ]
        )
        parts += [rows] * lap.times
        lines += [lap.line] * lap.times
    return np.concatenate(parts), np.concatenate(lines)


def _motions(calls: Iterable[str]) -> Floats:
    """The same of the canonical calls."""
    rows: list[tuple[float, ...]] = []
    gate, pending = True, None
    spindle, power, feed = False, 0.0, 0.0
    for call in calls:
        found = _CALL.match(call)
        if not found:
            continue
        name, text = found.groups()
        if name in ("STRAIGHT_TRAVERSE", "STRAIGHT_FEED", "ARC_FEED"):
            if pending is not None:
                gate, pending = pending, None
            numbers = [float(part) for part in text.split(",")]
            lit = power if gate and spindle else 0.0
            at_feed = name != "STRAIGHT_TRAVERSE"
            speed = feed / SECONDS_PER_MINUTE if at_feed else 0.0
            turn, centre = (numbers[4], (numbers[2], numbers[3])) if name == "ARC_FEED" else (0.0, (0.0, 0.0))
            rows.append((float(at_feed), numbers[0], numbers[1], turn, *centre, lit, speed))
        elif name in ("SET_MOTION_OUTPUT_BIT", "CLEAR_MOTION_OUTPUT_BIT"):
            pending = name.startswith("SET")
        elif name in ("SET_AUX_OUTPUT_BIT", "CLEAR_AUX_OUTPUT_BIT"):
            gate, pending = name.startswith("SET"), None
        elif name == "SET_SPINDLE_SPEED":
            power = float(text.split(",")[1])
        elif name.startswith("START_SPINDLE"):
            spindle = True
        elif name == "STOP_SPINDLE_TURNING":
            spindle = False
        elif name == "SET_FEED_RATE":
            feed = float(text)
    return np.array(rows).reshape(-1, 8)
