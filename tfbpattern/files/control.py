"""Control charts as a table: JOB.chart.COLUMN.BY.csv."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfbpattern.files.cells import csv_lines
from tfbpattern.model.control import ControlChart


def chart_csv(charts: Sequence[ControlChart], by: str) -> Iterator[str]:
    """A row for each group of each chart; rules that are broken with spaces between them."""
    text = csv_lines()
    yield text(["figure", by, "cells", "value", "lower_limit", "centre", "upper_limit", "rules"])
    for chart in charts:
        low, high = (float(f"{limit:.9g}") for limit in chart.limits)
        for group, count, value, rules in zip(
            chart.groups.tolist(), chart.counts.tolist(), chart.values.tolist(), chart.broken, strict=True
        ):
            shown = [float(f"{number:.9g}") for number in (value, chart.centre)]
            row = [chart.figure, group, count, shown[0], low, shown[1], high, " ".join(map(str, rules))]
            yield text(row)
