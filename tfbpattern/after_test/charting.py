"""Control charts of a measured column."""

from __future__ import annotations

from pathlib import Path

from tfbpattern.after_test.maps import frame_words
from tfbpattern.after_test.tested import open_tested
from tfbpattern.errors import InputError
from tfbpattern.files.control import chart_csv
from tfbpattern.mapping.control import control_charts
from tfbpattern.model.control import ControlChart
from tfbpattern.report.chart import chart_svg


def chart(path: Path, column: str, by: str) -> tuple[list[ControlChart], Path]:
    """
    Control charts of a measured column by groups, as picture and table in the folder; and where the picture is.

    Raises:
        InputError: the folder has no results, no such column, or fewer than two groups.
        SystemFaultError: the folder cannot be written.
    """
    tested = open_tested(path)
    if column not in tested.results.readings.values:
        known = ", ".join(tested.results.readings.values)
        raise InputError(f"{path} has no measured column {column!r}; it has {known}")
    try:
        charts = control_charts(tested.results, column, by)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    words = frame_words(tested.results, None if len(tested.results.frames) > 1 else 0)
    picture = (f"{line}\n" for line in chart_svg(charts, f"{column} by {by}", words, by))
    stem = f"chart.{column}.{by}"
    role = f"chart_{column}_{by}"
    made = tested.folder.publish(
        path, {role: (f"{stem}.svg", picture), f"{role}_table": (f"{stem}.csv", chart_csv(charts, by))}, sections={}
    )
    return list(charts), path / made["files"][role]
