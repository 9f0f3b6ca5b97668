"""The tour: `make tour` and docs/tour.md tell people to type the same, it parses, and its readings can be merged."""

from __future__ import annotations

import json
import re
import runpy
import shlex
from pathlib import Path

import click

from tests.command_line import tfbpattern
from tests.conftest import ROOT
from tests.results_for_tests import folder_in
from tfbpattern.cli import main


def _calls(text: str) -> list[list[str]]:
    """Calls of the program, as words after its name."""
    found = []
    for line in text.replace("$(BIN)/", "").replace("\t@", "").splitlines():
        words = shlex.split(line, comments=True) if re.match(r"\s*(tfbpattern|python) ", line) else []
        if words[:1] == ["tfbpattern"]:
            found.append(words[1:])
    return found


def test_the_tour_and_its_page_say_the_same_and_parse() -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\ntour:")[2].partition("\n\n")[0]
    page = (ROOT / "docs" / "tour.md").read_text("utf-8")
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL))
    calls = _calls(recipe)
    assert len(calls) >= 6
    assert calls == _calls(blocks)
    for words in calls:
        command: click.Command = main
        left = list(words)
        while isinstance(command, click.Group):
            command = command.commands[left.pop(0)]
        command.make_context(command.name or "", left)


def test_synthetic_readings_say_so_and_belong_to_every_cell(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    document = json.loads((folder / "small.cells.json").read_text("utf-8"))
    rows = runpy.run_path(str(ROOT / "benchmarks" / "synthetic_results.py"))["rows"]
    made = list(rows(document, 3, 1))
    assert made[0].startswith("# synthetic")
    assert made == list(rows(document, 3, 1)) != list(rows(document, 3, 2))
    (tmp_path / "r.csv").write_text("".join(made))
    result = tfbpattern("cells", "merge", folder, tmp_path / "r.csv", "--frames", "3", "-o", tmp_path / "t", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["coverage"] == {"cells": 18, "tested": 18, "untested": 0, "retested": 0}
