"""The small job with a tester, run into a folder, and results files for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.small_job import layout_of, small
from tfbpattern import pipeline

TESTER = """\
[tester]
sites = [2, 1]

[[tester.bins]]
code = 1
name = "good"
quality = "pass"
ocv_v = [0.5, 4.3]
z_ohm = [0, 60]

[[tester.bins]]
code = 2
name = "leaky"
quality = "fail"
ocv_v = [-1, 0.5]

"""
TESTED = small(("[machine]", f"{TESTER}[machine]"))
IDS = [f"R001-0001-R00{row}C00{column}" for row in (0, 1) for column in (0, 1, 2)]
HEAD = "cell_id,ocv_v,z_ohm,timestamp"


def folder_in(path: Path) -> Path:
    """The small job with a tester as a folder."""
    pipeline.run(layout_of(TESTED), path / "out")
    return path / "out"


def layout_sum() -> str:
    """The sum that its results files name."""
    return layout_of(TESTED).sha256


def written(path: Path, rows: Iterable[str], head: str = HEAD, comment: str | None = None) -> Path:
    """A results file of the given rows."""
    first = f"# layout_sha256: {layout_sum()}" if comment is None else comment
    path.write_text("\n".join([first, head, *rows]) + "\n", "utf-8")
    return path


def readings(values: Mapping[str, tuple[object, ...]]) -> list[str]:
    """Rows of a cell's id and its values."""
    return [",".join([name, *map(str, row)]) for name, row in values.items()]
