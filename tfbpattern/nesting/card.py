"""
The straight grid in whole steps of the probe card, so that every touchdown is a full one.

A card whose sites stand k cells apart covers, in k touchdowns that interleave, k times its sites: a step.
"""

from __future__ import annotations

import math

from tfbpattern.model.cell import CellType
from tfbpattern.model.tester import Tester
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.grid import SAME_MM, Steps, best_grid, least_pitches
from tfbpattern.nesting.pattern import Pattern


def card_steps(field: Field, cell: CellType, *, effort: int) -> Pattern | None:
    """The straight grid in whole steps of the card with the most cells, or None where not one step has room."""
    assert field.card is not None
    steps = {angle: steps_at(field, cell, angle, field.card) for angle in cell.rotations_deg}
    return best_grid(
        field, cell, {angle: step for angle, step in steps.items() if step}, effort=effort, method="card steps"
    )


def steps_at(field: Field, cell: CellType, rotation_deg: float, card: Tester) -> Steps | None:
    """Pitches and step of a rotation; None where the card's pitch is less than a cell and its spacing."""
    least_x, least_y = least_pitches(field, cell, rotation_deg)
    if card.pitch_mm is None:
        return Steps(least_x, least_y, card.columns, card.rows)
    stride_x = _stride(card.pitch_mm[0], least_x, field.sliver_mm)
    stride_y = _stride(card.pitch_mm[1], least_y, field.sliver_mm)
    if not stride_x or not stride_y:
        return None
    return Steps(
        card.pitch_mm[0] / stride_x, card.pitch_mm[1] / stride_y, stride_x * card.columns, stride_y * card.rows
    )


def _stride(card_mm: float, least_mm: float, sliver_mm: float) -> int:
    """The most cells from site to site: one spacing apart, or so far that the foil between two cuts is no sliver."""
    for stride in range(math.floor(card_mm / least_mm + SAME_MM), 0, -1):
        left_over = card_mm / stride - least_mm
        if left_over < SAME_MM or left_over >= sliver_mm - SAME_MM:
            return stride
    return 0
