"""Faults in the DXF drawings."""

from __future__ import annotations

import re
from collections.abc import Callable

from tfbpattern.proof.mutations.mutant import Mutant, Original

_MOVED_MM = 0.003


def stroke_dropped(original: Original) -> Mutant | None:
    """A stroke is not drawn."""
    return dropped_in(original, "cut_dxf")


def dropped_in(original: Original, role: str) -> Mutant | None:
    """A stroke is not drawn in one of the drawings."""
    return _one(original, role, "LWPOLYLINE", lambda _: None, "the patterning tool leaves out a stroke")


def stroke_moved(original: Original) -> Mutant | None:
    """The first point of a stroke is off."""
    return _one(original, "cut_dxf", "LWPOLYLINE", _point_moved, f"a point is drawn {_MOVED_MM:g} mm off")


def stroke_opened(original: Original) -> Mutant | None:
    """A closed stroke is drawn open."""
    if "\n 70\n1\n" not in original.text("cut_dxf"):
        return None

    def opened(record: str) -> str:
        return record.replace("\n 70\n1\n", "\n 70\n0\n", 1)

    return _one(original, "cut_dxf", "LWPOLYLINE", opened, "a ring is not closed")


def inches(original: Original) -> Mutant | None:
    """The drawing says that its numbers are inches."""
    return in_inches(original, "cut_dxf")


def in_inches(original: Original, role: str) -> Mutant | None:
    """One of the drawings says that its numbers are inches."""
    text = original.text(role)
    changed = re.sub(r"(\$INSUNITS\n *70\n *)4\n", r"\g<1>1\n", text, count=1)
    return Mutant(texts={role: changed}, harm="everything is 25.4 times as large") if changed != text else None


def in_a_block(original: Original) -> Mutant | None:
    """A line across the sheet in the block that some readers show as model space."""
    text = original.text("cut_dxf")
    line = "  0\nLWPOLYLINE\n  8\nCUT_SINGULATION\n 90\n2\n 70\n0\n 10\n1\n 20\n1\n 10\n9\n 20\n9\n"
    changed = text.replace("  0\nENDBLK\n", f"{line}  0\nENDBLK\n", 1)
    return Mutant(texts={"cut_dxf": changed}, harm="some readers cut across the sheet") if changed != text else None


def layer_off(original: Original) -> Mutant | None:
    """The layer of a program is switched off."""
    text = original.text("cut_dxf")
    changed = re.sub(r"(\n  2\nCUT_SINGULATION\n(?: *\d+\n.*\n)*? 62\n *)(\d)", r"\g<1>-\2", text, count=1)
    return (
        Mutant(texts={"cut_dxf": changed}, harm="the patterning tool leaves out a layer") if changed != text else None
    )


def cut_off(original: Original) -> Mutant | None:
    """The drawing ends in the middle."""
    text = original.text("cut_dxf")
    return Mutant(texts={"cut_dxf": text[: len(text) // 2]}, harm="half of the strokes are lost")


def cell_dropped(original: Original) -> Mutant | None:
    """A cell is not drawn."""
    return _one(original, "drawing_dxf", "INSERT", lambda _: None, "a cell is not drawn")


def ids_swapped(original: Original) -> Mutant | None:
    """Two cells are drawn under each other's ids."""
    ids = original.map[1].ids
    if len(ids) < 2:
        return None
    one, other = ids[0], ids[-1]
    text = original.text("drawing_dxf")
    swapped = (
        text.replace(f"\n{one}\n", "\n\0\n").replace(f"\n{other}\n", f"\n{one}\n").replace("\n\0\n", f"\n{other}\n")
    )
    return Mutant(texts={"drawing_dxf": swapped}, harm=f"{one} and {other} are drawn for each other")


def outline_changed(original: Original) -> Mutant | None:
    """The block of the cell has another outline."""
    text = original.text("drawing_dxf")
    begin = text.index("\n  2\nBLOCKS\n")
    name = original.emitted.job.cells[0].name
    at = text.find("\nREF_OUTLINE\n", text.index(f"\n  2\n{name}\n", begin))
    if at < 0:
        return None
    changed = text[:at] + _point_moved(text[at:])
    return Mutant(texts={"drawing_dxf": changed}, harm=f"a corner is drawn {_MOVED_MM:g} mm off")


def _point_moved(record: str) -> str:
    """The first point off in both directions, so that it leaves any line through it."""

    def moved(match: re.Match[str]) -> str:
        x, y = (float(match.group(k)) + _MOVED_MM for k in (1, 2))
        return f"\n 10\n{x:.6f}\n 20\n{y:.6f}\n"

    return re.sub(r"\n 10\n([-0-9.]+)\n 20\n([-0-9.]+)\n", moved, record, count=1)


def _one(original: Original, role: str, kind: str, change: Callable[[str], str | None], harm: str) -> Mutant | None:
    """The middle one of the entities of a kind changed, or left out; of the rings where there are any."""
    text = original.text(role)
    mark = f"\n  0\n{kind}\n"
    body = text.index("\n  2\nENTITIES\n")
    spots = [m.start() for m in re.finditer(re.escape(mark), text[body:])]
    if not spots:
        return None
    begin = body + spots[len(spots) // 4]
    end = text.index("\n  0\n", begin + len(mark) - 1)
    record = text[begin:end]
    changed = change(record)
    if changed == record:
        return None
    return Mutant(texts={role: text[:begin] + (changed or "") + text[end:]}, harm=harm)
