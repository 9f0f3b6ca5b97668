"""Laws of machine descriptions: shipped ones, the user's own, and what a layout puts over them."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import pytest

from tests.small_job import SMALL, layout_of, small
from tfbpattern.errors import LayoutError
from tfbpattern.files.inlining import shipped_machines
from tfbpattern.files.machine_schema import MACHINE
from tfbpattern.model.machine import Galvo, Gantry
from tfbpattern.posts import POSTS

_FOLDER = resources.files("tfbpattern") / "machines"
_USE = 'use = "linuxcnc-gantry"'


def _text(name: str) -> str:
    return (_FOLDER / f"{name}.toml").read_text("utf-8")


def _own(folder: Path, text: str) -> str:
    (folder / "own.toml").write_text(text)
    return small((_USE, 'use = "own.toml"'))


def _problem(text: str, folder: Path = Path()) -> str:
    with pytest.raises(LayoutError) as caught:
        layout_of(text, folder)
    (problem,) = caught.value.problems
    return problem


def test_the_documented_machines_are_shipped() -> None:
    assert {"linuxcnc-gantry", "grbl-gantry", "galvo"} <= set(shipped_machines())


@pytest.mark.parametrize("name", shipped_machines())
def test_a_shipped_machine_is_sound_and_called_as_its_file(name: str) -> None:
    document = tomllib.loads(_text(name))
    assert document.pop("schema") == 1
    machine = MACHINE.validate_python(document).machine()
    assert machine.name == name
    assert isinstance(machine, Galvo) or machine.post in POSTS


@pytest.mark.parametrize("name", shipped_machines())
def test_a_shipped_machine_can_be_used_in_a_layout(name: str) -> None:
    machine = layout_of(small((_USE, f'use = "{name}"'))).job.machine
    document = tomllib.loads(_text(name))
    assert {key: getattr(machine, key) for key in document if hasattr(machine, key)} == {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in document.items()
        if key not in ("schema", "kind")
    }


def test_keys_after_use_override_the_machine() -> None:
    machine = layout_of(small((_USE, f"{_USE}\ntravel_mm = [50, 60]\nmax_power = 255\nname = 'mine'"))).job.machine
    assert isinstance(machine, Gantry)
    assert (machine.travel_mm, machine.max_power, machine.name) == ((50.0, 60.0), 255, "mine")
    assert machine.jump_speed_mm_s == 1000.0


def test_a_copy_of_a_shipped_machine_is_the_same_machine(tmp_path: Path) -> None:
    layout = layout_of(_own(tmp_path, _text("linuxcnc-gantry")), tmp_path)
    assert layout.text == layout_of(SMALL).text


def test_the_machine_is_kept_in_full_in_the_layout() -> None:
    kept = tomllib.loads(layout_of(SMALL).text)["machine"]
    assert kept.pop("use") == "inline"
    document = tomllib.loads(_text("linuxcnc-gantry"))
    del document["schema"]
    assert kept == document


@pytest.mark.parametrize(
    ("use", "needles"),
    [
        ('"linuxcnc-gantri"', ["no such machine", "did you mean 'linuxcnc-gantry'?", "grbl-gantry", "galvo"]),
        ('"x"', ["no such machine", "linuxcnc-gantry"]),
        ('""', ["no such machine"]),
        ("3", ["must be text in quotes"]),
        ('"no.toml"', ["no.toml", "no such file"]),
        ('"."', ["no such machine"]),
    ],
)
def test_an_unknown_machine_is_refused_on_its_line(use: str, needles: list[str]) -> None:
    problem = _problem(small((_USE, f"use = {use}")))
    assert problem.startswith(f"layout.toml:53: machine.use = {use}: ")
    for needle in needles:
        assert needle in problem


@pytest.mark.parametrize(
    ("change", "needles"),
    [
        (("schema = 1", "schema = 2"), ["own.toml", "schema must be 1", "2"]),
        (("schema = 1", "schema = "), ["own.toml", "not TOML", "line 2"]),
        (("travel_mm = [400, 1200]", "travel_mm = [400]"), ["own.toml:6", "travel_mm = [400]", "at least 2"]),
        (("max_power = 1000", "max_power = 0"), ["own.toml:14", "max_power = 0", "at least 1"]),
        (("gated = true", "gated = 1"), ["own.toml:13", "gated = 1", "true or false"]),
        (("gated = true", "gaited = true"), ["own.toml:13", "gaited", "did you mean 'gated'?"]),
        (('kind = "gantry"', 'kind = "robot"'), ["own.toml:4", "kind", '"robot"', "'gantry', 'galvo'"]),
        (('kind = "gantry"', ""), ["own.toml", "kind"]),
        (("resolution_mm = 0.0001", "resolution_mm = 0"), ["own.toml:8", "resolution_mm = 0"]),
        (("acceleration_mm_s2 = 10000", "acceleration_mm_s2 = -1"), ["own.toml:11", "greater than 0"]),
        (("jump_speed_mm_s = 1000", "jump_speed_mm_s = nan"), ["own.toml:9", "finite"]),
    ],
)
def test_a_faulty_machine_file_is_one_problem_that_names_file_line_key_and_value(
    change: tuple[str, str], needles: list[str], tmp_path: Path
) -> None:
    text = _text("linuxcnc-gantry")
    assert change[0] in text
    problem = _problem(_own(tmp_path, text.replace(*change)), tmp_path)
    assert problem.startswith('layout.toml:53: machine.use = "own.toml": ')
    for needle in needles:
        assert needle in problem


def test_a_layout_is_no_machine(tmp_path: Path) -> None:
    assert "own.toml" in _problem(_own(tmp_path, SMALL), tmp_path)


@pytest.mark.parametrize(
    ("line", "needles"),
    [
        ("travel_mm = [0, 60]", ["machine.travel_mm[0] = 0", "greater than 0"]),
        ("travel = [50, 60]", ["machine.travel = [50, 60]", "did you mean 'travel_mm'?"]),
        ("max_power = 1.5", ["machine.max_power = 1.5", "whole number"]),
        ('name = "a/b"', ['machine.name = "a/b"', "letters, digits"]),
        ('post = "linuxcncc"', ['machine.post = "linuxcncc"', "linuxcnc", "grbl"]),
    ],
)
def test_a_faulty_override_is_refused_on_its_line(line: str, needles: list[str]) -> None:
    problem = _problem(small((_USE, f"{_USE}\n{line}")))
    assert problem.startswith("layout.toml:54: ")
    for needle in needles:
        assert needle in problem
