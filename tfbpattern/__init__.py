"""Nest, scribe and map thin-film battery cells on a web."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from tfbpattern.version import __version__

if TYPE_CHECKING:
    from tfbpattern.files.layout import parse_layout, read_layout
    from tfbpattern.model.job import Job, Layout
    from tfbpattern.model.nest import Nest
    from tfbpattern.pipeline import check, nest, run

__all__ = ["Job", "Layout", "Nest", "__version__", "check", "nest", "parse_layout", "read_layout", "run"]

_HOMES = {
    "Job": "tfbpattern.model.job",
    "Layout": "tfbpattern.model.job",
    "Nest": "tfbpattern.model.nest",
    "check": "tfbpattern.pipeline",
    "nest": "tfbpattern.pipeline",
    "parse_layout": "tfbpattern.files.layout",
    "read_layout": "tfbpattern.files.layout",
    "run": "tfbpattern.pipeline",
}


def __getattr__(name: str) -> object:
    """Public names are loaded when they are asked for: the command line must answer --help at once."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
