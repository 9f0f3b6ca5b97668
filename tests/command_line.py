"""The command line as tests use it: in this process, or as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tests.conftest import ROOT
from tfbpattern.cli import main

COLUMNS = 100


def tfbpattern(*arguments: str | Path, env: Mapping[str, str | None] | None = None) -> Result:
    """A command in this process; nothing of it is a terminal."""
    settings: dict[str, Any] = {"prog_name": "tfbpattern", "terminal_width": COLUMNS}
    return CliRunner(env={"COLUMNS": str(COLUMNS)}).invoke(main, [str(a) for a in arguments], env=env, **settings)


def program(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    python: Sequence[str] = ("-m", "tfbpattern"),
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """A command as a process of its own."""
    return subprocess.run(
        [sys.executable, *python, *(str(a) for a in arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **options,
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there; a folder is its name with a slash."""
    return {
        str(path.relative_to(folder)) + ("/" if path.is_dir() else ""): b"" if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }
