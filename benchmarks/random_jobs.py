"""
Jobs at random, the same for the same number: every outline, both modes, tabs, keep-outs, turns, machines, recipes.

They are small, so that hundreds of them are run and proved in minutes; what they have in common is that none of them
was thought of by whoever wrote the code that they try out.
"""

from __future__ import annotations

import math
import random
from typing import Any

import tomli_w
from processes import ROOT

_HEARING_AID = str(ROOT / "layouts" / "footprints" / "hearing-aid.dxf")


def layout_of(number: int) -> str:
    """The text of a layout file."""
    return tomli_w.dumps(_document(number))


def style_of(number: int) -> str:
    """The style of isolation of a job."""
    return str(_document(number)["isolation"]["style"])


def _document(number: int) -> dict[str, Any]:
    some = random.Random(number)
    kerf_mm = some.choice([0.015, 0.03, 0.03, 0.06, 0.1])
    setback_mm = some.choice([0.06, 0.1, 0.1, 0.25]) + kerf_mm
    mode = some.choice(["shared", "contour"])
    cells = [_cell(some, 0)]
    edge = {side: some.choice([0.0, 0.5, 1.5, 3.0]) for side in ("left", "right", "lead", "trail")}
    tabs = some.choice([0, 0, 2, 3, 4, 6])
    document: dict[str, Any] = {
        "schema": 1,
        "job": {"name": f"job{number}"},
        "web": {
            "width_mm": round(some.uniform(25.0, 60.0), 2),
            "frame_length_mm": round(some.uniform(20.0, 45.0), 2),
            "stand_alone": some.random() < 0.5,
            "edge_exclusion_mm": edge,
            "keepouts": [_keepout(some, k) for k in range(some.choice([0, 0, 1, 2]))],
            "fiducials": [
                {"name": f"F{k}", "x_mm": some.uniform(0, 60), "y_mm": some.uniform(0, 45), "clearance_mm": 0.3}
                for k in range(some.choice([0, 0, 1]))
            ],
        },
        "cells": cells,
        "isolation": {
            "setback_mm": setback_mm,
            "line_width_mm": 0.025,
            "overcut_mm": some.choice([0.0, 0.05, 0.05, 0.3]),
            "recipe": {"passes": some.choice([1, 1, 2]), "mark_speed_mm_s": 1500, "power_percent": 30}
            | {"frequency_khz": 200},
        },
        "singulation": {
            "mode": mode,
            "kerf_mm": kerf_mm,
            **({"rib_mm": some.choice([0.1, 0.2, 0.5])} if mode == "contour" else {}),
            **({"tabs": {"count": tabs, "width_mm": some.choice([0.05, 0.08, 0.3])}} if tabs else {}),
            "recipe": {"passes": some.choice([1, 3, 10]), "mark_speed_mm_s": 1000, "power_percent": 80}
            | {"frequency_khz": 50},
        },
        "machine": _machine(some),
        "nest": {"effort": 1 + number % 3},
    }
    style = some.choice(["ring", "ring", "double", "hatch"])
    if _is_sharp(cells[0]) and some.random() < 0.6:
        style = "grid"
        # Its lines end in the strip between trench and outline.
        document["isolation"]["overcut_mm"] = some.choice([0.0, (setback_mm - 0.025) / 2.0])
    document["isolation"]["style"] = style
    return document


def _cell(some: random.Random, number: int) -> dict[str, Any]:
    return {
        "name": f"C{number}",
        "outline": _outline(some),
        "rotations_deg": some.choice([[0], [0], [0, 90, 180, 270], [0, 180], [30], [90], [0, 45]]),
    }


def _is_sharp(cell: dict[str, Any]) -> bool:
    """Whether lines of a grid may isolate the cell: a rectangle, at right angles or not, with sharp corners."""
    return cell["outline"]["kind"] == "rect" and "corner_radius_mm" not in cell["outline"]


def _outline(some: random.Random) -> dict[str, Any]:
    w, h = round(some.uniform(3.0, 9.0), 2), round(some.uniform(3.0, 9.0), 2)
    size = {"width_mm": w, "height_mm": h}
    kinds: list[dict[str, Any]] = [
        {"kind": "rect", **size},
        {"kind": "rect", **size, "corner_radius_mm": some.choice([0.2, 1.0])},
        {"kind": "circle", "diameter_mm": w},
        {"kind": "stadium", "width_mm": max(w, h) + 1.0, "height_mm": min(w, h)},
        {"kind": "dee", "width_mm": w + 2.0, "height_mm": h},
        {"kind": "ell", **size, "notch_width_mm": round(w / 2.0, 2), "notch_height_mm": round(h / 2.5, 2)},
        {"kind": "tee", **size, "stem_width_mm": round(w / 2.5, 2), "bar_height_mm": round(h / 2.5, 2)},
        {"kind": "dxf", "file": _HEARING_AID},
        # One corner round, one side bulging, the others sharp.
        {"kind": "polygon", "points_mm": [[3, 0], [w + 3, 0], [w + 3, 6, 0.2], [0, 6], [0, 3, math.sqrt(2.0) - 1.0]]},
        _corners(some, w, h, regular=True),
        _corners(some, w, h, regular=False),
    ]
    return some.choice([kinds[0], *kinds])


def _corners(some: random.Random, w: float, h: float, *, regular: bool) -> dict[str, Any]:
    """Corners on an ellipse."""
    count = some.choice([3, 4, 5, 6, 8])
    turns = [(k + (0.0 if regular else some.uniform(0.0, 0.5))) / count for k in range(count)]
    return {
        "kind": "polygon",
        "points_mm": [
            [round(w / 2.0 * math.cos(2.0 * math.pi * t), 4), round(h / 2.0 * math.sin(2.0 * math.pi * t), 4)]
            for t in turns
        ],
    }


def _keepout(some: random.Random, number: int) -> dict[str, Any]:
    x, y = round(some.uniform(0.0, 55.0), 2), round(some.uniform(0.0, 40.0), 2)
    common: dict[str, Any] = {"name": f"K{number}", "clearance_mm": some.choice([0.2, 1.0])}
    kind = some.choice(["rect", "circle", "polygon"])
    if kind == "rect":
        return {**common, "rect_mm": [x, y, round(some.uniform(1, 12), 2), round(some.uniform(1, 8), 2)]}
    if kind == "circle":
        return {**common, "circle_mm": [x, y, round(some.uniform(1, 8), 2)]}
    return {**common, "polygon_mm": [[x, y], [x + 9, y + 1], [x + 4, y + 3], [x + 8, y + 9, 0.4], [x - 1, y + 6]]}


def _machine(some: random.Random) -> dict[str, Any]:
    kind = some.choice(["linuxcnc-gantry", "linuxcnc-gantry", "grbl-gantry", "grbl-gantry", "galvo"])
    if kind == "galvo":
        return {"use": kind, "field_mm": some.choice([[30, 20], [100, 100]])}
    keys: dict[str, Any] = {"use": kind, "travel_mm": [400, 400], "origin_mm": [10, 10]}
    if some.random() < 0.3:
        keys["gated"] = False
    if some.random() < 0.3:
        keys["resolution_mm"] = some.choice([0.0005, 0.001])
    if kind.startswith("linuxcnc") and some.random() < 0.3:
        keys["loops"] = True
    return keys
