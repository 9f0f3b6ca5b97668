"""
Readings that no tester has taken, for tours and benchmarks: a gradient, noise, dead spots and one site that reads off.

The file says in its first line that it is synthetic.

    python benchmarks/synthetic_results.py out/tour results.csv --frames 10 --seed 7
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Our choice throughout: readings that look like a young process, wide enough to sort.
_OCV_V, _OCV_SPREAD_V = 2.1, 0.004
_Z_OHM, _Z_SPREAD_OHM, _Z_SLOPE_OHM = 30.0, 0.9, 4.0
_PHASE_DEG, _PHASE_SPREAD_DEG = -42.0, 1.5
_CAPACITY_SPREAD = 0.008
_DEAD_SPOTS, _DEAD_RADIUS_MM = 2, 9.0
_DEAD_SHARE = 0.004
_SITE_OFF_OHM = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="output folder of tfbpattern run")
    parser.add_argument("file", type=Path, help="CSV to write")
    parser.add_argument("--frames", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    (path,) = arguments.folder.glob("*.cells.json")
    document = json.loads(path.read_text("utf-8"))
    with arguments.file.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(rows(document, arguments.frames, arguments.seed))


def rows(document: dict[str, object], frames: int, seed: int) -> Iterator[str]:
    """The lines of a results file for a map."""
    cells = document["cells"]
    web = document["web"]
    types = document["cell_types"]
    assert isinstance(cells, list)
    assert isinstance(web, dict)
    assert isinstance(types, list)
    rng = np.random.default_rng(seed)
    x = np.array([cell["x_mm"] for cell in cells]) / web["width_mm"]
    y = np.array([cell["y_mm"] for cell in cells]) / web["frame_length_mm"]
    site = np.array([cell.get("site", 0) for cell in cells])
    spots = rng.random((_DEAD_SPOTS, 2)) * (web["width_mm"], web["frame_length_mm"])
    # A spot stays where it is from frame to frame: something touches the web there.
    far = np.array([[np.hypot(c["x_mm"] - sx, c["y_mm"] - sy) for sx, sy in spots] for c in cells]).min(axis=1)
    off_site = int(site.max()) // 2
    capacity = float(types[0].get("capacity_uah", 100.0))
    yield "# synthetic: made by benchmarks/synthetic_results.py, measured by no tester\n"
    yield f"# layout_sha256: {document['layout_sha256']}\n"
    yield "cell_id,ocv_v,z_ohm,phase_deg,capacity_uah,timestamp\n"
    heads = [str(cell["id"]).rsplit("-", 2) for cell in cells]
    for frame in range(frames):
        n = len(cells)
        slope = x + 0.5 * y - 0.75
        dead = (far < _DEAD_RADIUS_MM * (0.7 + 0.3 * rng.random(n))) | (rng.random(n) < _DEAD_SHARE)
        ocv = np.where(dead, rng.uniform(0.0, 0.4, n), rng.normal(_OCV_V, _OCV_SPREAD_V, n) + 0.004 * slope)
        z = rng.normal(_Z_OHM + 0.02 * frame, _Z_SPREAD_OHM, n) + _Z_SLOPE_OHM * slope
        z = np.where(dead, rng.uniform(0.5, 3.0, n), z + np.where(site == off_site, _SITE_OFF_OHM, 0.0))
        phase = rng.normal(_PHASE_DEG, _PHASE_SPREAD_DEG, n)
        full = capacity * rng.normal(1.0, _CAPACITY_SPREAD, n) * np.where(dead, 0.1, 1.0)
        number = int(heads[0][1]) + frame
        stamp = f"2026-01-{1 + frame // 24 % 28:02d}T{frame % 24:02d}"
        for k, (v, ohm, deg, uah) in enumerate(
            zip(ocv.tolist(), z.tolist(), phase.tolist(), full.tolist(), strict=True)
        ):
            name = f"{heads[k][0]}-{number:04d}-{heads[k][2]}"
            yield f"{name},{v:.4f},{ohm:.2f},{deg:.1f},{uah:.1f},{stamp}:{k // 60 % 60:02d}:{k % 60:02d}\n"


if __name__ == "__main__":
    main()
