"""What the README tells people to type works as it stands."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import click
import pytest

from tests.command_line import tfbpattern
from tests.conftest import ROOT
from tfbpattern.cli import main

_README = ROOT / "README.md"


def _commands() -> list[list[str]]:
    """The lines of fenced sh blocks that call the program, in their order."""
    text = _README.read_text("utf-8") if _README.exists() else ""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line.removeprefix("$ "), comments=True) for line in lines if "tfbpattern" in line.split()[:2]]


def test_there_are_commands_to_try() -> None:
    assert len(_commands()) >= 3, "README.md has fewer than three commands in its sh blocks"


def test_the_commands_work_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click, "launch", lambda _: 0)
    shutil.copytree(ROOT / "layouts", tmp_path / "layouts")
    monkeypatch.chdir(tmp_path)
    for words in _commands():
        _, *arguments = words[words.index("tfbpattern") :]
        if not arguments or arguments[0].startswith("-"):
            assert tfbpattern(*arguments).exit_code in (0, 2)
        elif arguments[0] == "view":
            assert "view" in main.commands
        else:
            result = tfbpattern(*arguments)
            assert result.exit_code == 0, f"{shlex.join(words)}: {result.stderr}"


def test_files_that_the_readme_links_to_are_there() -> None:
    text = _README.read_text("utf-8") if _README.exists() else ""
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", text):
        assert (ROOT / target).exists(), target
