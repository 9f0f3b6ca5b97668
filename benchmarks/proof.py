"""
`tfbpattern verify` as a process of its own, by the number of cells, on regular and irregular sheets; and false alarms.

Irregular sheets are made from places that no strategy would choose: each cell off its lattice by a random amount, so
that hardly two have the same neighbours. Prints a table in Markdown: `python benchmarks/proof.py` takes about ten
minutes on two cores, most of it for making the sheets.

`python benchmarks/proof.py --random 200` runs as many random jobs instead, and every layout of `layouts/`: each is to
pass its proof or to be refused with a reason. With `--from` the first of them has another number, and the layouts are
left out. Ten minutes.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import random_jobs
from processes import ROOT, cost_of

from tfbpattern import nesting, pipeline
from tfbpattern.errors import InfeasibleError, InputError, ProofError
from tfbpattern.files.layout import parse_layout, read_layout
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest, Placements

_SIZES = (3_000, 10_000, 100_000)
_VERIFY = (sys.executable, "-m", "tfbpattern", "verify", "--quiet")

# Outline, pitch and how far a cell stands off its lattice, mm; which rotations it may have.
_SHEETS = {
    "2 x 2 mm, round corners, lattice": ("rect", 2.03, 0.0, (0.0,)),
    "2 x 2 mm, round corners, four rotations, irregular": ("rect", 2.6, 0.04, (0.0, 90.0, 17.0, 33.0)),
    "2 mm circles, irregular": ("circle", 2.06, 0.01, (0.0,)),
}
_OUTLINES = {
    "rect": '{ kind = "rect", width_mm = 2.0, height_mm = 2.0, corner_radius_mm = 0.2 }',
    "circle": '{ kind = "circle", diameter_mm = 2.0 }',
}

_LAYOUT = """\
schema = 1

[job]
name = "sheet"

[web]
width_mm = {side_mm:.3f}
frame_length_mm = {side_mm:.3f}

[[cells]]
name = "S2"
outline = {outline}
rotations_deg = {rotations}
demand = {{ max = 1000000 }}

[isolation]
setback_mm = 0.10

[singulation]
kerf_mm = 0.03

[machine]
use = "linuxcnc-gantry"
travel_mm = [2000, 2000]
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Times the proof of emitted files.")
    parser.add_argument("--runs", type=int, default=3, help="runs of which the median is taken")
    parser.add_argument("--sizes", type=int, default=len(_SIZES), help="how many sizes, the smallest first")
    parser.add_argument("--random", type=int, default=0, metavar="JOBS", help="look for false alarms instead")
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="NUMBER", help="of the first random job")
    arguments = parser.parse_args()
    if arguments.random:
        _false_alarms(arguments.first, arguments.random)
        return
    print("| sheet | cells | seconds | processor | peak MB | ms per cell |\n|---|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _elsewhere(_earbud, folder / "earbud")
        _row("layouts/earbud.toml", folder / "earbud", 3108, arguments.runs)
        for name, sheet in _SHEETS.items():
            for cells in _SIZES[: arguments.sizes]:
                _elsewhere(_make, folder / "sheet", cells, *sheet)
                _row(name, folder / "sheet", cells, arguments.runs)


def _elsewhere(make: Callable[..., None], *arguments: object) -> None:
    """Call a function in a process of its own: the peak of memory of this one counts as that of what it starts."""
    process = get_context("spawn").Process(target=make, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit("a sheet could not be made")


def _earbud(folder: Path) -> None:
    pipeline.run(read_layout(ROOT / "layouts" / "earbud.toml"), folder, proof=False)


def _false_alarms(first: int, jobs: int) -> None:
    """Every layout that comes with the project, then random ones: how each ends, and whatever its proof found."""
    layouts = [] if first else [read_layout(path) for path in sorted((ROOT / "layouts").rglob("*.toml"))]
    given = len(layouts)
    styles: dict[str, Counter[str]] = defaultdict(Counter)
    ends = {name: Counter[str]() for name in ("layouts/", "random")}
    cells = 0
    for number in range(given + jobs):
        outcome, name = "passed", f"job {first + number - given}"
        try:
            if number < given:
                layout = layouts[number]
            else:
                layout = parse_layout(random_jobs.layout_of(first + number - given), name=name, folder=ROOT)
            name = layout.job.name
            with tempfile.TemporaryDirectory() as place:
                cells += pipeline.run(layout, Path(place) / "out")["nest"]["cells"]
        except (InfeasibleError, InputError) as error:
            outcome = "refused"
            print(f"- {name} is refused: {error}", flush=True)
        except ProofError as error:
            outcome = "failed"
            print(f"- {name} fails: {error}: {error.problems[0]}", flush=True)
        ends["layouts/" if number < given else "random"][outcome] += 1
        if number >= given:
            styles[random_jobs.style_of(first + number - given)][outcome] += 1
    ends |= {f"random, {style}": styles[style] for style in sorted(styles)}
    print("\n| jobs | passed | refused | failed |\n|---|--:|--:|--:|")
    for name, end in ends.items():
        print(f"| {name} | {end['passed']} | {end['refused']} | {end['failed']} |")
    print(f"\n{cells:,} cells in all")


def _make(folder: Path, cells: int, outline: str, pitch_mm: float, off_mm: float, rotations: tuple[float, ...]) -> None:
    side = int(np.ceil(np.sqrt(cells)))
    text = _LAYOUT.format(side_mm=side * pitch_mm + 4.0, outline=_OUTLINES[outline], rotations=list(rotations))
    random = np.random.default_rng(1)
    row, column = np.divmod(np.arange(cells), side)
    x, y = (np.round(2.0 + pitch_mm * (at + 0.5) + random.uniform(-off_mm, off_mm, cells), 6) for at in (column, row))
    turned = np.array(rotations)[random.integers(0, len(rotations), cells)]

    def placed(job: Job, **_: object) -> Nest:
        return Nest(
            placements=Placements(
                kind=np.zeros(cells, dtype=np.int64), x_mm=x, y_mm=y, rotation_deg=turned, row=row, column=column
            ),
            frame_length_mm=job.web.frame_length_mm[0],
            spacing_mm=job.spacing_mm,
            upper_bound=cells,
            bound="none",
            method="places",
            bulk_density=1.0,
        )

    nesting.nest = placed
    pipeline.run(parse_layout(text, name="sheet.toml", folder=folder), folder, proof=False)


def _row(name: str, folder: Path, cells: int, runs: int) -> None:
    costs = [cost_of([*_VERIFY, str(folder)]) for _ in range(runs)]
    seconds = statistics.median(cost.seconds for cost in costs)
    processor = statistics.median(cost.processor_seconds for cost in costs)
    megabytes = max(cost.megabytes for cost in costs)
    print(
        f"| {name} | {cells:,} | {seconds:.2f} | {processor:.2f} | {megabytes:.0f} | {1000.0 * seconds / cells:.3f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
