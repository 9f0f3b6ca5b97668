"""Faults in G-code: what a broken post, a bad cable or a helping hand does to a program."""

from __future__ import annotations

import re

import numpy as np

from tfbpattern.model.machine import Gantry
from tfbpattern.proof.gcode import Lap
from tfbpattern.proof.mutations import rewriting
from tfbpattern.proof.mutations.mutant import BAD_MM, Mutant, Original, in_a_trench, marks_of, read_program


def open_isolation(original: Original) -> Mutant | None:
    """A gap in a trench that leaves a micrometre of film standing."""
    isolation = original.emitted.job.isolation
    return rewriting.opened(original, "isolation", isolation.line_width_mm - isolation.tolerance_mm)


def open_cut(original: Original) -> Mutant | None:
    """A gap in a cut that leaves a micrometre of foil standing."""
    singulation = original.emitted.job.singulation
    return rewriting.opened(original, "singulation", singulation.kerf_mm - singulation.tolerance_mm)


def dropped_isolation(original: Original) -> Mutant | None:
    """A line of a ring is not there."""
    return rewriting.line_by_line(original, "isolation", rewriting.deleted)


def dropped_cut(original: Original) -> Mutant | None:
    """A line of the cut is not there."""
    return rewriting.line_by_line(original, "singulation", rewriting.dark)


def moved_isolation(original: Original) -> Mutant | None:
    """The end of a line is off; of several side by side one of the trench, which is no place for less."""

    def moved(lines: list[str], lap: Lap, k: int, machine: Gantry) -> list[str] | None:
        return rewriting.moved_end(lines, lap, k, machine) if in_a_trench(original, lap, k) else None

    return rewriting.line_by_line(original, "isolation", moved)


def moved_cut(original: Original) -> Mutant | None:
    """The end of a cut is off, sideways."""
    return rewriting.line_by_line(original, "singulation", rewriting.moved_end)


def offset_twice(original: Original) -> Mutant | None:
    """A ring is a line width too small."""
    return rewriting.smaller_ring(original)


def shifted_isolation(original: Original) -> Mutant | None:
    """The whole program stands off."""
    return rewriting.mapped(
        original, "isolation", lambda letter, value: value + rewriting.MOVED_MM if letter == "X" else value
    )


def shifted_cut(original: Original) -> Mutant | None:
    """The whole program stands off, along the web and across it."""
    return rewriting.mapped(
        original, "singulation", lambda letter, value: value + rewriting.MOVED_MM if letter in "XY" else value
    )


def mirrored(original: Original) -> Mutant | None:
    """The sheet from its back; across, or along where that changes nothing."""
    web = original.emitted.job.web
    for axis, centre, size in (("X", "I", web.width_mm), ("Y", "J", float(original.map[0]["web"]["frame_length_mm"]))):

        def turned(letter: str, value: float, axis: str = axis, centre: str = centre, size: float = size) -> float:
            return size - value if letter == axis else -value if letter == centre else value

        mutant = rewriting.mapped(original, "isolation", turned, swap_arcs=True)
        if mutant is not None:
            return mutant
    return None


def cut_through(original: Original) -> Mutant | None:
    """A cut goes on across its neighbour: a lit line from where the last one ended to the middle of a cell."""
    found = rewriting.read(original, "singulation")
    if found is None:
        return None
    text, machine, lap = found
    _, cells = original.map
    k = rewriting.candidates(lap)[0]
    lines = text.split("\n")
    x, y = float(cells.x_mm[0]), float(cells.y_mm[0])
    at = int(lap.line[k])
    back = rewriting.full(lap, k, machine, (float(lap.moves.end[k, 0]), float(lap.moves.end[k, 1])), code=1)
    there = rewriting.full(lap, k, machine, (x, y), code=1)
    lines[at:at] = [there, back]
    return rewriting.measured(original, "singulation", text, "\n".join(lines), machine)


def marked_twice(original: Original) -> Mutant | None:
    """A line is marked forth, back and forth again: the film gets three times its dose."""
    found = rewriting.read(original, "isolation")
    if found is None:
        return None
    text, machine, lap = found
    k = rewriting.candidates(lap)[0]
    lines = text.split("\n")
    back = rewriting.backwards(lap, k, machine)
    lines[int(lap.line[k]) : int(lap.line[k])] = [back, rewriting.full(lap, k, machine)]
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
    found = rewriting.read(original, "isolation")
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
        off = ("M63 P0", "M65 P0") if machine.post == "linuxcnc" else ("M5",)
        spots = [k for k, line in enumerate(lines) if line in off][1:-1]
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


def flash(original: Original) -> Mutant | None:
    """On the way from stroke to stroke the head stops in a cell, and the beam is on for a moment."""
    found = rewriting.read(original, "singulation")
    if found is None:
        return None
    text, machine, lap = found
    _, cells = original.map
    # A jump, which says where it goes and is dark: before it comes another one, to the middle of a cell.
    jumps = [k for k in np.flatnonzero(lap.code == 0).tolist() if k > 0]
    if not jumps:
        return None
    k = jumps[len(jumps) // 2]
    x, y = (rewriting.coordinate(float(at[0])) for at in (cells.x_mm, cells.y_mm))
    there = rewriting.full(lap, k, machine)
    on, off = {
        "linuxcnc": (["M64 P0"], ["M65 P0"]),
        "iso6983": (["M3"], ["M5"]),
        "grbl": (["M3S1"], ["M4S0"]),
    }[machine.post]
    lines = text.split("\n")
    at = int(lap.line[k]) - 1
    lines[at : at + 1] = [f"G0X{x}Y{y}" + ("S0" if machine.post == "grbl" else ""), *on, *off, there]
    changed = "\n".join(lines)
    return Mutant(texts={"singulation_gcode": changed}, harm=f"a hole is burnt into {cells.ids[0]}")


def behind_the_end(original: Original) -> Mutant | None:
    """Motion behind the end code, which a controller that is fed line by line carries out."""
    found = rewriting.read(original, "singulation")
    if found is None:
        return None
    lines = found[0].split("\n")
    at = next(k for k, line in enumerate(lines) if line in ("M2", "M30")) + 1
    lines[at:at] = ["G21G90G17G94F6000", "M3S1000", "G1X1Y1", "M5"]
    return Mutant(texts={"singulation_gcode": "\n".join(lines)}, harm="a cut across the sheet may follow the end")


def corners_left(original: Original) -> Mutant | None:
    """The controller may leave corners by a millimetre."""
    if original.machine is None:
        return None
    text = original.text("singulation_gcode")
    changed = re.sub(r"G64 P[0-9.]+|G61", "G64 P1", text, count=1)
    if changed == text:
        return None
    return Mutant(texts={"singulation_gcode": changed}, harm="corners may be cut 1 mm off")


def mode_not_said(original: Original) -> Mutant | None:
    """A mode is left as an earlier program has left it."""
    if original.machine is None:
        return None
    text = original.text("singulation_gcode")
    changed = text.replace("G17", "", 1)
    return Mutant(texts={"singulation_gcode": changed}, harm="arcs may be run in another plane than that of the web")


def lit_end(original: Original) -> Mutant | None:
    """The program ends with the beam on."""
    found = rewriting.read(original, "singulation")
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
    return rewriting.scaled_word(original, "S", "the film is burnt with a tenth more power")


def power_of_the_cut(original: Original) -> Mutant | None:
    """The film is marked with the power that the foil is cut with."""
    job, found = original.emitted.job, rewriting.read(original, "isolation")
    powers = [settings.recipe.power_percent for settings in (job.isolation, job.singulation)]
    if found is None or powers[0] == powers[1]:
        return None
    text, machine, _ = found
    told, wrong = (rewriting.coordinate(machine.max_power * percent / 100.0) for percent in powers)
    changed = re.sub(rf"(?<=S){re.escape(told)}(?![0-9.])", wrong, text)
    if changed == text:
        return None
    return Mutant(texts={"isolation_gcode": changed}, harm=f"the film is marked with S{wrong} for S{told}")


def turned_arc(original: Original) -> Mutant | None:
    """An arc is run the other way around."""
    found = rewriting.read(original, "isolation")
    if found is None:
        return None
    text, machine, lap = found
    for k in rewriting.arcs(lap):
        lines = text.split("\n")
        lines[int(lap.line[k]) - 1] = rewriting.full(lap, k, machine, code=5 - int(lap.code[k]))
        mutant = rewriting.measured(original, "isolation", text, "\n".join(lines), machine)
        if mutant is not None:
            return mutant
    return None


def standing_still(original: Original) -> Mutant | None:
    """The head waits in a corner with the laser on."""
    found = rewriting.read(original, "isolation")
    if found is None:
        return None
    text, machine, lap = found
    k = rewriting.candidates(lap)[0]
    lines = text.split("\n")
    # What is dark while it stands must be told not to be.
    lines[int(lap.line[k]) : int(lap.line[k])] = ["M3", "G4 P0.5"] if machine.post == "grbl" else ["G4 P0.5"]
    return Mutant(texts={"isolation_gcode": "\n".join(lines)}, harm="the beam burns one spot for half a second")


def other_origin(original: Original) -> Mutant | None:
    """The origin is set anew before the first jump."""
    found = rewriting.read(original, "singulation")
    if found is None:
        return None
    text, _, _ = found
    lines = text.split("\n")
    first = next(k for k, line in enumerate(lines) if line.startswith(("G0", "G00")))
    lines.insert(first, "G10 L2 P1 X0.1 Y0")
    return Mutant(texts={"singulation_gcode": "\n".join(lines)}, harm="everything is cut 0.1 mm beside its place")


def faster(original: Original) -> Mutant | None:
    """F a tenth higher."""
    return rewriting.scaled_word(original, "F", "the film gets a tenth less energy")


def pass_left_out(original: Original) -> Mutant | None:
    """One pass less than the recipe asks for."""
    passes = original.emitted.job.singulation.recipe.passes
    found = rewriting.read(original, "singulation")
    if found is None or passes < 2:
        return None
    text, machine, lap = found
    if machine.post != "linuxcnc":
        lines = text.split("\n")
        lit = lap.line[lap.lit & (lap.code > 0)]
        begin = int(lit[len(lit) - len(lit) // passes])
        end = max(k for k, line in enumerate(lines) if line == "M5")
        # From the jump before the last pass's first mark to the end of the path.
        before = begin - 2 if machine.post == "grbl" else begin - 3
        changed = "\n".join([*lines[:before], *(["S0"] if machine.post == "grbl" else []), *lines[end:]])
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
