"""Integer programs solved by HiGHS so that every machine stops at the same place: one thread, nodes instead of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from tfbpattern.geometry.arcs import Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """Values of the columns (n,), and what no solution is better than (may be infinite)."""

    values: Floats
    bound: float


def solved(program: highspy.HighsLp, *, most_nodes: int, options: Mapping[str, Any]) -> Solution | None:
    """The best solution found within a number of nodes, or None where none was; *options* are HiGHS' own."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # highspy publishes no types
    fixed = {"output_flag": False, "threads": 1, "random_seed": 0, "mip_max_nodes": most_nodes}
    for option, value in {**fixed, **options}.items():
        solver.setOptionValue(option, value)
    solver.passModel(program)
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    return Solution(values=np.array(solver.getSolution().col_value), bound=float(info.mip_dual_bound))
