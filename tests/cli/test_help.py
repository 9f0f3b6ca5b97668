"""Laws of the help: the same on every terminal, with an example that works, for every command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from tests.command_line import tfbpattern
from tests.conftest import ROOT
from tfbpattern.cli import main


def _commands(group: click.Group, before: str = "") -> dict[str, click.Command]:
    """Every command by the words that call it, groups included."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        found[before + name] = command
        if isinstance(command, click.Group):
            found |= _commands(command, f"{before}{name} ")
    return found


_BY_WORDS = _commands(main)
COMMANDS = sorted(_BY_WORDS)
_ENDS = [words for words in COMMANDS if not isinstance(_BY_WORDS[words], click.Group)]


def _examples(text: str) -> list[list[str]]:
    return [shlex.split(line) for line in text.splitlines() if line.startswith("    tfbpattern ")]


def test_help_of_the_program(golden: Callable[[str, str], None]) -> None:
    result = tfbpattern("--help")
    assert result.exit_code == 0
    golden("help/tfbpattern.txt", result.stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command: str, golden: Callable[[str, str], None]) -> None:
    result = tfbpattern(*command.split(), "--help")
    assert result.exit_code == 0
    golden(f"help/{command.replace(' ', '-')}.txt", result.stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_short_option_says_the_same(command: str) -> None:
    assert tfbpattern(*command.split(), "-h").stdout == tfbpattern(*command.split(), "--help").stdout


@pytest.mark.parametrize(
    "command",
    [
        "new",
        "check",
        "nest",
        "run",
        "view",
        "cells export",
        "cells diff",
        "cells merge",
        "cells stack",
        "cells chart",
        "singulate",
    ],
)
def test_the_documented_commands_are_there(command: str) -> None:
    assert command in COMMANDS


@pytest.mark.parametrize("command", _ENDS)
def test_every_command_can_be_quiet_and_plain(command: str) -> None:
    options = {name for parameter in _BY_WORDS[command].params for name in parameter.opts}
    assert {"--quiet", "--no-color"} <= options


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained(command: str) -> None:
    for parameter in _BY_WORDS[command].params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_of_a_command_parses_and_its_layout_is_there(command: str) -> None:
    examples = _examples(tfbpattern(*command.split(), "--help").stdout)
    assert examples
    words = command.split()
    for example in examples:
        assert example[: 1 + len(words)] == ["tfbpattern", *words]
        _BY_WORDS[command].make_context(command, example[1 + len(words) :])
        for word in example[1 + len(words) :]:
            assert not word.startswith("layouts/") or (ROOT / word).is_file()


def test_examples_of_the_program_name_its_commands() -> None:
    examples = _examples(tfbpattern("--help").stdout)
    assert examples
    for example in examples:
        main.commands[example[1]].make_context(example[1], example[2:])


def test_every_exit_code_is_explained() -> None:
    text = " ".join(tfbpattern("--help").stdout.split())
    codes = re.search(r"Exit codes: (.*?)\.", text)
    assert codes
    assert {"0", "1", "2", "3", "5", "130"} <= set(re.findall(r"\b\d+\b", codes.group(1)))


@pytest.mark.parametrize("width", ["40", "80", "300"])
def test_the_terminal_changes_no_word(width: str) -> None:
    assert " ".join(tfbpattern("run", "--help", env={"COLUMNS": width}).stdout.split()) == " ".join(
        tfbpattern("run", "--help").stdout.split()
    )


def test_without_a_command_the_help_is_shown_as_a_usage_error() -> None:
    result = tfbpattern()
    assert result.exit_code == 2
    assert "Usage: tfbpattern" in result.output


@pytest.mark.parametrize(
    ("arguments", "needle"),
    [
        (["chek", "x.toml"], "Did you mean 'check'?"),
        (["check"], "Missing argument 'LAYOUT'"),
        (["check", "a.toml", "b.toml"], "unexpected extra argument"),
        (["run", "a.toml", "--jsn"], "--json"),
        (["run", "a.toml", "-o"], "requires an argument"),
        (["--color"], "No such option"),
    ],
)
def test_a_wrong_call_ends_with_two_and_says_what_is_wrong(
    arguments: list[str], needle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = tfbpattern(*arguments)
    assert result.exit_code == 2
    assert needle in result.stderr
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []
