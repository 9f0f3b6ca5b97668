"""Touchdowns, merging, stacks and heat maps at the sizes of a line; prints Markdown."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
from processes import ROOT, cost_of
from synthetic_results import rows

from tfbpattern import after_test
from tfbpattern.after_test.maps import value_picture
from tfbpattern.after_test.tested import open_tested
from tfbpattern.mapping.stacking.matching import match
from tfbpattern.mapping.stacking.ranks import ranks_of
from tfbpattern.mapping.touchdowns.covering import cover, window_sums, within
from tfbpattern.model.stacks import Window
from tfbpattern.report.heatmap import heatmap_png, heatmap_svg

_TFBPATTERN = [sys.executable, "-m", "tfbpattern"]
_FRAMES = 100


def main() -> None:
    touchdowns()
    stacks()
    with tempfile.TemporaryDirectory() as folder:
        merging(Path(folder))
        heat_maps(Path(folder))


def touchdowns() -> None:
    print("| places | card | holes | touchdowns | bound | gap | seconds |\n|---|---|---|--:|--:|--:|--:|")
    rng = np.random.default_rng(0)
    for rows_, columns, share, clamped in (
        (196, 54, 0.0, False),
        (100, 100, 0.0, False),
        (100, 100, 0.05, False),
        (100, 100, 0.05, True),
        (316, 316, 0.0, False),
    ):
        holes = rng.random((rows_, columns)) < share
        occupied, blocked = np.pad(~holes, 3), np.pad(holes & clamped, 3)
        allowed = window_sums(blocked, (4, 4)) == 0
        occupied &= within(allowed, (4, 4))
        begin = time.perf_counter()
        found = cover(occupied, allowed, (4, 4))
        seconds = time.perf_counter() - begin
        gap = (len(found.windows) - found.bound) / found.bound
        what = "none" if not share else f"{share:.0%}{', not to be touched' if clamped else ''}"
        count = len(found.windows)
        print(f"| {columns} x {rows_} | 4 x 4 | {what} | {count} | {found.bound} | {gap:.2%} | {seconds:.2f} |")


def stacks() -> None:
    print("\n| cells | columns | layers | window / spread | stacks | bound | gap | seconds |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    window = Window(column="a", width=Decimal(1))
    # The inner loops are compiled at first.
    match([ranks_of(np.round(np.random.default_rng(9).normal(0, 1, 50), 3), window)] * 2, 4)
    for count, dimensions, layers, spread in (
        (10_000, 1, 28, 0.5),
        (2_000, 3, 28, 0.4),
        (2_000, 3, 28, 0.5),
        (2_000, 3, 10, 0.5),
        (2_000, 3, 4, 0.5),
        (2_000, 3, 28, 0.8),
        (2_000, 3, 4, 0.8),
    ):
        values = np.round(np.random.default_rng(0).normal(0.0, spread, (count, dimensions)), 4)
        begin = time.perf_counter()
        found, bound = match([ranks_of(values[:, d], window) for d in range(dimensions)], layers)
        seconds = time.perf_counter() - begin
        print(
            f"| {count:,} | {dimensions} | {layers} | {1 / spread:.2f} sigma | {len(found)} | {bound}"
            f" | {(bound - len(found)) / bound:.2%} | {seconds:.2f} |"
        )


def _run(folder: Path, name: str, length_mm: float, side_mm: float) -> int:
    text = (ROOT / "layouts" / "tour.toml").read_text("utf-8")
    text = text.replace('name = "tour"', f'name = "{name}"').replace("= 160.0", f"= {length_mm}")
    text = text.replace("width_mm = 150.0", "width_mm = 300.0")
    text = text.replace("width_mm = 5.0, height_mm = 5.0", f"width_mm = {side_mm}, height_mm = {side_mm}")
    text = text.replace("x_mm = -1.2", "x_mm = 0.0")
    text = text.replace('use = "linuxcnc-gantry"', 'use = "linuxcnc-gantry"\ntravel_mm = [400, 3000]')
    (folder / f"{name}.toml").write_text(text, "utf-8")
    command = [*_TFBPATTERN, "run", str(folder / f"{name}.toml"), "-o", str(folder / name), "--no-proof", "--json"]
    cells: int = json.loads(cost_of(command).output)["nest"]["cells"]
    return cells


def merging(folder: Path) -> None:
    cells = _run(folder, "roll", 900.0, 5.0)
    document = json.loads((folder / "roll" / "roll.cells.json").read_text("utf-8"))
    with (folder / "roll.csv").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(rows(document, _FRAMES, 1))
    command = [*_TFBPATTERN, "cells", "merge", str(folder / "roll"), str(folder / "roll.csv"), "--frames", str(_FRAMES)]
    cost = cost_of([*command, "-o", str(folder / "merged"), "-q"])
    what = f"{_FRAMES * cells:,} results over {_FRAMES} frames"
    print(f"\n{what}: {cost.seconds:.1f} s ({cost.processor_seconds:.1f} of the processor), {cost.megabytes:.0f} MB")


def heat_maps(folder: Path) -> None:
    cells = _run(folder, "fine", 1390.0, 2.0)
    document = json.loads((folder / "fine" / "fine.cells.json").read_text("utf-8"))
    with (folder / "fine.csv").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(rows(document, 1, 1))
    merge = [*_TFBPATTERN, "cells", "merge", str(folder / "fine"), str(folder / "fine.csv"), "-o"]
    cost = cost_of([*merge, str(folder / "tested"), "-q"])
    what = f"{cells:,} results of one frame with five maps"
    print(f"\n{what}: {cost.seconds:.1f} s ({cost.processor_seconds:.1f} of the processor), {cost.megabytes:.0f} MB")
    for suffix in ("svg", "png"):
        begin = time.perf_counter()
        after_test.heatmap(folder / "tested", "z_ohm", folder / f"z.{suffix}")
        read = time.perf_counter() - begin
        tested = open_tested(folder / "tested")
        picture = value_picture(tested.results, "z_ohm", 0)
        begin = time.perf_counter()
        if suffix == "svg":
            sum(len(line) for line in heatmap_svg(*picture))
        else:
            heatmap_png(*picture[:4])
        drawn = time.perf_counter() - begin
        print(f"\n{cells:,} cells as {suffix}: {drawn:.2f} s drawn, {read:.2f} s with the results read first")


if __name__ == "__main__":
    main()
