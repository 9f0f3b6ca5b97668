"""Operations and a machine to toolpaths: order, seams, straight runs, overcut, and what it costs."""

from __future__ import annotations

from tfbpattern.routing.choosing import effort_of, route
from tfbpattern.routing.fields import scan_fields
from tfbpattern.routing.limits import check_speeds, check_travel

__all__ = ["check_speeds", "check_travel", "effort_of", "route", "scan_fields"]
