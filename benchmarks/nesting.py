"""
Nests of rectangles side by side with what a user would take instead: cells, ratio to the bound, seconds; Markdown.

    python benchmarks/nesting.py [--suite SUITE] [--rivals PYTHON] [--seconds 10] [--sheets 300]

PYTHON is an interpreter of version 3.12 or newer that has the packages packingsolver and rectpack; without it the
columns of these two are left out. Seconds are those of the search, in a process that has searched once before.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from numba import njit

from tfbpattern.files.layout import parse_layout
from tfbpattern.model.job import Job
from tfbpattern.nesting import nest
from tfbpattern.nesting.area_bound import area_bound
from tfbpattern.nesting.field import field_of

_HERE = Path(__file__).resolve().parent

# Sheet, box, optimum: E. G. Birgin, R. D. Lobato, R. Morabito, J. Opl Res. Soc. 61, 2010, and the public case.
_PLP = (
    (43, 26, 7, 3, 53),
    (57, 34, 7, 4, 69),
    (61, 35, 10, 3, 71),
    (67, 40, 11, 3, 81),
    (93, 46, 13, 4, 82),
    (141, 71, 13, 8, 96),
    (86, 52, 9, 5, 99),
    (52, 33, 9, 4, 47),
    (42, 39, 9, 4, 45),
    (87, 47, 7, 6, 97),
    (88, 54, 15, 7, 42),
    (32, 22, 5, 4, 34),
    (32, 27, 5, 4, 42),
    (4001, 3001, 74, 52, 3118),
)
_SPACING = 0.1


class Sheet(NamedTuple):
    """A rectangle w x h, turned or not, on width x length, one spacing apart; millimetres; ``more`` is TOML."""

    width: float
    length: float
    w: float
    h: float
    more: str = ""
    optimum: int | None = None

    def job(self) -> Job:
        """The same as a job."""
        text = f"""
schema = 1
[job]
name = "sheet"
[web]
width_mm = {self.width!r}
frame_length_mm = {self.length!r}
stand_alone = true
{self.more}
[[cells]]
name = "C"
outline = {{ kind = "rect", width_mm = {self.w!r}, height_mm = {self.h!r} }}
[isolation]
setback_mm = 0.1
[singulation]
kerf_mm = {_SPACING}
[machine]
use = "linuxcnc-gantry"
travel_mm = [2000, 2000]
"""
        return parse_layout(text, name="sheet.toml", folder=_HERE).job

    def boxes(self) -> tuple[int, int, int, int]:
        """Sheet and cell, both one spacing larger, in hundredths of a millimetre."""
        sides = (self.width, self.length, self.w, self.h)
        width, length, w, h = (round((side + _SPACING) * 100) for side in sides)
        return width, length, w, h


def plp() -> Iterator[Sheet]:
    """The instances with proved optima: boxes of whole millimetres, so cells one spacing less."""
    for width, length, w, h, optimum in _PLP[:-1]:
        yield Sheet(width - _SPACING, length - _SPACING, w - _SPACING, h - _SPACING, optimum=optimum)
    # The last one in tenths of a millimetre.
    yield Sheet(400.0, 300.0, 7.3, 5.1, optimum=_PLP[-1][-1])


def random_sheets(count: int) -> Iterator[Sheet]:
    """2 to 30 mm in steps of 0.01, 0.1 and 1 mm, on 300 x 300 to 300 x 1000 mm."""
    rnd = random.Random(20)
    for _ in range(count):
        step = rnd.choice((1, 10, 100))

        def side(low: float, high: float, step: int = step) -> float:
            return rnd.randrange(round(low * 100), round(high * 100) + 1, step) / 100

        w, h = side(2, 30), side(2, 30)
        while w == h:
            h = side(2, 30)
        yield Sheet(300.0, side(300, 1000), w, h)


def obstacles(count: int) -> Iterator[Sheet]:
    """A splice, eight fiducials and ten defects on 300 x 400 mm."""
    places = ((4, 4), (296, 4), (4, 180), (296, 180), (4, 396), (296, 396), (150, 4), (150, 396))
    marks = "".join(
        f'[[web.fiducials]]\nname = "F{k}"\nx_mm = {x}\ny_mm = {y}\nsize_mm = 1.0\nclearance_mm = 1.0\n'
        for k, (x, y) in enumerate(places)
    )
    for seed in range(count):
        rnd = random.Random(seed)
        splice = f'[[web.keepouts]]\nname = "S"\nrect_mm = [0, {rnd.randint(60, 330)}, 300, 12]\nclearance_mm = 0.2\n'
        defects = "".join(
            f'[[web.keepouts]]\nname = "D{k}"\ncircle_mm = [{rnd.randint(9, 290)}.3, {rnd.randint(9, 390)}.7, 0.2]\n'
            for k in range(10)
        )
        yield Sheet(300.0, 400.0, 7.3, 5.1, more=marks + splice + defects)


def naive(sheet: Sheet) -> int:
    """The better of the two straight grids."""
    width, length, w, h = sheet.boxes()
    return max((width // w) * (length // h), (width // h) * (length // w))


@njit(cache=True)
def four_blocks(width: int, length: int, a: int, b: int) -> int:
    """The best of four homogeneous blocks in the corners, two upright and two turned (H. J. Steudel, 1979)."""
    best = 0
    for i in range(width // a + 1):
        wide2 = (width - i * a) // b * b
        for k in range(width // b + 1):
            wide3 = (width - k * b) // a * a
            for j in range(length // b + 1):
                high4 = (length - j * b) // a * a
                for n in range(length // b + 1):
                    high2 = (length - n * b) // a * a
                    if i * a > width - wide3 and j * b > length - n * b:
                        continue
                    if k * b > width - wide2 and high2 > length - high4:
                        continue
                    count = i * j + (wide2 // b) * (high2 // a) + (wide3 // a) * n + k * (high4 // a)
                    best = max(best, count)
    return best


def rivals(python: str, sheets: Sequence[Sheet], seconds: float) -> list[dict[str, Any]]:
    """What PackingSolver and rectpack reach, by the other interpreter; one dictionary a sheet."""
    request = json.dumps({"seconds": seconds, "sheets": [sheet.boxes() for sheet in sheets]})
    done = subprocess.run(
        [python, str(_HERE / "nesting_rivals.py")], input=request, capture_output=True, text=True, check=True
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _row(sheet: Sheet, other: dict[str, Any] | None) -> list[Any]:
    job = sheet.job()
    begin = time.perf_counter()
    found = nest(job)
    seconds = time.perf_counter() - begin
    count = len(found.placements)
    row = [
        f"{sheet.w:g} x {sheet.h:g} on {sheet.width:g} x {sheet.length:g}",
        naive(sheet),
        four_blocks(*sheet.boxes()),
        *((other["packingsolver"], other["rectpack"]) if other else ()),
        count,
        found.upper_bound,
        f"{found.gap:.2%}",
        f"{found.bound}{', proved' if found.proved_optimal else ''}",
        found.method,
        f"{seconds:.2f}",
    ]
    return row


def _print(rows: list[list[Any]], with_rivals: bool) -> None:
    others = ["PackingSolver", "rectpack"] if with_rivals else []
    heads = ["cells of, mm", "grid", "four blocks", *others, "tfbpattern", "bound", "gap", "by", "method", "s"]
    print("|", " | ".join(heads), "|")
    print("|---" + "|--:" * (len(heads) - 4) + "|---|---|--:|")
    for row in rows:
        print("|", " | ".join(str(item) for item in row), "|")
    print()


def _summary(rows: list[list[Any]], with_rivals: bool) -> None:
    ours = 5 if with_rivals else 3
    gaps = sorted((row[ours + 1] - row[ours]) / row[ours + 1] for row in rows)
    print(f"- {len(rows)} sheets, {sum(gap == 0 for gap in gaps)} proved; gap {statistics.mean(gaps):.3%} on average,")
    print(f"  {gaps[int(0.95 * (len(gaps) - 1))]:.3%} at 95 %, {gaps[-1]:.3%} at most")
    for name, column in (("four blocks", 2), *((("PackingSolver", 3),) if with_rivals else ())):
        better = sum(row[ours] > row[column] for row in rows)
        worse = [row[0] for row in rows if row[ours] < row[column]]
        extra = statistics.mean(row[ours] / max(row[column], 1) for row in rows) - 1
        print(f"- against {name}: more on {better}, fewer on {len(worse)} {worse or ''}, {extra:+.2%} on average")
    times = sorted(float(row[-1]) for row in rows)
    print(f"- seconds: {statistics.median(times):.2f} in the middle, {times[-1]:.2f} at most\n")


def _obstacles(count: int) -> None:
    print("| sheet | free area / pitch | less one for each mark and defect | tfbpattern | of that | method | s |")
    print("|---|--:|--:|--:|--:|---|--:|")
    for k, sheet in enumerate(obstacles(count)):
        job = sheet.job()
        begin = time.perf_counter()
        found = nest(job)
        seconds = time.perf_counter() - begin
        free = area_bound(field_of(job, sheet.length), job.cells[0])
        cells = len(found.placements)
        print(f"| {k} | {free} | {free - 18} | {cells} | {cells / (free - 18):.2%} | {found.method} | {seconds:.2f} |")
    print()


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--suite", choices=["public", "plp", "random", "obstacles", "large"], action="append")
    parser.add_argument("--rivals", metavar="PYTHON")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each sheet, to PackingSolver")
    parser.add_argument("--sheets", type=int, default=300, help="of the random suite")
    options = parser.parse_args()
    nest(Sheet(43.0, 26.0, 6.9, 2.9).job())
    nest(next(obstacles(1)).job())
    suites = {
        "public": [Sheet(300.0, 400.0, 7.3, 5.1)],
        "plp": list(plp()),
        "random": list(random_sheets(options.sheets)),
        "large": [Sheet(300.0, 577.0, 1.55, 0.95), Sheet(300.0, 1000.0, 1.9, 1.4), Sheet(300.0, 1000.0, 1.7, 1.6)],
    }
    for name in options.suite or [*suites, "obstacles"]:
        print(f"### {name}\n")
        if name == "obstacles":
            _obstacles(10)
            continue
        sheets = suites[name]
        asked = rivals(options.rivals, sheets, options.seconds) if options.rivals and name != "large" else None
        rows = [_row(sheet, asked[k] if asked else None) for k, sheet in enumerate(sheets)]
        _print(rows if name != "random" else rows[:10], asked is not None)
        _summary(rows, asked is not None)
        wrong = [
            sheet for sheet, row in zip(sheets, rows, strict=True) if sheet.optimum and sheet.optimum not in row[3:]
        ]
        if wrong:
            print(f"- short of the proved optimum: {wrong}\n")


if __name__ == "__main__":
    main()
