"""Asking for help loads none of the heavy libraries, so that it answers at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import program
from tfbpattern.cli import main

_HEAVY = {"numpy", "shapely", "ezdxf", "rtree", "pydantic", "rich", "numba", "scipy", "pandas", "tomli_w"}

_CODE = """
import json, sys
from tfbpattern.cli import main
try:
    main(sys.argv[1:], prog_name="tfbpattern")
except SystemExit as end:
    code = end.code
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def _loaded(*arguments: str) -> set[str]:
    result = program(*arguments, cwd=Path(__file__).parent, python=("-c", _CODE))
    assert result.stderr == ""
    code, names = json.loads(result.stdout.splitlines()[-1])
    assert code == 0
    return set(names)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([name, "--help"] for name in sorted(main.commands))]
)
def test_help_loads_no_heavy_library(arguments: list[str]) -> None:
    assert _loaded(*arguments) & _HEAVY == set()


def test_the_package_alone_loads_no_heavy_library() -> None:
    code = "import sys, tfbpattern; print(' '.join(sorted(name.partition('.')[0] for name in sys.modules)))"
    result = program(cwd=Path(__file__).parent, python=("-c", code))
    assert set(result.stdout.split()) & _HEAVY == set()


def test_every_public_name_is_there() -> None:
    code = "import tfbpattern as t; print([getattr(t, name) for name in t.__all__ if name != '__version__'] and 'all')"
    assert program(cwd=Path(__file__).parent, python=("-c", code)).stdout == "all\n"
