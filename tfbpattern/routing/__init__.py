"""Operations and a machine to toolpaths: order, direction, overcut, and what it costs."""

from __future__ import annotations

from tfbpattern.model.machine import Gantry, Machine
from tfbpattern.model.toolpath import Effort, Toolpath
from tfbpattern.routing import galvo_time, gantry_time
from tfbpattern.routing.fields import scan_fields
from tfbpattern.routing.limits import check_speeds, check_travel
from tfbpattern.routing.serpentine import route

__all__ = ["check_speeds", "check_travel", "effort_of", "route", "scan_fields"]


def effort_of(toolpath: Toolpath, machine: Machine) -> Effort:
    """Lengths and times of a toolpath on a machine, by the model of its kind."""
    if isinstance(machine, Gantry):
        return gantry_time.effort(toolpath, machine)
    return galvo_time.effort(toolpath, machine)
