"""Laws of reading a layout file: what it means, what is filled in, and the text that is kept of it."""

from __future__ import annotations

import hashlib
import math
import tomllib
from pathlib import Path

import numpy as np
import pytest
import tomli_w

from tests.small_job import FULL, LEAST, SMALL, changed, document, layout_of, small
from tfbpattern.errors import InputError, LayoutError
from tfbpattern.files.layout import parse_layout, read_layout
from tfbpattern.model.machine import Gantry


def _problems(text: str) -> tuple[str, ...]:
    with pytest.raises(LayoutError) as caught:
        layout_of(text)
    return caught.value.problems


@pytest.mark.parametrize("text", [SMALL, FULL, LEAST], ids=["small", "full", "least"])
def test_the_kept_text_reads_as_itself(text: str) -> None:
    first = layout_of(text)
    again = layout_of(first.text)
    assert again.text == first.text
    assert again.sha256 == first.sha256


@pytest.mark.parametrize("text", [SMALL, FULL, LEAST], ids=["small", "full", "least"])
def test_the_sum_is_that_of_the_kept_text(text: str) -> None:
    layout = layout_of(text)
    assert layout.sha256 == hashlib.sha256(layout.text.encode()).hexdigest()


def test_the_kept_text_does_not_depend_on_order_comments_or_form() -> None:
    whole = document(SMALL)
    backwards = {key: whole[key] for key in reversed(whole)}
    backwards["web"] = {key: whole["web"][key] for key in reversed(whole["web"])}
    assert layout_of(tomli_w.dumps(backwards)).text == layout_of(SMALL).text
    commented = SMALL.replace("\n", "  # remark\r\n").replace("# remark\r\n\r\n", "# remark\r\n")
    assert layout_of(commented).text == layout_of(SMALL).text


def test_a_default_written_out_is_no_other_job() -> None:
    written = small(("setback_mm = 0.5", "setback_mm = 0.5\nline_width_mm = 0.025\nstyle = 'ring'"))
    assert layout_of(written).sha256 == layout_of(SMALL).sha256


def test_whole_numbers_may_stand_for_lengths() -> None:
    assert layout_of(small(("width_mm = 30.0", "width_mm = 30"))).text == layout_of(SMALL).text


def test_any_value_that_matters_changes_the_sum() -> None:
    sums = {
        layout_of(text).sha256
        for text in (
            SMALL,
            small(("width_mm = 30.0", "width_mm = 30.000001")),
            small(("kerf_mm = 0.03", "kerf_mm = 0.030001")),
            small(("linuxcnc-gantry", "grbl-gantry")),
            small(('name = "small"', 'name = "tiny"')),
        )
    }
    assert len(sums) == 5


def test_what_is_left_out_has_the_documented_default() -> None:
    job = layout_of(LEAST).job
    assert (job.roll, job.frame) == ("R001", 1)
    assert job.web.film_side == "up"
    assert not job.web.stand_alone
    assert job.stack is None
    assert job.cells[0].rotations_deg == (0.0, 90.0, 180.0, 270.0)
    assert (job.cells[0].demand.least, job.cells[0].demand.most) == (0, 100_000)
    iso, cut = job.isolation, job.singulation
    assert (iso.line_width_mm, iso.tolerance_mm, iso.overcut_mm) == (0.025, 0.005, 0.05)
    assert (cut.mode, cut.rib_mm, cut.tolerance_mm) == ("shared", 0.2, 0.005)
    assert (cut.tabs.count, cut.tabs.width_mm) == (0, 0.08)
    assert iso.recipe.passes == 1
    assert (iso.recipe.mark_speed_mm_s, iso.recipe.power_percent, iso.recipe.frequency_khz) == (2000, 30, 200)
    assert cut.recipe.passes == 10
    assert (cut.recipe.mark_speed_mm_s, cut.recipe.power_percent, cut.recipe.frequency_khz) == (1000, 80, 50)
    assert job.registration_mm == 0.02
    assert (job.nest.objective, job.nest.effort, job.nest.seed) == ("cells", 3, 0)


@pytest.mark.parametrize(
    "line",
    [
        'name = "least"',
        "schema = 1",
        "width_mm = 20",
        "frame_length_mm = 20",
        'name = "C"',
        'outline = { kind = "circle", diameter_mm = 5 }',
        "setback_mm = 0.1",
        "kerf_mm = 0.03",
        'use = "grbl-gantry"',
    ],
)
def test_only_what_is_documented_as_required_is_required(line: str) -> None:
    layout_of(LEAST)
    (problem,) = _problems(changed(LEAST, (f"{line}\n", "")))
    assert f"{line.partition(' ')[0]}: is required and missing" in problem


@pytest.mark.parametrize("section", ["job", "web", "cells", "isolation", "singulation", "machine"])
def test_a_missing_section_is_one_problem(section: str) -> None:
    whole = document(LEAST)
    del whole[section]
    assert _problems(tomli_w.dumps(whole)) == (f"layout.toml:1: {section}: is required and missing",)


@pytest.mark.parametrize("value", ["2", '"1"', "1.0", "true", "[1]"])
def test_another_schema_is_refused(value: str) -> None:
    assert _problems(small(("schema = 1", f"schema = {value}"))) == (f"layout.toml:1: schema = {value}: must be 1",)


def test_full_job_means_what_it_says() -> None:
    job = layout_of(FULL).job
    assert (job.name, job.roll, job.frame) == ("full", "R007", 12)
    assert job.web.frame_length_mm == (30.0, 31.0)
    assert job.web.film_side == "down"
    assert [k.name for k in job.web.keepouts] == ["splice", "clamp", "code"]
    assert job.web.keepouts[0].shape.bounds_mm == (30.0, 20.0, 36.0, 23.0)
    assert job.web.keepouts[1].shape.bounds_mm == pytest.approx((19.5, 14.5, 20.5, 15.5))
    assert [(d.x_mm, d.y_mm, d.diameter_mm) for d in job.web.avoided_defects] == [(10.0, 10.0, 0.08)]
    assert job.web.marked_defects == ()
    assert job.cells[0].demand.most == 100
    assert job.singulation.spacing_mm == pytest.approx(0.26)
    assert isinstance(job.machine, Gantry)
    assert job.machine.travel_mm == (400.0, 1200.0)


@pytest.mark.parametrize(
    ("outline", "size", "area"),
    [
        ('{ kind = "rect", width_mm = 8, height_mm = 6 }', (8, 6), 48),
        ('{ kind = "rect", width_mm = 8, height_mm = 6, corner_radius_mm = 1 }', (8, 6), 48 - 4 + math.pi),
        ('{ kind = "circle", diameter_mm = 7 }', (7, 7), math.pi * 3.5**2),
        ('{ kind = "stadium", width_mm = 9, height_mm = 4 }', (9, 4), 5 * 4 + math.pi * 4),
        ('{ kind = "stadium", width_mm = 4, height_mm = 9 }', (4, 9), 5 * 4 + math.pi * 4),
        ('{ kind = "dee", width_mm = 8, height_mm = 6 }', (8, 6), 5 * 6 + math.pi * 4.5),
        ('{ kind = "ell", width_mm = 8, height_mm = 6, notch_width_mm = 3, notch_height_mm = 2 }', (8, 6), 42),
        ('{ kind = "tee", width_mm = 8, height_mm = 6, stem_width_mm = 2, bar_height_mm = 3 }', (8, 6), 30),
        ('{ kind = "polygon", points_mm = [[1, 1], [9, 1], [9, 7]] }', (8, 6), 24),
        ('{ kind = "polygon", points_mm = [[9, 7], [9, 1], [1, 1]] }', (8, 6), 24),
        ('{ kind = "polygon", points_mm = [[0, 0, 1], [8, 0, 1]] }', (8, 8), math.pi * 16),
        ('{ kind = "polygon", points_mm = [[0, 0, -1], [8, 0, -1]] }', (8, 8), math.pi * 16),
        ('{ kind = "polygon", points_mm = [[0, 0], [8, 0], [8, 0], [8, 6], [0, 6], [0, 0]] }', (8, 6), 48),
    ],
)
def test_an_outline_has_its_size_and_area_about_its_middle(
    outline: str, size: tuple[float, float], area: float
) -> None:
    text = changed(LEAST, ('{ kind = "circle", diameter_mm = 5 }', outline))
    cell = layout_of(text).job.cells[0]
    x_min, y_min, x_max, y_max = cell.outline.bounds_mm
    assert (x_min + x_max, y_min + y_max) == pytest.approx((0.0, 0.0), abs=1e-9)
    assert (x_max - x_min, y_max - y_min) == pytest.approx(size)
    assert cell.area_mm2 == pytest.approx(area)
    assert cell.outline.signed_area_mm2 > 0


@pytest.mark.parametrize(
    "outline",
    [
        '{ kind = "polygon", points_mm = [[0, 0], [5, 0, 1e-300], [5, 4], [0, 4]] }',
        '{ kind = "polygon", points_mm = [[0, 0], [5, 0, -1e-15], [5, 4], [0, 4]] }',
        '{ kind = "polygon", points_mm = [[0, 0], [5, 0, 1e-9], [5, 4], [0, 4]] }',
        '{ kind = "polygon", points_mm = [[0, 0], [5, 0, 0.5], [5, 1e-300], [5, 4], [0, 4]] }',
        '{ kind = "polygon", points_mm = [[0, 0], [5, 0, 0.5], [5, 1e-13], [5, 4], [0, 4]] }',
        '{ kind = "rect", width_mm = 5, height_mm = 4, corner_radius_mm = 1e-300 }',
        '{ kind = "rect", width_mm = 5, height_mm = 4, corner_radius_mm = 1e-13 }',
        '{ kind = "rect", width_mm = 5, height_mm = 4, corner_radius_mm = 1e-9 }',
    ],
)
def test_an_arc_too_flat_or_too_small_to_be_one_is_no_fault(outline: str) -> None:
    # Drawings are full of them: numbers that a program left where it meant none.
    cell = layout_of(changed(LEAST, ('{ kind = "circle", diameter_mm = 5 }', outline))).job.cells[0]
    assert cell.area_mm2 == pytest.approx(20.0, abs=1e-6)


def test_rotations_are_brought_into_one_turn_and_named_once() -> None:
    job = layout_of(small(("rotations_deg = [0]", "rotations_deg = [90, -90, 270.0, 0, -0.0, -270]"))).job
    assert job.cells[0].rotations_deg == (90.0, 270.0, 0.0)


def test_no_rotation_is_as_large_as_a_whole_turn() -> None:
    job = layout_of(small(("rotations_deg = [0]", "rotations_deg = [-1e-300]"))).job
    assert all(0.0 <= angle < 360.0 for angle in job.cells[0].rotations_deg)


def test_setback_and_line_width_place_active_area_and_trench() -> None:
    cell = layout_of(SMALL).job.cells[0]
    assert cell.active_area.bounds_mm == pytest.approx((-3.5, -2.5, 3.5, 2.5))
    assert cell.trench.bounds_mm == pytest.approx((-3.5125, -2.5125, 3.5125, 2.5125))


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "marked.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())
    assert read_layout(path).sha256 == layout_of(SMALL).sha256


def test_all_errors_come_at_once_in_the_order_of_their_lines() -> None:
    problems = _problems(
        small(
            ('name = "small"', 'name = "sm/all"'),
            ("width_mm = 30.0", "widht_mm = 30.0"),
            ("rotations_deg = [0]", "rotations_deg = 0"),
            ("setback_mm = 0.5", "setback_mm = -0.5\nlinewidth_mm = 1"),
            ("linuxcnc-gantry", "linuxcnc-gantri"),
        )
    )
    lines = [int(problem.split(":")[1]) for problem in problems]
    assert lines == sorted(lines)
    keys = [problem.split(": ")[1].split(" = ")[0] for problem in problems]
    assert keys == [
        "job.name",
        "web.width_mm",
        "web.widht_mm",
        "cells[0].rotations_deg",
        "isolation.setback_mm",
        "isolation.linewidth_mm",
        "machine.use",
    ]


def test_what_sections_mean_together_is_told_at_once_too() -> None:
    problems = _problems(
        small(
            ("left = 1, right = 1", "left = 15, right = 15"),
            ("x_mm = -1.0", "x_mm = -4.0"),
            ("setback_mm = 0.5", "setback_mm = 0.5\novercut_mm = 100"),
        )
    )
    assert [problem.split(": ")[1] for problem in problems] == [
        "web.edge_exclusion_mm",
        "cells[0].terminals[0]",
        "isolation.overcut_mm = 100",
    ]


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ([("size_mm", "size_mm")], ""),
        ([("clearance_mm = 0.2", "clearance_mm = 0.05")], "the cut may run over 'splice'"),
        ([("y_mm = 1.5", "y_mm = 1.5\nclearance_mm = 0")], "the cut may run over 'F1'"),
        ([("rect_mm = [26, 11, 4, 3]", "rect_mm = [30, 11, 4, 3]")], "keep-out 'splice' lies outside the web"),
        ([("x_mm = 27.5", "x_mm = 30.5")], "fiducial 'F1' lies outside the web"),
        ([("setback_mm = 0.5", "setback_mm = 0.5\nline_width_mm = 0.49")], "the cut may reach the trench"),
    ],
)
def test_what_is_allowed_but_not_meant_is_a_warning(changes: list[tuple[str, str]], warning: str) -> None:
    changes = [change for change in changes if change[0] != change[1]]
    warnings = layout_of(small(*changes)).warnings
    assert len(warnings) == bool(changes)
    assert not changes or warning in warnings[0]


def test_a_clearance_equal_to_what_the_cut_reaches_is_no_warning() -> None:
    # kerf 0.03 + half its tolerance 0.0025 + registration 0.02
    assert layout_of(small(("clearance_mm = 0.2", "clearance_mm = 0.0525"))).warnings == ()
    assert len(layout_of(small(("clearance_mm = 0.2", "clearance_mm = 0.0524"))).warnings) == 1


@pytest.mark.parametrize("text", ["a = [" * 3000, f"a = {'[' * 250}{']' * 250}", f"[{'a.' * 300}b]\n", "a = {" * 500])
def test_deep_nesting_is_refused_in_words(text: str) -> None:
    with pytest.raises(InputError):
        parse_layout(text, name="deep.toml", folder=Path())


def test_the_kept_text_is_toml_of_finite_numbers() -> None:
    whole = tomllib.loads(layout_of(FULL).text)

    def numbers(value: object) -> list[float]:
        if isinstance(value, dict):
            return [n for item in value.values() for n in numbers(item)]
        if isinstance(value, list):
            return [n for item in value for n in numbers(item)]
        return [value] if isinstance(value, float) else []

    assert np.isfinite(numbers(whole)).all()
