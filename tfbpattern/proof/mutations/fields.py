"""Faults in the drawings of scan fields and in their table."""

from __future__ import annotations

from tfbpattern.proof import dxf
from tfbpattern.proof.mutations import drawings
from tfbpattern.proof.mutations.mutant import BAD_MM, Mutant, Original, apart_mm

_MOVED_MM = 0.002


def moved(original: Original) -> Mutant | None:
    """A field is marked beside its place."""
    lines = _table(original)
    if lines is None:
        return None
    cells = lines[1].split(",")
    cells[3] = str(round(float(cells[3]) + _MOVED_MM, 6))
    lines[1] = ",".join(cells)
    return Mutant(texts={"fields": "\n".join(lines)}, harm=f"a field of isolation stands {_MOVED_MM:g} mm off")


def swapped(original: Original) -> Mutant | None:
    """Two fields with each other's drawings."""
    names = _drawings(original)
    for other in names[1:]:
        marks = [dxf.read(original.text(role)).space.strokes["CUT_ISOLATION"].moves() for role in (names[0], other)]
        off = apart_mm(*marks)
        if off > BAD_MM:
            texts = {names[0]: original.text(other), other: original.text(names[0])}
            return Mutant(texts=texts, harm=f"two fields are marked in each other's place, {off:.4f} mm off")
    return None


def ring_dropped(original: Original) -> Mutant | None:
    """A ring is missing in a field."""
    names = _drawings(original)
    return drawings.dropped_in(original, names[0]) if names else None


def inches(original: Original) -> Mutant | None:
    """A field's drawing says that its numbers are inches."""
    names = _drawings(original)
    return drawings.in_inches(original, names[0]) if names else None


def left_out(original: Original) -> Mutant | None:
    """A field is in no row of the table."""
    lines = _table(original)
    if lines is None:
        return None
    return Mutant(texts={"fields": "\n".join(lines[:1] + lines[2:])}, harm="a field is not marked")


def _table(original: Original) -> list[str] | None:
    if "fields" not in original.emitted.names:
        return None
    return original.text("fields").split("\n")


def _drawings(original: Original) -> list[str]:
    return [role for role in original.emitted.names if role.startswith("isolation_") and role != "isolation_gcode"]
