"""Matched stacks of tested cells, and their pick list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfbpattern.after_test.tested import open_tested
from tfbpattern.errors import InfeasibleError, InputError
from tfbpattern.files.manifest import text_of
from tfbpattern.files.stacks import parse_window, picklist_csv, stacks_csv, stacks_document
from tfbpattern.mapping.stacking import plan_stacks
from tfbpattern.model.stacks import StackPlan
from tfbpattern.pipeline import Progress


def stack(
    path: Path, layers: int, windows: Sequence[str], *, samples_per_bin: int = 0, progress: Progress | None = None
) -> dict[str, Any]:
    """
    Matched stacks and their pick list, written into a folder that has results; the document of stacks.json.

    *windows* are as in ``ocv_v=0.010`` or ``z_ohm=5%``.

    Raises:
        InputError: the folder has no results, or a window is none or of no measured column.
        InfeasibleError: not one stack can be made.
        SystemFaultError: the folder cannot be written.
    """
    asked = [parse_window(text) for text in windows]
    columns = [window.column for window in asked]
    if repeated := [column for column in columns if columns.count(column) > 1]:
        raise InputError(f"--match names {repeated[0]!r} twice")
    results = open_tested(path)
    for column in columns:
        if column not in results.results.readings.values:
            known = ", ".join(results.results.readings.values)
            raise InputError(f"--match: {path} has no measured column {column!r}; it has {known}")
    if progress:
        progress("stacking")
    plan = plan_stacks(results.results, layers, asked, samples_per_bin)
    if not plan.stacks:
        passed = int(results.results.passed.sum())
        raise InfeasibleError(f"not one stack of {layers} can be made of {passed} passing cells: {_why(plan)}")
    document = stacks_document(results.results, plan, asked)
    results.folder.publish(
        path,
        {
            "stacks_csv": ("stacks.csv", stacks_csv(results.results, plan, asked)),
            "stacks_json": ("stacks.json", [text_of(document)]),
            "stacks_picklist": ("picklist.csv", picklist_csv(results.results, plan)),
        },
        sections={"stacks": {"layers": layers, "stacks": len(plan.stacks), "bound": plan.bound}},
    )
    return document


def _why(plan: StackPlan) -> str:
    """The commonest reason of the cells that are left over."""
    reasons = Counter(plan.left_over.values())
    return reasons.most_common(1)[0][0] if reasons else "there are none"
