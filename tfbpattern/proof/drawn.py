"""Whether what is marked is what was drawn: a program's marks against the strokes of the cut drawing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tfbpattern.model.finding import Finding
from tfbpattern.proof.covering import gaps
from tfbpattern.proof.curves import Floats, Moves
from tfbpattern.proof.dxf import Strokes

# The issue of both files: a micrometre, and the raster that a program is rounded to.
_SAME_MM = 0.001
# Steps of the raster among which a gap in the lengths of moves is looked for (ours: 64 steps are no line of a cell).
_MOST_STEPS = 64


def compare(marks: Moves, wanted: Moves, resolution_mm: float, operation: str, file: str) -> Iterator[Finding]:
    """The marks are the drawing's strokes as they are to be run, in the same order."""
    allowed = _SAME_MM + resolution_mm
    # What is no longer than the raster may be gone in one and not in the other.
    least = _least(np.concatenate([marks.lengths_mm, wanted.lengths_mm]), resolution_mm)
    made, meant = (moves.taken(moves.lengths_mm > least) for moves in (marks, wanted))
    off = _apart(made, meant)
    if off is not None and (not len(off) or off.max() <= allowed):
        return
    yield from _differences(marks, wanted, allowed, operation, file)
    longer = float(marks.lengths_mm.sum() - wanted.lengths_mm.sum())
    if off is not None:
        k = int(np.argmax(off > allowed))
        yield Finding(
            rule="map.marks",
            message=f"{operation} is not marked in the order of the drawing; the first stroke that differs is"
            f" {int(meant.owner[k])}",
            measured=float(off[k]),
            limit=allowed,
            x_mm=float(meant.start[k, 0]),
            y_mm=float(meant.start[k, 1]),
            file=file,
        )
    elif _unlike(marks, wanted, resolution_mm) or abs(longer) > allowed:
        yield Finding(
            rule="map.marks",
            message=f"{operation} marks {len(made)} lines and arcs where {len(meant)} are drawn,"
            f" {longer:+.4f} mm in all",
            measured=float(len(made)),
            limit=float(len(meant)),
            unit="",
            file=file,
        )


def _apart(made: Moves, meant: Moves) -> Floats | None:
    """How far each move is from the one in its place; None where there are more of one than of the other."""
    if len(made) != len(meant):
        return None
    half = np.full(len(made), 0.5)
    off: Floats = np.maximum.reduce(
        [
            np.hypot(*(made.start - meant.start).T),
            np.hypot(*(made.end - meant.end).T),
            np.hypot(*(made.points_at(half) - meant.points_at(half)).T),
        ]
    )
    return off


def _least(lengths: Floats, resolution_mm: float) -> float:
    """A length of a few steps of the raster that parts short moves from long ones, on whichever side of rounding."""
    # Both ends are rounded by half a diagonal at most, and the drawing's to the nanometre.
    doubt = 1.5 * resolution_mm + 2e-6
    for steps in range(2, _MOST_STEPS):
        if not ((lengths > steps * resolution_mm - doubt) & (lengths < steps * resolution_mm + doubt)).any():
            return steps * resolution_mm
    return 2.0 * resolution_mm


def _unlike(marks: Moves, wanted: Moves, resolution_mm: float) -> bool:
    """Whether the numbers of moves differ by more than those about which the raster leaves a doubt."""
    counts = []
    for moves in (marks, wanted):
        length = moves.lengths_mm
        counts.append((int((length > 4.0 * resolution_mm + 4e-6).sum()), int((length > 1e-6).sum())))
    return counts[0][0] > counts[1][1] or counts[1][0] > counts[0][1]


def compare_parts(
    marks: Moves, parts: int, drawn: Strokes, overlap_mm: float, operation: str, file: str
) -> Iterator[Finding]:
    """The same for strokes that were parted, each part longer by the overlap, in whatever order."""
    wanted = drawn.moves()
    yield from _differences(marks, wanted, _SAME_MM, operation, file)
    longer = float(marks.lengths_mm.sum() - wanted.lengths_mm.sum())
    # Each cut through a stroke makes one part more, and adds one overlap at most.
    most = (parts - len(drawn)) * overlap_mm + 2.0 * _SAME_MM * parts
    if longer > most or longer < -2.0 * _SAME_MM * parts:
        yield Finding(
            rule="map.marks",
            message=f"{operation}: the fields mark {longer:+.3f} mm more than is drawn; overlaps explain {most:.3f} mm",
            measured=longer,
            limit=most,
            file=file,
        )


def _differences(marks: Moves, wanted: Moves, allowed: float, operation: str, file: str) -> Iterator[Finding]:
    for these, those, what in ((wanted, marks, "is drawn and not marked"), (marks, wanted, "is marked and not drawn")):
        p, q, owner = these.chords()
        a, b, _ = those.chords()
        # Each move is a curve of its own in one frame.
        off = gaps((p, q, owner), (a, b, np.zeros(len(a), dtype=np.int64)), allowed, one_frame=True)
        for k in np.argsort(-off.length_mm, kind="stable").tolist():
            x, y = off.middle[k].tolist()
            yield Finding(
                rule="map.marks",
                message=f"{operation}: {off.length_mm[k]:.4f} mm {what}",
                measured=float(off.length_mm[k]),
                limit=allowed,
                x_mm=x,
                y_mm=y,
                file=file,
            )


def with_overcut(drawn: Strokes, overcut_mm: float) -> Moves:
    """The strokes as moves; closed ones go on past their start."""
    moves = drawn.moves()
    if overcut_mm <= 0.0 or not drawn.closed.any():
        return moves
    count = np.bincount(moves.owner, minlength=len(drawn))
    first = np.cumsum(count) - count
    place = np.arange(len(moves)) - first[moves.owner]
    parts, owners, places = [moves], [moves.owner], [place]
    going = np.flatnonzero(drawn.closed)
    left: Floats = np.full(len(going), overcut_mm)
    step = 0
    while len(going):
        here = moves.taken(first[going] + step % count[going])
        length = here.lengths_mm
        part = np.where(length > left, left / np.where(length > 0.0, length, 1.0), 1.0)
        parts.append(
            Moves(
                start=here.start,
                end=here.points_at(part),
                centre=here.centre,
                sweep_rad=here.sweep_rad * part,
                owner=here.owner,
            )
        )
        owners.append(going)
        places.append(count[going] + step)
        more = left > length
        going, left, step = going[more], (left - length)[more], step + 1
    order = np.lexsort((np.concatenate(places), np.concatenate(owners)))
    return Moves.joined(parts).taken(order)


def led_in(drawn: Strokes, lead_in_mm: float, overcut_mm: float) -> Moves:
    """The strokes as moves; closed ones begin before their start, on their own path, and go on past it."""
    moves = with_overcut(drawn, overcut_mm)
    if lead_in_mm <= 0.0 or not drawn.closed.any():
        return moves
    whole = drawn.moves()
    count = np.bincount(whole.owner, minlength=len(drawn))
    last = np.cumsum(count) - 1
    parts, owners, places = [moves], [moves.owner], [np.zeros(len(moves), dtype=np.int64)]
    going = np.flatnonzero(drawn.closed)
    left: Floats = np.full(len(going), lead_in_mm)
    step = 0
    while len(going):
        here = whole.taken(last[going] - step % count[going])
        length = here.lengths_mm
        part = np.minimum(left / length, 1.0)
        parts.append(
            Moves(
                start=here.points_at(1.0 - part),
                end=here.end,
                centre=here.centre,
                sweep_rad=here.sweep_rad * part,
                owner=here.owner,
            )
        )
        owners.append(going)
        places.append(np.full(len(going), -1 - step))
        more = left > length
        going, left, step = going[more], (left - length)[more], step + 1
    # Stable: a stroke's own moves keep their order.
    order = np.lexsort((np.concatenate(places), np.concatenate(owners)))
    return Moves.joined(parts).taken(order)
