"""The small job that many tests run: six cells with terminals beside a keep-out; and how to change it."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

from tfbpattern import pipeline
from tfbpattern.files.layout import parse_layout
from tfbpattern.model.job import Layout

SMALL = """\
schema = 1

[job]
name = "small"

[web]
width_mm = 30.0
frame_length_mm = 14.0
edge_exclusion_mm = { left = 1, right = 1, lead = 0.5, trail = 0.5 }

[[web.fiducials]]
name = "F1"
x_mm = 27.5
y_mm = 1.5

[[web.keepouts]]
name = "splice"
rect_mm = [26, 11, 4, 3]
clearance_mm = 0.2

[stack]
cathode_um = 10.0

[[cells]]
name = "C8"
outline = { kind = "rect", width_mm = 8.0, height_mm = 6.0, corner_radius_mm = 0.5 }
rotations_deg = [0]

[[cells.terminals]]
name = "anode"
kind = "anode"
x_mm = -1.0
y_mm = 0.5
width_mm = 1.0
height_mm = 1.0

[[cells.terminals]]
name = "cathode"
kind = "cathode"
x_mm = 3.75
y_mm = 0.0
width_mm = 0.4
height_mm = 1.0

[isolation]
setback_mm = 0.5

[singulation]
kerf_mm = 0.03
recipe = { passes = 2, mark_speed_mm_s = 1000, power_percent = 80, frequency_khz = 50 }

[machine]
use = "linuxcnc-gantry"
"""

# The least that a layout file may hold, as documented.
LEAST = """\
schema = 1
[job]
name = "least"
[web]
width_mm = 20
frame_length_mm = 20
[[cells]]
name = "C"
outline = { kind = "circle", diameter_mm = 5 }
[isolation]
setback_mm = 0.1
[singulation]
kerf_mm = 0.03
[machine]
use = "grbl-gantry"
"""

# Every key of the format with a value that is allowed, so that a change to any of them starts from sound ground.
FULL = """\
schema = 1

[job]
name = "full"
roll = "R007"
frame = 12

[web]
width_mm = 40.0
frame_length_mm = { min = 30, max = 31 }
stand_alone = false
film_side = "down"
edge_exclusion_mm = { left = 1, right = 1, lead = 1, trail = 1 }

[[web.fiducials]]
name = "F1"
x_mm = 4.0
y_mm = 4.0
shape = "cross"
size_mm = 1.0
clearance_mm = 1.0

[[web.keepouts]]
name = "splice"
rect_mm = [30, 20, 6, 3]
clearance_mm = 0.2

[[web.keepouts]]
name = "clamp"
circle_mm = [20, 15, 1]

[[web.keepouts]]
name = "code"
polygon_mm = [[30, 10], [32, 10, 0.3], [31, 12]]

[web.defects]
rows = [[10.0, 10.0, 80.0, "pinhole"], [25.0, 9.0, 20.0, "scratch"]]
min_size_um = 50
policy = "avoid"

[stack]
substrate_um = 10.0
cathode_um = 10.0
other_um = 1.815
areal_capacity_uah_cm2_um = 68.9
utilisation = 0.944
voltage_v = 3.9

[[cells]]
name = "C5"
outline = { kind = "rect", width_mm = 5.0, height_mm = 4.0, corner_radius_mm = 0.2 }
rotations_deg = [0, 90]
demand = { min = 0, max = 100, share = 1.0 }

[[cells.terminals]]
name = "anode"
kind = "anode"
x_mm = 0.0
y_mm = 0.0
width_mm = 0.8
height_mm = 0.8

[isolation]
style = "ring"
setback_mm = 0.10
line_width_mm = 0.025
tolerance_mm = 0.005
overcut_mm = 0.05
recipe = { passes = 1, mark_speed_mm_s = 2000, power_percent = 30, frequency_khz = 200 }

[singulation]
mode = "contour"
kerf_mm = 0.03
rib_mm = 0.2
tolerance_mm = 0.005
tabs = { count = 2, width_mm = 0.08 }
recipe = { passes = 3, mark_speed_mm_s = 1000, power_percent = 80, frequency_khz = 50 }

[registration]
isolation_to_singulation_mm = 0.02

[machine]
use = "linuxcnc-gantry"
travel_mm = [400, 1200]
origin_mm = [10, 10]
resolution_mm = 0.0001
max_power = 1000

[nest]
objective = "cells"
effort = 1
seed = 0
"""


def changed(text: str, *changes: tuple[str, str]) -> str:
    """The text with each (old, new) put in; every old must stand there exactly once."""
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the layout"
        text = text.replace(old, new)
    return text


def small(*changes: tuple[str, str]) -> str:
    """The small layout, changed."""
    return changed(SMALL, *changes)


def document(text: str) -> dict[str, Any]:
    """The parsed layout."""
    return tomllib.loads(text)


def layout_of(text: str, folder: Path = Path()) -> Layout:
    """The checked layout."""
    return parse_layout(text, name="layout.toml", folder=folder)


def made(text: str, folder: Path) -> dict[str, Any]:
    """The manifest of running a layout into a folder."""
    return pipeline.run(layout_of(text), folder)


@functools.cache
def worked_out(text: str) -> pipeline.Sheet:
    """Everything between a layout and its files."""
    return pipeline.work_out(layout_of(text))
