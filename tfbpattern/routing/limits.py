"""What a machine can do, held against what a job asks of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tfbpattern.errors import InfeasibleError
from tfbpattern.model.job import Job
from tfbpattern.model.toolpath import Toolpath


def check_limits(job: Job, toolpaths: Sequence[Toolpath]) -> None:
    """
    Make sure that speeds and places lie within the machine's limits.

    Raises:
        InfeasibleError: with what is needed and what there is.
    """
    machine = job.machine
    for toolpath in toolpaths:
        speed = toolpath.recipe.mark_speed_mm_s
        if speed > machine.max_mark_speed_mm_s:
            raise InfeasibleError(
                f"{toolpath.name} marks at {speed:g} mm/s; {machine.name!r} marks at"
                f" {machine.max_mark_speed_mm_s:g} mm/s at most"
            )
    reach = [toolpath.marks.vertices[:, :2] for toolpath in toolpaths if len(toolpath.marks)]
    # A belly of an arc reaches beyond its ends by its sagitta: half the chord times the bulge.
    belly = max((_largest_belly(toolpath) for toolpath in toolpaths), default=0.0)
    low = np.min([points.min(axis=0) for points in reach], axis=0) - belly + machine.origin_mm
    high = np.max([points.max(axis=0) for points in reach], axis=0) + belly + machine.origin_mm
    for axis, name in enumerate("xy"):
        if low[axis] < 0.0 or high[axis] > machine.travel_mm[axis]:
            raise InfeasibleError(
                f"the job leaves the travel of {machine.name!r}: it needs {name} from {low[axis]:.3f} to"
                f" {high[axis]:.3f} mm, with the web's origin at {machine.origin_mm[axis]:g} mm; the travel is 0 to"
                f" {machine.travel_mm[axis]:g} mm"
            )


def _largest_belly(toolpath: Toolpath) -> float:
    p0, p1, bulge, _ = toolpath.marks.segments
    if not len(bulge):
        return 0.0
    return float((np.hypot(*(p1 - p0).T) / 2.0 * np.abs(bulge)).max())
