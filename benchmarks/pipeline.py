"""
Whole `tfbpattern run --no-proof` processes by the number of cells, start-up and writing included.

Prints tables in Markdown: `python benchmarks/pipeline.py` takes about three minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from processes import ROOT, cost_of

# Web width and frame length in mm for about 3,000, 10,000 and 100,000 cells of 2 x 2 mm, 0.03 mm apart.
_WEBS_MM = ((112.0, 112.0), (204.0, 204.0), (600.0, 690.0))
_RELATIVE_TO = 1
_CORNERS_MM = {"sharp": 0.0, "round, 0.2 mm": 0.2}
_TFBPATTERN = (sys.executable, "-m", "tfbpattern")
_STARTS = 15

_LAYOUT = """\
schema = 1

[job]
name = "squares"

[web]
width_mm = {width_mm}
frame_length_mm = {length_mm}

[[cells]]
name = "S2"
outline = {{ kind = "rect", width_mm = 2.0, height_mm = 2.0, corner_radius_mm = {radius_mm} }}
demand = {{ max = 1000000 }}

[isolation]
setback_mm = 0.10

[singulation]
kerf_mm = 0.03

[machine]
use = "{machine}"
travel_mm = [800, 1200]
"""


class Measured(NamedTuple):
    """Number of cells, medians of the times, greatest peak of memory."""

    cells: int
    seconds: float
    processor_seconds: float
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Times whole runs of tfbpattern.")
    parser.add_argument("--runs", type=int, default=3, help="runs of which the median is taken")
    parser.add_argument("--sizes", type=int, default=len(_WEBS_MM), help="how many sizes, the smallest first")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        by_cells(Path(folder), arguments.runs, _WEBS_MM[: arguments.sizes])
        start_up()
        grbl_bytes(Path(folder))


def by_cells(folder: Path, runs: int, webs: tuple[tuple[float, float], ...]) -> None:
    cases = [("layouts/earbud.toml", ROOT / "layouts" / "earbud.toml")]
    for name, radius_mm in _CORNERS_MM.items():
        for width_mm, length_mm in webs:
            path = folder / f"{name[0]}{width_mm:g}.toml"
            _write(path, width_mm, length_mm, radius_mm=radius_mm)
            cases.append((f"2 x 2 mm, {name}", path))
    # The first run of all reads the program from the disk.
    measured(cases[0][1], folder, 1)
    print("| layout | cells | seconds | processor | peak MB | ms per cell | to 10,000 |\n|---|--:|--:|--:|--:|--:|--:|")
    results = [(name, measured(path, folder, runs)) for name, path in cases]
    for number, (name, case) in enumerate(results):
        first = number - (number - 1) % len(webs)
        base = results[first + _RELATIVE_TO][1] if number and len(webs) > _RELATIVE_TO else None
        each = case.seconds / case.cells
        ratio = f"{each * base.cells / base.seconds:.2f}" if base else ""
        print(
            f"| {name} | {case.cells:,} | {case.seconds:.2f} | {case.processor_seconds:.2f} | {case.megabytes:.0f}"
            f" | {1000.0 * each:.3f} | {ratio} |"
        )


def measured(layout: Path, folder: Path, runs: int) -> Measured:
    costs = [
        cost_of([*_TFBPATTERN, "run", str(layout), "-o", str(folder / "out"), "--json", "--no-proof"])
        for _ in range(runs)
    ]
    cells: int = json.loads(costs[0].output)["nest"]["cells"]
    return Measured(
        cells,
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.processor_seconds for cost in costs),
        max(cost.megabytes for cost in costs),
    )


def start_up() -> None:
    commands = {"tfbpattern --help": [*_TFBPATTERN, "--help"], "import click": [sys.executable, "-c", "import click"]}
    seconds = {
        name: statistics.median(cost_of(command).seconds for _ in range(_STARTS)) for name, command in commands.items()
    }
    ours, bare = seconds.values()
    print(f"\n`tfbpattern --help`: {ours:.3f} s, {ours / bare:.2f} times `import click` ({bare:.3f} s)")


def grbl_bytes(folder: Path) -> None:
    width_mm, length_mm = _WEBS_MM[_RELATIVE_TO]
    _write(folder / "grbl.toml", width_mm, length_mm, radius_mm=0.0, machine="grbl-gantry")
    cells = measured(folder / "grbl.toml", folder, 1).cells
    program = (folder / "out" / "squares.isolation.nc").read_text("ascii")
    # From the first jump to the S0 after the only pass.
    rings = program[program.index("\nG0") + 1 : program.rindex("\nS0\n") + 1]
    print(f"\nGRBL, a sharp rectangular ring: {len(rings) / cells:.1f} bytes, {rings.count(chr(10)) / cells:g} lines")


def _write(
    path: Path, width_mm: float, length_mm: float, *, radius_mm: float, machine: str = "linuxcnc-gantry"
) -> None:
    values = {"width_mm": width_mm, "length_mm": length_mm, "radius_mm": radius_mm, "machine": machine}
    path.write_text(_LAYOUT.format(**values), "utf-8")


if __name__ == "__main__":
    main()
