"""
Nests of shapes that are no rectangles: cells, share of the area bound, density of the pattern, seconds; Markdown.

    python benchmarks/shapes.py [--suite SUITE] [--rivals PYTHON] [--seconds 30] [--sheets 100] [--effort 3]

PYTHON is an interpreter of version 3.12 or newer that has the packages packingsolver and spyrrow, or one of them; the
columns of those it has not are left out.
Spacing is 0.1 mm, quarter turns are allowed. Seconds are those of the search, in a process that has searched before.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import shapely

from tfbpattern.files.layout import parse_layout
from tfbpattern.model.job import Job
from tfbpattern.nesting import nest
from tfbpattern.nesting.field import field_of
from tfbpattern.nesting.grid import grid

_HERE = Path(__file__).resolve().parent
_SPACING = 0.1

Points = Sequence[Sequence[float]]


class Sheet(NamedTuple):
    """Copies of a polygon on width x length; ``mode`` shared also keeps straight edges from leaving slivers."""

    name: str
    width: float
    length: float
    points: Points
    mode: str = "contour"
    defect: Points = ()

    def job(self, effort: int) -> Job:
        """The same as a job."""
        cut = (
            f"kerf_mm = {_SPACING}"
            if self.mode == "shared"
            else f'mode = "contour"\nkerf_mm = 0.03\nrib_mm = {_SPACING - 0.06}'
        )
        corners = [[float(x), float(y)] for x, y in self.points]
        defect = [[float(x), float(y)] for x, y in self.defect]
        keepout = f'[[web.keepouts]]\nname = "S"\npolygon_mm = {defect}\n' if defect else ""
        text = f"""
schema = 1
[job]
name = "sheet"
[web]
width_mm = {self.width!r}
frame_length_mm = {self.length!r}
stand_alone = true
{keepout}
[[cells]]
name = "C"
outline = {{ kind = "polygon", points_mm = {corners} }}
[isolation]
setback_mm = 0.05
line_width_mm = 0.02
[singulation]
{cut}
[machine]
use = "linuxcnc-gantry"
travel_mm = [2000, 2000]
[nest]
effort = {effort}
"""
        return parse_layout(text, name="sheet.toml", folder=_HERE).job


def _regular(corners: int, reach: float, start_deg: float = 0.0) -> Points:
    turns = [math.radians(start_deg) + math.tau * k / corners for k in range(corners)]
    return [(round(reach * math.cos(t), 6), round(reach * math.sin(t), 6)) for t in turns]


def _dee() -> Points:
    arc = [(5 + 3 * math.sin(math.pi * k / 24), 3 - 3 * math.cos(math.pi * k / 24)) for k in range(25)]
    return [(0, 0), *((round(x, 6), round(y, 6)) for x, y in arc), (0, 6)]


SHAPES: dict[str, Points] = {
    "L": [(0, 0), (8, 0), (8, 3), (4, 3), (4, 6), (0, 6)],
    "D": _dee(),
    "pentagon": [(0, 0), (6, 0.5), (8, 4), (4, 7), (0.5, 4.5)],
    "24-gon": _regular(24, 4.0),
    "T": [(2.5, 0), (5.5, 0), (5.5, 4), (8, 4), (8, 7), (0, 7), (0, 4), (2.5, 4)],
}

TILES: dict[str, Points] = {
    "hexagon": _regular(6, 4.0),
    "triangle": [(0, 0), (8, 0), (4, 6.928203)],
    "plus": [(2, 0), (4, 0), (4, 2), (6, 2), (6, 4), (4, 4), (4, 6), (2, 6), (2, 4), (0, 4), (0, 2), (2, 2)],
    "S": [(0, 0), (4, 0), (4, 2), (6, 2), (6, 4), (2, 4), (2, 2), (0, 2)],
    "chevron": [(0, 0), (4, 3), (8, 0), (8, 4), (4, 7), (0, 4)],
    "trapezoid": [(0, 0), (8, 0), (6, 4), (2, 4)],
    "rhombus": [(3, 0), (6, 4), (3, 8), (0, 4)],
    "stairs": [(0, 0), (6, 0), (6, 2), (4, 2), (4, 4), (2, 4), (2, 6), (0, 6)],
}


def scratch() -> Points:
    """140 x 1 mm at 45 degrees through the middle of 300 x 400 mm."""
    half, turn = 70.0, math.sqrt(0.5)
    corners = ((-half, -0.5), (half, -0.5), (half, 0.5), (-half, 0.5))
    return [(round(150 + turn * (a - b), 6), round(200 + turn * (a + b), 6)) for a, b in corners]


def random_polygons(count: int) -> Iterator[Sheet]:
    """4 to 12 corners, convex and not, 4 to 12 mm across."""
    rnd = random.Random(20)
    made = 0
    while made < count:
        corners = rnd.randint(4, 12)
        turns = sorted(rnd.uniform(0, math.tau) for _ in range(corners))
        spread = rnd.choice((0.1, 0.5))
        size = rnd.uniform(2, 6)
        reach = [size * rnd.uniform(1 - spread, 1) for _ in turns]
        points = [(round(r * math.cos(t), 3), round(r * math.sin(t), 3)) for r, t in zip(reach, turns, strict=True)]
        shape = shapely.Polygon(points)
        # What a cell can be: an active area in one piece remains, and no needle.
        inside = shape.buffer(-0.4)
        if shape.is_valid and inside.geom_type == "Polygon" and inside.area > 0.3 * shape.area:
            made += 1
            yield Sheet(f"{made}: {corners} corners", 200.0, 150.0, points)


def _suite(name: str, sheets: int) -> list[Sheet]:
    if name == "shapes":
        return [
            Sheet(f"{key}, {mode}", 300.0, 400.0, points, mode)
            for key, points in SHAPES.items()
            for mode in ("contour", "shared")
        ]
    if name == "tiles":
        return [Sheet(key, 280.0, 300.0, points) for key, points in TILES.items()]
    if name == "scratch":
        return [Sheet(key, 300.0, 400.0, SHAPES[key], defect=scratch()) for key in ("L", "pentagon")]
    if name == "large":
        return [Sheet("L", 300.0, 1000.0, SHAPES["L"]), Sheet("T", 300.0, 1000.0, SHAPES["T"])]
    return list(random_polygons(sheets))


def rivals(python: str, sheets: Sequence[Sheet], seconds: float) -> dict[str, list[int | None]]:
    """What others reach on each sheet, by the other interpreter."""
    request = {
        "seconds": seconds,
        "spacing": _SPACING,
        "sheets": [
            {"width": s.width, "length": s.length, "points": list(s.points), "defect": list(s.defect)} for s in sheets
        ],
    }
    done = subprocess.run(
        [python, str(_HERE / "shapes_rivals.py")], input=json.dumps(request), capture_output=True, text=True, check=True
    )
    found: dict[str, list[int | None]] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    names = ("shapes", "tiles", "scratch", "large", "polygons")
    parser.add_argument("--suite", choices=names, action="append")
    parser.add_argument("--rivals", metavar="PYTHON")
    parser.add_argument("--seconds", type=float, default=30.0, help="for each sheet, to each rival")
    parser.add_argument("--sheets", type=int, default=100, help="of the polygons")
    parser.add_argument("--effort", type=int, default=3)
    options = parser.parse_args()
    nest(Sheet("first", 60.0, 60.0, SHAPES["L"]).job(1))
    for name in options.suite or names:
        print(f"### {name}\n")
        sheets = _suite(name, options.sheets)
        asked = rivals(options.rivals, sheets, options.seconds) if options.rivals and name != "large" else {}
        others = "".join(f"| {rival} " for rival in asked)
        print(f"| shape | grid {others}| tfbpattern | bound | of the bound | in bulk | method | s |")
        print(f"|---|--:{'|--:' * len(asked)}|--:|--:|--:|--:|---|--:|")
        gains = []
        for k, sheet in enumerate(sheets):
            job = sheet.job(options.effort)
            begin = time.perf_counter()
            found = nest(job)
            seconds = time.perf_counter() - begin
            straight = grid(field_of(job, sheet.length), job.cells[0], effort=options.effort)
            plain = len(straight.placements) if straight else 0
            cells = len(found.placements)
            counts = [found_by[k] for found_by in asked.values()]
            gains.append(cells / max(plain, 1, *(count or 0 for count in counts)))
            theirs = "".join(f"| {'-' if count is None else count} " for count in counts)
            print(
                f"| {sheet.name} | {plain} {theirs}| {cells} | {found.upper_bound} | {1 - found.gap:.2%}"
                f" | {found.bulk_density:.4f} | {found.method} | {seconds:.2f} |",
                flush=True,
            )
        print(f"\n- against the better of the others: {min(gains) - 1:+.2%} at least,")
        print(f"  {statistics.mean(gains) - 1:+.2%} on average\n")


if __name__ == "__main__":
    main()
