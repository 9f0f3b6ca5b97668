"""Nest to operations: what the laser marks for isolation and for singulation."""

from __future__ import annotations

from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.model.toolpath import Operation
from tfbpattern.scribing.isolation import isolation
from tfbpattern.scribing.singulation import singulation


def scribe(job: Job, nest: Nest) -> tuple[Operation, Operation]:
    """
    Isolation and singulation of a nest, in this order: the sheet is tested in between.

    Raises:
        InfeasibleError: a sliver would be left between two cuts, or tabs do not fit an outline.
    """
    return isolation(job, nest), singulation(job, nest)
