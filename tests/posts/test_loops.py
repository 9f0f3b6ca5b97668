"""Loops: run out they are the lines that they stand for, and a program in loops is the program written out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.outlines_for_tests import distances, points_along
from tests.posts.programs import HEADER, lit_chains, machine_for, one_pass, program, run
from tests.toolpaths_for_tests import toolpaths
from tfbpattern.errors import LayoutError
from tfbpattern.model.machine import Gantry
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.nesting import nest
from tfbpattern.posts import POSTS
from tfbpattern.posts.loops import Loop, folded
from tfbpattern.routing import route
from tfbpattern.scribing import scribe


def run_out(items: Iterable[str | Loop]) -> list[str]:
    lines: list[str] = []
    for item in items:
        lines += [item] if isinstance(item, str) else run_out(item.body) * item.times
    return lines


def size(items: Iterable[str | Loop]) -> int:
    return sum(1 if isinstance(item, str) else 2 + size(item.body) for item in items)


@settings(max_examples=200)
@given(st.lists(st.sampled_from("abc"), max_size=60))
def test_run_out_the_loops_are_the_lines_and_never_more_of_them(lines: list[str]) -> None:
    found = folded(lines)
    assert run_out(found) == lines
    assert size(found) <= len(lines)


@settings(max_examples=40)
@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=12), st.integers(2, 30), st.integers(2, 30))
def test_rows_of_rows_fold_to_about_one_row(body: list[str], inner: int, outer: int) -> None:
    lines = (body * inner + ["end of row"]) * outer
    found = folded(lines)
    assert run_out(found) == lines
    assert size(found) <= len(body) + 12


@settings(max_examples=40)
@given(toolpaths(), st.sampled_from([0.0001, 0.005]))
def test_a_program_in_loops_marks_the_toolpath_within_the_resolution(toolpath: Toolpath, resolution: float) -> None:
    machine = dataclasses.replace(machine_for("linuxcnc", resolution), loops=True)
    motions = one_pass(run("linuxcnc", program("linuxcnc", toolpath, machine)), toolpath.recipe.passes)
    plain = one_pass(
        run("linuxcnc", program("linuxcnc", toolpath, machine_for("linuxcnc", resolution))), toolpath.recipe.passes
    )
    assert [(m.code, m.lit) for m in motions] == [(m.code, m.lit) for m in plain]
    assert all(abs(a.end - b.end) < 1e-9 for a, b in zip(motions, plain, strict=True))
    chains = lit_chains(motions)
    for chain, mark in zip(chains, lit_chains(plain), strict=True):
        assert distances(mark, points_along(chain, at_least=5)).max() <= 0.1 * resolution


@pytest.mark.parametrize(
    ("cells", "radius", "most"),
    [((1, 1), 0.0, 2000), ((5, 4), 0.0, 2000), ((40, 25), 0.0, 2000)]
    + [((columns, rows), 0.2, 5000) for columns, rows in ((1, 7), (5, 4), (5, 5), (7, 7), (9, 13), (40, 25), (41, 26))],
)
def test_a_grid_takes_a_few_kilobytes_whatever_its_size(cells: tuple[int, int], radius: float, most: int) -> None:
    columns, rows = cells
    some = job(
        web={"width_mm": columns * 7.33 + 0.01, "frame_length_mm": rows * 5.13 + 0.01},
        cell={"outline": {"kind": "rect", "width_mm": 7.3, "height_mm": 5.1, "corner_radius_mm": radius}},
        machine={"use": "linuxcnc-gantry", "loops": True},
        nest={"effort": 1},
    )
    assert isinstance(some.machine, Gantry)
    for operation in scribe(some, nest(some)):
        lines = list(POSTS["linuxcnc"](route(operation, some.machine), some.machine, HEADER))
        assert sum(len(line) + 1 for line in lines) < most


def test_loops_are_refused_where_the_dialect_has_none() -> None:
    with pytest.raises(LayoutError, match="'grbl' has no word for it"):
        job(machine={"use": "grbl-gantry", "loops": True})
