"""Layouts for tests, made the way a user makes them: from the text of a layout file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from tfbpattern.files.layout import parse_layout
from tfbpattern.model.job import Job, Layout

_DEFAULT: dict[str, dict[str, Any]] = {
    "job": {"name": "law"},
    "web": {"width_mm": 60.0, "frame_length_mm": 40.0, "stand_alone": True},
    "isolation": {"setback_mm": 0.1},
    "singulation": {"kerf_mm": 0.03},
    "machine": {"use": "linuxcnc-gantry"},
}
_CELL: dict[str, Any] = {
    "name": "C",
    "outline": {"kind": "rect", "width_mm": 7.3, "height_mm": 5.1},
    "rotations_deg": [0],
}


def layout(**overrides: Mapping[str, Any]) -> Layout:
    """A small sound layout; each keyword is a section (``cell``: the one cell) whose keys replace the defaults."""
    document: dict[str, Any] = {"schema": 1, **{key: dict(section) for key, section in _DEFAULT.items()}}
    cell = {**_CELL, **overrides.get("cell", {})}
    for key, section in overrides.items():
        if key != "cell":
            document[key] = {**document.get(key, {}), **section}
    document["cells"] = [cell]
    return parse_layout(tomli_w.dumps(document), name="law.toml", folder=Path())


def job(**overrides: Mapping[str, Any]) -> Job:
    """The job of such a layout."""
    return layout(**overrides).job
