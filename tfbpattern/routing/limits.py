"""What a machine can do, held against what a job asks of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tfbpattern.errors import InfeasibleError
from tfbpattern.model.job import Job
from tfbpattern.model.toolpath import Toolpath


def check_speeds(job: Job) -> None:
    """
    Make sure that the machine marks as fast as the recipes say, and its laser pulses as often.

    Raises:
        InfeasibleError: with what is asked for and what there is.
    """
    machine = job.machine
    for name, recipe in (("isolation", job.isolation.recipe), ("singulation", job.singulation.recipe)):
        if recipe.mark_speed_mm_s > machine.max_mark_speed_mm_s:
            raise InfeasibleError(
                f"{name} marks at {recipe.mark_speed_mm_s:g} mm/s; {machine.name!r} marks at"
                f" {machine.max_mark_speed_mm_s:g} mm/s at most"
            )
        if recipe.frequency_khz > machine.max_frequency_khz:
            raise InfeasibleError(
                f"{name} pulses at {recipe.frequency_khz:g} kHz; {machine.name!r} pulses at"
                f" {machine.max_frequency_khz:g} kHz at most"
            )


def check_travel(job: Job, toolpaths: Sequence[Toolpath]) -> None:
    """
    Make sure that every move, shifted by the machine's origin, lies within its travel.

    Raises:
        InfeasibleError: with what is needed and what there is.
    """
    machine = job.machine
    boxes = np.concatenate([toolpath.marks.boxes_mm for toolpath in toolpaths])
    # A nanometre beyond is noise of the float, not a move.
    low = boxes[:, :2].min(axis=0) + machine.origin_mm + 1e-6
    high = boxes[:, 2:].max(axis=0) + machine.origin_mm - 1e-6
    for axis, name in enumerate("xy"):
        if low[axis] < 0.0 or high[axis] > machine.travel_mm[axis]:
            raise InfeasibleError(
                f"the job leaves the travel of {machine.name!r}: it needs {name} from {low[axis]:.3f} to"
                f" {high[axis]:.3f} mm, with the web's origin at {machine.origin_mm[axis]:g} mm; the travel is 0 to"
                f" {machine.travel_mm[axis]:g} mm"
            )
