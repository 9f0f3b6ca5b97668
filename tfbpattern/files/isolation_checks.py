"""What the styles of isolation ask of an outline: how close lines must lie, and which of them an outline allows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tfbpattern.files.layout_schema import IsolationSection
from tfbpattern.files.problems import Problem
from tfbpattern.geometry import arcs
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.offsets import MITRE_LIMIT, offset
from tfbpattern.model.job import Job

# Sine of the angle by which the corner of a rectangle may be off (ours: a chord's worth of rounding).
_RIGHT = 1e-6


def widest_pitch_mm(isolation: IsolationSection, rings: tuple[Chain, ...]) -> float:
    """
    The widest even spacing at which lines of their least width around an outline leave no film between them.

    Along straight sides that is the width itself. In a corner of two mitred lines a spacing p apart the farthest
    point lies p / (1 + sin(angle / 2)) from both (computed), which half a width must reach. Corners too sharp to be
    mitred are cut off, and there lines lie :data:`MITRE_LIMIT` times as far apart.
    """
    least_mm = isolation.line_width_mm - isolation.tolerance_mm
    sine = min(_sharpest(ring) for ring in rings)
    if sine * MITRE_LIMIT < 1.0:
        return least_mm / MITRE_LIMIT / (1.0 + MITRE_LIMIT) * 2.0
    return least_mm * (1.0 + sine) / 2.0


def pitch_mm(isolation: IsolationSection, rings: tuple[Chain, ...]) -> float:
    """The pitch asked for, or the widest; rounded down to a nanometre."""
    widest = widest_pitch_mm(isolation, rings)
    return isolation.pitch_mm if isolation.pitch_mm is not None else np.floor(widest * 1e6) / 1e6


def _sharpest(ring: Chain) -> float:
    """Sine of half the angle between two segments that meet, of the sharpest corner; 1 where there is none."""
    start, end = arcs.tangents(*ring.segments)
    along = (np.roll(end, 1, axis=0) * start).sum(axis=1)
    # A turn by t leaves an angle of half a turn less t, on one side or the other.
    return float(np.sqrt(np.clip((1.0 + along) / 2.0, 0.0, 1.0)).min())


def check_style(name: str, isolation: IsolationSection, rings: tuple[Chain, ...]) -> Iterator[Problem]:
    """
    What is wrong with the style for the cell type *name*, whatever else the job says.

    *rings* are its outline, its active area and the middle of its trench, the last.
    """
    trench = rings[-1]
    room_mm = isolation.setback_mm - isolation.line_width_mm
    if isolation.style == "grid" and not _is_rectangle(trench):
        yield Problem(
            path=("isolation", "style"),
            message=f"straight lines run from cell to cell; the trench of {name!r} is no rectangle with sharp corners."
            ' "ring" follows any outline, with its sides in straight runs where the machine is quicker so',
        )
    for key in ("overcut_mm", "lead_in_mm"):
        if isolation.style == "grid" and (getattr(isolation, key) or 0.0) > room_mm + 1e-9:
            yield Problem(
                path=("isolation", key),
                message=f"the lines of a grid end in the strip between trench and outline, {room_mm:g} mm wide",
            )
    if isolation.style in ("double", "hatch") and isolation.pitch_mm is not None:
        widest = widest_pitch_mm(isolation, rings)
        if isolation.pitch_mm > widest + 1e-9:
            yield Problem(
                path=("isolation", "pitch_mm"),
                message=f"leaves film between two lines of {isolation.line_width_mm:g} mm less their tolerance of"
                f" {isolation.tolerance_mm:g} mm in the sharpest corner of {name!r}; at most {widest:.6g} mm do not",
            )


def check_lines(job: Job) -> Iterator[Problem]:
    """What is wrong with the lines of a style beside the trench: outlines in which they part, strips too wide."""
    if job.isolation.style not in ("double", "hatch"):
        return
    *beside, trench_mm = job.isolation_insets_mm
    if beside and max(beside) > trench_mm + 1e-9:
        yield Problem(
            path=("isolation", "style"),
            message=f"the strip in which the cut may run, {job.strip_mm:g} mm wide with the registration, reaches the"
            f" active area: its innermost line lies {max(beside):.6g} mm inside the outline, the trench's"
            f" {trench_mm:.6g} mm",
        )
        return
    for cell in job.cells:
        for inset_mm in beside:
            parts = len(offset(cell.outline, -inset_mm))
            if parts != 1:
                yield Problem(
                    path=("isolation", "style"),
                    message=f"{inset_mm:.6g} mm inside the outline of {cell.name!r} a line falls apart into {parts}"
                    " rings; film between them would stay",
                )
                break


def _is_rectangle(ring: Chain) -> bool:
    p0, p1, bulge = ring.segments
    if len(p0) != 4 or bulge.any():
        return False
    start, _ = arcs.tangents(p0, p1, bulge)
    return bool(np.abs((start * np.roll(start, 1, axis=0)).sum(axis=1)).max() < _RIGHT)
