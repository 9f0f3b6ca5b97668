"""
Laws of a layout file that is wrong.

Exit code 2; a message that names file, line, key, the value found and what is allowed; no traceback; nothing
written. All errors of a file come at once.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.command_line import contents, tfbpattern
from tests.small_job import FULL, LEAST, SMALL, changed, small

_RECT = '{ kind = "rect", width_mm = 8.0, height_mm = 6.0, corner_radius_mm = 0.5 }'
_CIRCLE = '{ kind = "circle", diameter_mm = 5 }'
_KEEPOUT = "rect_mm = [26, 11, 4, 3]"
_CATHODE = "x_mm = 3.75\ny_mm = 0.0\nwidth_mm = 0.4\nheight_mm = 1.0"

# Control characters that would reach a terminal; a line feed ends a message.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def _refused(text: str | bytes, folder: Path, *arguments: str) -> list[str]:
    """The lines on stderr of a run that is refused."""
    path = folder / "job.toml"
    if isinstance(text, bytes):
        path.write_bytes(text)
    else:
        path.write_text(text, encoding="utf-8")
    before = contents(folder)
    result = tfbpattern(*(arguments or ("run",)), path, *(() if arguments else ("-o", str(folder / "out"))))
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert not _CONTROL.search(result.stderr), repr(result.stderr)
    assert contents(folder) == before
    return result.stderr.splitlines()


def _only(text: str, folder: Path) -> tuple[int, str]:
    """The line number and the rest of the one problem of a layout."""
    problem, count = _refused(text, folder)
    assert count == "error: 1 problem in the layout"
    found = re.fullmatch(r"(.*/job\.toml):(\d+): (.*)", problem)
    assert found, problem
    return int(found.group(2)), found.group(3)


def _line(text: str, needle: str) -> int:
    """The line that a text stands on, for the first time."""
    return text[: text.index(needle)].count("\n") + 1


@pytest.mark.parametrize(
    ("text", "needles"),
    [
        ("this is not TOML\n", ["not TOML", "line 1"]),
        ("schema = 1\n\n[job\n", ["not TOML", "line 3"]),
        ("schema = 1\nschema = 1\n", ["not TOML", "line 2"]),
        ("schema = 1\nname = nan-1\n", ["not TOML", "line 2"]),
        ("a = " + "9" * 5000 + "\n", ["job.toml"]),
        ("a = [" * 2000, ["job.toml"]),
        ("schema = 1\n[[web]]\n[web]\n", ["not TOML", "line 3"]),
        (b"\x80\x81\x82", ["not UTF-8", "byte 0"]),
        (b"schema = 1\n# \xe4\n", ["not UTF-8", "byte 13"]),
        (b"\x00\x01\x02", ["not TOML"]),
        (b"PK\x03\x04" + bytes(range(256)) * 10, ["not UTF-8"]),
        (SMALL.encode("utf-16"), ["not UTF-8"]),
        ("{}", ["not TOML", "line 1"]),
        ("<xml/>", ["not TOML", "line 1"]),
    ],
)
def test_what_is_not_toml_is_refused_with_the_place(text: str | bytes, needles: list[str], tmp_path: Path) -> None:
    (message,) = _refused(text, tmp_path)
    assert message.startswith(f"error: {tmp_path / 'job.toml'}: ")
    for needle in needles:
        assert needle in message


@pytest.mark.parametrize("value", ["0x" + "f" * 5000, "[" + "1, " * 5000 + "]", '"' + "x" * 5000 + '"'])
def test_a_value_too_long_to_be_shown_is_shortened(value: str, tmp_path: Path) -> None:
    _, message = _only(f"a = {value}\n{SMALL}", tmp_path)
    assert message.startswith("a = ")
    assert "unknown key" in message
    assert len(message) < 500


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n"])
def test_an_empty_file_lacks_every_section(text: str, tmp_path: Path) -> None:
    *problems, count = _refused(text, tmp_path)
    assert count == "error: 7 problems in the layout"
    for key in ("schema", "job", "web", "cells", "isolation", "singulation", "machine"):
        assert any(f"job.toml:1: {key}: is required and missing" in problem for problem in problems)


@pytest.mark.parametrize("command", ["check", "nest", "run"])
@pytest.mark.parametrize(
    ("name", "needle"), [("missing.toml", "no such file"), ("folder", "is a folder"), ("small.toml/x", "")]
)
def test_a_file_that_is_not_there_is_two(command: str, name: str, needle: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "small.toml").write_text(SMALL)
    before = contents(tmp_path)
    result = tfbpattern(command, tmp_path / name)
    assert result.exit_code == 2
    assert f"{tmp_path / name}: " in result.stderr
    assert needle in result.stderr
    assert "Traceback" not in result.stderr
    assert contents(tmp_path) == before


# Each number of the format: where it stands in the full layout, and its key.
_NUMBERS = [
    ("width_mm = 40.0", "web.width_mm"),
    ("left = 1", "web.edge_exclusion_mm.left"),
    ("size_mm = 1.0", "web.fiducials[0].size_mm"),
    ("clearance_mm = 1.0", "web.fiducials[0].clearance_mm"),
    ("clearance_mm = 0.2", "web.keepouts[0].clearance_mm"),
    ("min_size_um = 50", "web.defects.min_size_um"),
    ("substrate_um = 10.0", "stack.substrate_um"),
    ("cathode_um = 10.0", "stack.cathode_um"),
    ("other_um = 1.815", "stack.other_um"),
    ("areal_capacity_uah_cm2_um = 68.9", "stack.areal_capacity_uah_cm2_um"),
    ("utilisation = 0.944", "stack.utilisation"),
    ("voltage_v = 3.9", "stack.voltage_v"),
    ("width_mm = 5.0", "cells[0].outline.width_mm"),
    ("height_mm = 4.0", "cells[0].outline.height_mm"),
    ("corner_radius_mm = 0.2", "cells[0].outline.corner_radius_mm"),
    ("share = 1.0", "cells[0].demand.share"),
    ("width_mm = 0.8", "cells[0].terminals[0].width_mm"),
    ("height_mm = 0.8", "cells[0].terminals[0].height_mm"),
    ("setback_mm = 0.10", "isolation.setback_mm"),
    ("line_width_mm = 0.025", "isolation.line_width_mm"),
    ("overcut_mm = 0.05", "isolation.overcut_mm"),
    ("mark_speed_mm_s = 2000", "isolation.recipe.mark_speed_mm_s"),
    ("power_percent = 30", "isolation.recipe.power_percent"),
    ("frequency_khz = 200", "isolation.recipe.frequency_khz"),
    ("kerf_mm = 0.03", "singulation.kerf_mm"),
    ("rib_mm = 0.2", "singulation.rib_mm"),
    ("width_mm = 0.08", "singulation.tabs.width_mm"),
    ("isolation_to_singulation_mm = 0.02", "registration.isolation_to_singulation_mm"),
    ("resolution_mm = 0.0001", "machine.resolution_mm"),
]
_WHOLE = [
    ("frame = 12", "job.frame"),
    ("min = 0", "cells[0].demand.min"),
    ("max = 100,", "cells[0].demand.max"),
    ("passes = 1,", "isolation.recipe.passes"),
    ("count = 2", "singulation.tabs.count"),
    ("max_power = 1000", "machine.max_power"),
    ("effort = 1", "nest.effort"),
    ("seed = 0", "nest.seed"),
]
_MAY_BE_ZERO = {
    "web.edge_exclusion_mm.left",
    "web.fiducials[0].clearance_mm",
    "web.keepouts[0].clearance_mm",
    "web.defects.min_size_um",
    "stack.other_um",
    "cells[0].outline.corner_radius_mm",
    "isolation.overcut_mm",
    "singulation.rib_mm",
    "registration.isolation_to_singulation_mm",
}


def _with_value(line: str, value: str) -> str:
    key, _, old = line.partition(" = ")
    return changed(FULL, (line, f"{key} = {value}{',' if old.endswith(',') else ''}"))


@pytest.mark.parametrize(("line", "key"), _NUMBERS)
@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ('"1.0"', "must be a number"),
        ("true", "must be a number"),
        ("[1.0]", "must be a number"),
        ("nan", "must be a finite number"),
        ("-inf", "must be a finite number"),
        ("-1.0", "must be"),
        ("-1e-300", "must be"),
    ],
)
def test_a_number_that_is_none_or_negative_is_refused(
    line: str, key: str, value: str, allowed: str, tmp_path: Path
) -> None:
    text = _with_value(line, value)
    number, message = _only(text, tmp_path)
    assert number == _line(FULL, line)
    assert message.startswith(f"{key} = {value}: ")
    assert allowed in message


@pytest.mark.parametrize("value", ["1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "0x10", "inf"])
def test_a_value_is_shown_as_toml_has_it(value: str, tmp_path: Path) -> None:
    _, message = _only(_with_value('film_side = "down"', value), tmp_path)
    assert message.startswith(f"web.film_side = {'16' if value == '0x10' else value}: must be 'up' or 'down'")


@pytest.mark.parametrize(("line", "key"), _NUMBERS)
def test_zero_is_refused_where_nothing_would_be_left(line: str, key: str, tmp_path: Path) -> None:
    text = _with_value(line, "0")
    if key in _MAY_BE_ZERO:
        (tmp_path / "job.toml").write_text(text)
        assert tfbpattern("check", tmp_path / "job.toml").exit_code == 0
        return
    number, message = _only(text, tmp_path)
    assert number == _line(FULL, line)
    assert message.startswith(f"{key} = 0: must be")


@pytest.mark.parametrize(("line", "key"), _NUMBERS)
@pytest.mark.parametrize("value", ["1e300", "1e308", "99999999999999999999999999"])
def test_no_number_is_too_large_for_a_message(line: str, key: str, value: str, tmp_path: Path) -> None:
    # Speeds, thicknesses and frequencies have no limit of their own; the machine's and the web's come later.
    (tmp_path / "job.toml").write_text(_with_value(line, value))
    result = tfbpattern("check", tmp_path / "job.toml")
    assert result.exit_code in (0, 2, 3), result.output
    assert "Traceback" not in result.stderr
    if "_mm" in key and "_mm_s" not in key:
        number, message = _only(_with_value(line, value), tmp_path)
        assert number == _line(FULL, line)
        assert message.startswith(f"{key} = ")
        assert "must be at most" in message


@pytest.mark.parametrize(("line", "key"), _WHOLE)
@pytest.mark.parametrize("value", ["1.5", "true", '"1"', "nan", "-1", "99999999999999999999999999"])
def test_a_count_is_a_whole_number_in_its_range(line: str, key: str, value: str, tmp_path: Path) -> None:
    text = _with_value(line, value)
    if "demand" in key and value.startswith("9"):
        (tmp_path / "job.toml").write_text(text)
        assert tfbpattern("check", tmp_path / "job.toml").exit_code in (0, 2)
        return
    number, message = _only(text, tmp_path)
    assert number == _line(FULL, line)
    assert message.startswith(f"{key} = {value}: must be")


@pytest.mark.parametrize(
    ("value", "needles"),
    [
        ("nan", ["frame_length_mm = nan", "finite number"]),
        ("-1", ["frame_length_mm = -1", "greater than 0"]),
        ("0", ["frame_length_mm = 0", "greater than 0"]),
        ("1e300", ["frame_length_mm = 1e+300", "at most 100000"]),
        ("true", ["frame_length_mm = true", "number", "min"]),
        ('"300"', ['frame_length_mm = "300"', "number", "min"]),
        ("[280, 420]", ["frame_length_mm = [280, 420]", "number", "min"]),
        ("{ min = 280 }", ["frame_length_mm.max: is required and missing"]),
        ("{ min = 42, max = 41 }", ["frame_length_mm", "min 42 is larger than max 41"]),
        ("{ min = 30, max = nan }", ["frame_length_mm.max = nan", "finite number"]),
        ("{ min = 30, max = 31, step = 1 }", ["frame_length_mm.step = 1", "unknown key", "min, max"]),
    ],
)
def test_a_frame_length_is_a_number_or_a_range(value: str, needles: list[str], tmp_path: Path) -> None:
    number, message = _only(small(("frame_length_mm = 14.0", f"frame_length_mm = {value}")), tmp_path)
    assert number == _line(SMALL, "frame_length_mm")
    for needle in needles:
        assert needle in message


@pytest.mark.parametrize(
    ("old", "new", "key", "hint"),
    [
        ("width_mm = 40.0", "width_mm = 40.0\nwidht_mm = 40.0", "web.widht_mm", "did you mean 'width_mm'?"),
        ("left = 1", "left = 1, rigth = 1", "web.edge_exclusion_mm.rigth", "did you mean 'right'?"),
        ("size_mm = 1.0", "size_mm = 1.0\nsiz_mm = 1", "web.fiducials[0].siz_mm", "did you mean 'size_mm'?"),
        ("voltage_v = 3.9", "voltage_v = 3.9\nvoltage = 4", "stack.voltage", "did you mean 'voltage_v'?"),
        ("corner_radius_mm = 0.2", "corner_radius = 0.2", "cells[0].outline.corner_radius", "'corner_radius_mm'"),
        ("height_mm = 4.0", "height_mm = 4.0, diameter_mm = 3", "cells[0].outline.diameter_mm", "width_mm"),
        ("share = 1.0", "shares = 1.0", "cells[0].demand.shares", "did you mean 'share'?"),
        ("passes = 1,", "pases = 1,", "isolation.recipe.pases", "did you mean 'passes'?"),
        ("count = 2", "cuont = 2", "singulation.tabs.cuont", "did you mean 'count'?"),
        ("effort = 1", "efort = 1", "nest.efort", "did you mean 'effort'?"),
        ("max_power = 1000", "maxpower = 1000", "machine.maxpower", "did you mean 'max_power'?"),
        ("rows = [", 'policys = "mark"\nrows = [', "web.defects.policys", "did you mean 'policy'?"),
        ("[registration]", "[registraton]", "registraton", "did you mean 'registration'?"),
        ("[nest]", "[zzz]\na = 1\n[nest]", "zzz", "known here: schema, job, web, cells"),
        ("effort = 1", "zzz = 1", "nest.zzz", "known here: objective, effort, seed"),
    ],
)
def test_an_unknown_key_is_refused_with_what_was_meant(old: str, new: str, key: str, hint: str, tmp_path: Path) -> None:
    text = changed(FULL, (old, new))
    number, message = _only(text, tmp_path)
    leaf = key.rpartition(".")[2]
    assert number == _line(text, f"{leaf} = " if f"{leaf} = " in text else f"[{leaf}]")
    assert message.startswith(key)
    assert "unknown key" in message
    assert hint in message


@pytest.mark.parametrize(
    "name",
    [
        "a/b",
        "a\\\\b",
        "..",
        "",
        " ",
        "a b",
        "(a)",
        "a;b",
        "a\\nb",
        "a\\u0000",
        "a\\u001b[31m",
        "zelle-ä",
        "\\uff58",
        "x" * 65,
        "a.b",
        "a'b",
    ],
)
@pytest.mark.parametrize(
    ("old", "key"),
    [
        ('name = "full"', "job.name"),
        ('roll = "R007"', "job.roll"),
        ('name = "F1"', "web.fiducials[0].name"),
        ('name = "splice"', "web.keepouts[0].name"),
        ('name = "C5"', "cells[0].name"),
        ('name = "anode"', "cells[0].terminals[0].name"),
    ],
)
def test_a_name_that_a_file_a_drawing_or_a_program_could_trip_over_is_refused(
    name: str, old: str, key: str, tmp_path: Path
) -> None:
    number, message = _only(changed(FULL, (old, f'{old.partition(" = ")[0]} = "{name}"')), tmp_path)
    assert number == _line(FULL, old)
    assert message.startswith(f'{key} = "')
    assert ("64 characters at most" if len(name) > 64 else "letters, digits, '-' and '_'") in message


def test_a_name_of_64_characters_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "job.toml").write_text(small(('name = "small"', f'name = "{"x" * 64}"')))
    assert tfbpattern("run", tmp_path / "job.toml", "-o", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / f"{'x' * 64}.cut.dxf").exists()


@pytest.mark.parametrize(
    ("outline", "needles"),
    [
        ('{ kind = "polygon", points_mm = [[0, 0], [4, 4], [4, 0], [0, 4]] }', ["crosses or touches itself", "(2, 2)"]),
        ('{ kind = "polygon", points_mm = [[0, 0], [4, 0], [4, 4], [2, 0], [0, 4]] }', ["touches itself", "(2, 0)"]),
        ('{ kind = "polygon", points_mm = [[0, 0], [4, 0], [8, 0]] }', []),
        ('{ kind = "polygon", points_mm = [[0, 0], [4, 0], [8, 0], [2, 0]] }', []),
        ('{ kind = "polygon", points_mm = [[0, 0], [4, 0]] }', ["enclose no area", "three"]),
        ('{ kind = "polygon", points_mm = [[0, 0], [0, 0], [0, 0]] }', []),
        ('{ kind = "polygon", points_mm = [[0, 0], [4, 0], [4, 0], [0, 0]] }', []),
        ('{ kind = "polygon", points_mm = [[0, 0]] }', ["points_mm", "at least 2"]),
        ('{ kind = "polygon", points_mm = [] }', ["points_mm", "at least 2"]),
        ('{ kind = "polygon", points_mm = [[0, 0], [4], [4, 4]] }', ["points_mm[1] = [4]", "at least 2"]),
        ('{ kind = "polygon", points_mm = [[0, 0], [4, 0, 0, 0], [4, 4]] }', ["points_mm[1]", "at most 3"]),
        ('{ kind = "polygon", points_mm = [[0, 0], [4, "0"], [4, 4]] }', ['points_mm[1][1] = "0"', "number"]),
        ('{ kind = "polygon", points_mm = [[0, 0], [4, nan], [4, 4]] }', ["points_mm[1][1] = nan", "finite"]),
        ('{ kind = "polygon", points_mm = [[0, 0], [4, 0, inf], [4, 4]] }', ["points_mm[1][2] = inf", "finite"]),
        ('{ kind = "polygon", points_mm = [[0, 0], [1e6, 0], [4, 4]] }', ["points_mm[1][0]", "at most 100000"]),
        ('{ kind = "polygon", points_mm = 3 }', ["points_mm = 3", "array"]),
        ('{ kind = "polygon", points_mm = [[0, 0, 8], [4, 0, 8], [2, 3, 8]] }', ["itself"]),
        ('{ kind = "polygon", points_mm = [[0, 0, 1], [4, 0, -1]] }', []),
        ('{ kind = "rect", width_mm = 0.001, height_mm = 0.001 }', ["no area"]),
        ('{ kind = "rect", width_mm = 4, height_mm = 6, corner_radius_mm = 2.1 }', ["2.1", "half the shorter side"]),
        ('{ kind = "dee", width_mm = 2, height_mm = 6 }', ["half circle does not fit"]),
        ('{ kind = "ell", width_mm = 4, height_mm = 4, notch_width_mm = 4, notch_height_mm = 1 }', ["4 x 1"]),
        ('{ kind = "tee", width_mm = 4, height_mm = 4, stem_width_mm = 5, bar_height_mm = 1 }', ["5 mm wide"]),
        ('{ kind = "circle" }', ["outline.diameter_mm: is required and missing"]),
        ('{ kind = "circle", width_mm = 3, diameter_mm = 3 }', ["outline.width_mm = 3", "unknown key"]),
        ('{ kind = "hexagon" }', ['kind = "hexagon"', "rect", "circle", "dxf"]),
        ("{ kind = 3 }", ["kind = 3", "rect", "dxf"]),
        ("{ width_mm = 3 }", ["kind", "is required and missing"]),
        ('"rect"', ['outline = "rect"', "table"]),
        ("[]", ["outline = []", "table"]),
    ],
)
def test_an_outline_that_bounds_no_cell_is_refused(outline: str, needles: list[str], tmp_path: Path) -> None:
    number, message = _only(changed(LEAST, (_CIRCLE, outline)), tmp_path)
    assert number == _line(LEAST, "outline")
    assert message.startswith("cells[0].outline")
    for needle in needles:
        assert needle in message


@pytest.mark.parametrize(
    "points",
    [
        "[[0, 0], [4, 0], [4, 0], [4, 4], [0, 4]]",
        "[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]",
        "[[0, 0], [2, 0], [4, 0], [4, 4], [0, 4]]",
        "[[0, 4], [4, 4], [4, 0], [0, 0]]",
    ],
    ids=["repeated", "closed by hand", "in line", "clockwise"],
)
def test_a_point_too_many_is_no_fault(points: str, tmp_path: Path) -> None:
    text = changed(LEAST, (_CIRCLE, f'{{ kind = "polygon", points_mm = {points} }}'))
    (tmp_path / "job.toml").write_text(text)
    result = tfbpattern("check", tmp_path / "job.toml")
    assert result.exit_code == 0
    assert "16 mm2" in result.stdout


@pytest.mark.parametrize(
    ("change", "key", "needles"),
    [
        (("[nest]", "[tester]\n\n[nest]"), "tester.sites", ["is required and missing"]),
        (('style = "ring"', 'style = "grid"'), 'isolation.style = "grid"', ["'C5' is no rectangle", '"ring" follows']),
        (('style = "ring"', 'style = "ring"\npitch_mm = 0.01'), "isolation", ["lines that lie side by side", "'ring'"]),
        (
            ('style = "ring"', 'style = "hatch"\npitch_mm = 0.03'),
            "isolation.pitch_mm = 0.03",
            ["leaves film between two lines of 0.025 mm less their tolerance of 0.005 mm", "at most 0.02 mm"],
        ),
        (('style = "ring"', 'style = "spiral"'), 'isolation.style = "spiral"', ["must be 'ring'"]),
        (
            ("[isolation]", f'[[cells]]\nname = "D"\noutline = {_CIRCLE}\n\n[isolation]'),
            "cells[1]",
            ["not supported yet", "more than one"],
        ),
        (("share = 1.0", "share = 0.5"), "cells[0].demand.share = 0.5", ["not supported yet"]),
        (('objective = "cells"', 'objective = "beauty"'), 'nest.objective = "beauty"', ["'cells' or 'capacity'"]),
        (('mode = "contour"', 'mode = "both"'), 'singulation.mode = "both"', ["'shared' or 'contour'"]),
        (('film_side = "down"', 'film_side = "left"'), 'web.film_side = "left"', ["'up' or 'down'"]),
        (("stand_alone = false", "stand_alone = 0"), "web.stand_alone = 0", ["true or false"]),
        (('shape = "cross"', 'shape = "star"'), 'web.fiducials[0].shape = "star"', ["'cross'", "'square'"]),
        (('policy = "avoid"', 'policy = "keep"'), 'web.defects.policy = "keep"', ["'avoid' or 'mark'"]),
        (("rotations_deg = [0, 90]", "rotations_deg = []"), "cells[0].rotations_deg = []", ["at least 1"]),
        (("rotations_deg = [0, 90]", "rotations_deg = 90"), "cells[0].rotations_deg = 90", ["array"]),
        (("rotations_deg = [0, 90]", "rotations_deg = [0, 360]"), "cells[0].rotations_deg[1] = 360", ["less than 360"]),
        (("min = 0,", "min = 101,"), "cells[0].demand", ["min 101 is larger than max 100"]),
        (("tolerance_mm = 0.005\novercut", "tolerance_mm = 0.025\novercut"), "isolation", ["0.025", "line_width_mm"]),
        (("line_width_mm = 0.025", "line_width_mm = 0.11"), "isolation", ["0.11", "setback_mm 0.1"]),
        (("tolerance_mm = 0.005\ntabs", "tolerance_mm = 0.03\ntabs"), "singulation", ["0.03", "kerf_mm"]),
        (("setback_mm = 0.10", "setback_mm = 2.1"), "isolation.setback_mm = 2.1", ["C5", "no active area", "5 x 4 mm"]),
        (("overcut_mm = 0.05", "overcut_mm = 50"), "isolation.overcut_mm = 50", ["longer than the ring", "'C5'"]),
        (("left = 1, right = 1", "left = 20, right = 20"), "web.edge_exclusion_mm", ["40 mm", "nothing of a web"]),
        (("lead = 1, trail = 1", "lead = 30, trail = 1"), "web.edge_exclusion_mm", ["31 mm", "nothing of a frame"]),
    ],
)
def test_what_is_not_allowed_or_not_supported_yet_is_refused(
    change: tuple[str, str], key: str, needles: list[str], tmp_path: Path
) -> None:
    number, message = _only(changed(FULL, change), tmp_path)
    assert number > 1
    assert message.startswith(f"{key}: ")
    for needle in needles:
        assert needle in message


def test_a_grid_has_no_more_overcut_than_there_is_room_for(tmp_path: Path) -> None:
    text = changed(
        FULL,
        (", corner_radius_mm = 0.2", ""),
        ('style = "ring"', 'style = "grid"'),
        ("overcut_mm = 0.05", "overcut_mm = 0.08"),
    )
    number, message = _only(text, tmp_path)
    assert number == _line(text, "overcut_mm")
    assert "isolation.overcut_mm = 0.08" in message
    assert "0.075 mm wide" in message


def test_a_strip_that_reaches_the_active_area_is_refused_with_its_width(tmp_path: Path) -> None:
    text = changed(
        FULL, ('style = "ring"', 'style = "double"'), ("to_singulation_mm = 0.02", "to_singulation_mm = 0.12")
    )
    _, message = _only(text, tmp_path)
    for needle in ('isolation.style = "double"', "0.275 mm wide", "0.11 mm inside the outline", "0.0875 mm"):
        assert needle in message


@pytest.mark.parametrize("section", ["isolation", "singulation"])
def test_a_heat_distance_larger_than_the_sheet_is_refused_with_both(section: str, tmp_path: Path) -> None:
    text = changed(LEAST, (f"[{section}]", f"[{section}]\nheat_distance_mm = 28.3"))
    number, message = _only(text, tmp_path)
    assert number == _line(text, "heat_distance_mm")
    assert message.startswith(f"{section}.heat_distance_mm = 28.3: ")
    for needle in ("20 x 20 mm", "28.2843 mm"):
        assert needle in message


def test_a_galvo_keeps_no_strokes_apart(tmp_path: Path) -> None:
    text = changed(LEAST, ("[isolation]", "[isolation]\nheat_distance_mm = 3.0"), ('"grbl-gantry"', '"galvo"'))
    assert "not supported on a galvo" in _only(text, tmp_path)[1]


@pytest.mark.parametrize("key", ["overcut_mm", "lead_in_mm"])
@pytest.mark.parametrize(
    ("section", "length"), [("isolation", "ring of 'C', 15.1582 mm"), ("singulation", "15.708 mm")]
)
def test_what_is_longer_than_its_stroke_is_refused_with_both(
    key: str, section: str, length: str, tmp_path: Path
) -> None:
    text = changed(LEAST, (f"[{section}]", f"[{section}]\n{key} = 15.8"), ("kerf_mm", 'mode = "contour"\nkerf_mm'))
    number, message = _only(text, tmp_path)
    assert number == _line(text, key)
    assert message.startswith(f"{section}.{key} = 15.8: is longer than the ")
    assert length in message


@pytest.mark.parametrize("key", ["overcut_mm", "lead_in_mm"])
@pytest.mark.parametrize("change", ["", 'mode = "contour"\ntabs = { count = 2 }\n'])
def test_open_cuts_have_no_lead_in_and_no_overcut(key: str, change: str, tmp_path: Path) -> None:
    _, message = _only(changed(LEAST, ("kerf_mm", f"{change}{key} = 0.1\nkerf_mm")), tmp_path)
    assert message.startswith("singulation: ")
    assert f"{key}: only a cut that closes" in message


def test_an_outline_in_which_a_line_of_a_hatch_falls_apart_is_refused(tmp_path: Path) -> None:
    """Two squares with a neck between them that is narrower than twice the setback; one is too small for it."""
    points = "[[0, 0], [4, 0], [4, 1.9], [4.5, 1.9], [4.5, 1.8], [4.8, 1.8], [4.8, 2.2], [4.5, 2.2], [4.5, 2.1],"
    outline = f'{{ kind = "polygon", points_mm = {points} [4, 2.1], [4, 4], [0, 4]] }}'
    text = changed(LEAST, (_CIRCLE, outline), ("setback_mm = 0.1", 'setback_mm = 0.16\nstyle = "hatch"'))
    _, message = _only(text, tmp_path)
    assert "falls apart into 2 rings" in message


def test_two_things_of_one_name_are_refused(tmp_path: Path) -> None:
    text = changed(
        FULL,
        (
            '[[web.keepouts]]\nname = "splice"',
            '[[web.fiducials]]\nname = "F1"\nx_mm = 9\ny_mm = 9\n\n[[web.keepouts]]\nname = "clamp"',
        ),
        (
            "[isolation]",
            '[[cells.terminals]]\nname = "anode"\nkind = "anode"\nx_mm = 0\ny_mm = 0\nwidth_mm = 1\nheight_mm = 1\n'
            "\n[isolation]",
        ),
    )
    *problems, count = _refused(text, tmp_path)
    assert count == "error: 3 problems in the layout"
    for problem, key, first in zip(
        problems,
        ('web.fiducials[1].name = "F1"', 'web.keepouts[1].name = "clamp"', 'cells[0].terminals[1].name = "anode"'),
        ("web.fiducials[0]", "web.keepouts[0]", "cells[0].terminals[0]"),
        strict=True,
    ):
        assert f": {key}: is the name of {first} too" in problem


def test_two_cells_of_one_name_are_refused(tmp_path: Path) -> None:
    text = changed(FULL, ("[isolation]", f'[[cells]]\nname = "C5"\noutline = {_CIRCLE}\n\n[isolation]'))
    problems = _refused(text, tmp_path)
    assert any('cells[1].name = "C5": is the name of cells[0] too' in problem for problem in problems)


@pytest.mark.parametrize(
    ("shape", "needles"),
    [
        ("", ["needs exactly one of rect_mm, circle_mm, polygon_mm, dxf", "found none"]),
        (f"{_KEEPOUT}\ncircle_mm = [1, 1, 1]", ["exactly one", "found rect_mm and circle_mm"]),
        (f'{_KEEPOUT}\ndxf = "x.dxf"', ["exactly one", "dxf and rect_mm"]),
        ("rect_mm = [26, 11, 4]", ["rect_mm = [26, 11, 4]", "at least 4"]),
        ("rect_mm = [26, 11, 4, 3, 2]", ["rect_mm", "at most 4"]),
        ("rect_mm = [26, 11, 0, 3]", ["rect_mm", "0 x 3 mm"]),
        ("rect_mm = [26, 11, 4, -3]", ["rect_mm", "4 x -3 mm"]),
        ("rect_mm = [26, 11, 4, nan]", ["rect_mm[3] = nan", "finite"]),
        ("circle_mm = [26, 11, 0]", ["circle_mm", "0 mm"]),
        ("circle_mm = [26, 11]", ["circle_mm = [26, 11]", "at least 3"]),
        ("polygon_mm = [[0, 0], [1, 1], [1, 0], [0, 1]]", ["crosses or touches itself", "(0.5, 0.5)"]),
        ("polygon_mm = [[0, 0], [1, 1]]", ["enclose no area"]),
        ('dxf = "missing.dxf"', ['dxf = "missing.dxf"', "no such file"]),
        ("dxf = 3", ["dxf = 3", "text in quotes"]),
        ('dxf = ""', ["dxf"]),
        ('dxf = "a\\u0000b"', ["dxf"]),
        ('dxf = "job.toml"', ["dxf", "job.toml"]),
    ],
)
def test_a_keep_out_has_exactly_one_sound_shape(shape: str, needles: list[str], tmp_path: Path) -> None:
    number, message = _only(small((_KEEPOUT, shape)), tmp_path)
    assert _line(SMALL, "[[web.keepouts]]") <= number <= _line(SMALL, "clearance_mm") + 1
    assert message.startswith("web.keepouts[0]")
    for needle in needles:
        assert needle in message


@pytest.mark.parametrize("size", ["5e-324", "1e-300", "1e-13", "1e-9", "1e-6"])
@pytest.mark.parametrize(
    "shape",
    ["circle_mm = [26, 11, {0}]", "rect_mm = [26, 11, {0}, {0}]", "polygon_mm = [[26, 11], [27, 11], [27, {0}]]"],
)
def test_a_keep_out_too_small_to_see_is_no_fault_of_ours(shape: str, size: str, tmp_path: Path) -> None:
    (tmp_path / "job.toml").write_text(small((_KEEPOUT, shape.format(size))))
    result = tfbpattern("nest", tmp_path / "job.toml")
    assert result.exit_code in (0, 2), result.output


@pytest.mark.parametrize(
    ("change", "needles"),
    [
        (("x_mm = -1.0", "x_mm = 3.2"), ["'anode' at (3.2, 0.5) mm", "0.2 mm beyond"]),
        (("x_mm = -1.0", "x_mm = 50"), ["'anode' at (50, 0.5) mm", "active area"]),
        (("x_mm = 3.75", "x_mm = 3.65"), ["'cathode' at (3.65, 0) mm", "touches the active area"]),
        (("x_mm = 3.75", "x_mm = 3.9"), ["'cathode' at (3.9, 0) mm", "leaves the outline"]),
        (("x_mm = 3.75", "x_mm = 50"), ["'cathode' at (50, 0) mm", "leaves the outline"]),
    ],
)
def test_a_terminal_outside_its_place_is_refused_with_how_far(
    change: tuple[str, str], needles: list[str], tmp_path: Path
) -> None:
    number, message = _only(small(change), tmp_path)
    assert number in {_line(SMALL, "[[cells.terminals]]"), _line(SMALL, 'name = "cathode"') - 1}
    assert message.startswith("cells[0].terminals[")
    for needle in needles:
        assert needle in message


def test_a_terminal_may_touch_the_border_it_must_not_cross(tmp_path: Path) -> None:
    for change in (("x_mm = -1.0", "x_mm = 3.0"), ("x_mm = 3.75", "x_mm = 3.7"), ("x_mm = 3.75", "x_mm = 3.8")):
        (tmp_path / "job.toml").write_text(small(change))
        assert tfbpattern("check", tmp_path / "job.toml").exit_code == 0, change


@pytest.mark.parametrize(
    "section", ["job", "web", "stack", "isolation", "singulation", "registration", "machine", "nest"]
)
@pytest.mark.parametrize("value", ["3", '"x"', "[]", "[1]", "[[]]", "true", "1979-05-27", "[{}]"])
def test_a_section_that_is_no_table_is_refused_on_its_line(section: str, value: str, tmp_path: Path) -> None:
    start = FULL.index(f"[{section}]")
    following = [m.start() for m in re.finditer(r"^\[{1,2}(\w+)", FULL, re.MULTILINE) if m.start() > start]
    ends = [at for at in following if not FULL[at:].lstrip("[").startswith(f"{section}.")]
    text = f"{section} = {value}\n" + FULL[:start] + (FULL[ends[0] :] if ends else "")
    number, message = _only(text, tmp_path)
    assert number == 1
    assert message.startswith(f"{section} = ")
    assert "must be a table" in message


@pytest.mark.parametrize("value", ["3", '"x"', "[]", "[1]", "[[]]", "true", "{}"])
def test_cells_are_tables(value: str, tmp_path: Path) -> None:
    text = f"cells = {value}\n" + LEAST[: LEAST.index("[[cells]]")] + LEAST[LEAST.index("[isolation]") :]
    number, message = _only(text, tmp_path)
    assert number == 1
    assert message.startswith("cells")


@pytest.mark.parametrize(("key", "old"), [("fiducials", "[[web.fiducials]]"), ("keepouts", "[[web.keepouts]]")])
@pytest.mark.parametrize("value", ["3", '"x"', "[1]", "[[]]", "{}", "true"])
def test_lists_of_tables_are_lists_of_tables(key: str, old: str, value: str, tmp_path: Path) -> None:
    assert old in SMALL
    text = changed(LEAST, ("width_mm = 20", f"width_mm = 20\n{key} = {value}"))
    number, message = _only(text, tmp_path)
    assert number == _line(text, f"{key} = ")
    assert message.startswith(f"web.{key}")
    assert "must be a" in message


@pytest.mark.parametrize("use", ["linuxcnc-gantri", "x", "missing.toml"])
def test_an_unknown_machine_is_refused(use: str, tmp_path: Path) -> None:
    number, message = _only(small(("linuxcnc-gantry", use)), tmp_path)
    assert number == _line(SMALL, 'use = "')
    assert message.startswith(f'machine.use = "{use}": ')
    assert ("no such file" if use.endswith(".toml") else "linuxcnc-gantry") in message


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        ("name = [", "not TOML"),
        ("", "schema must be 1"),
        (SMALL, "machine.toml"),
        ('schema = 1\nkind = "robot"\n', "gantry"),
    ],
)
def test_a_broken_machine_file_is_refused(text: str, needle: str, tmp_path: Path) -> None:
    (tmp_path / "machine.toml").write_text(text)
    number, message = _only(small(("linuxcnc-gantry", "machine.toml")), tmp_path)
    assert number == _line(SMALL, 'use = "')
    assert needle in message


@pytest.mark.parametrize("rows", ["", "x_mm,y_mm,size_um\n1,2,3\n", "x_mm,y_mm,size_um,class\n1,two,3,a\n"])
def test_a_bad_defect_list_is_refused(rows: str, tmp_path: Path) -> None:
    (tmp_path / "defects.csv").write_text(rows)
    text = small(("[[web.fiducials]]", '[web.defects]\nfile = "defects.csv"\n\n[[web.fiducials]]'))
    number, message = _only(text, tmp_path)
    assert number == _line(text, "file = ")
    assert message.startswith('web.defects.file = "defects.csv": ')
    assert "defects.csv" in message.partition(": ")[2]


def test_keys_of_the_file_reach_the_terminal_as_plain_text(tmp_path: Path) -> None:
    for key in ('"\\u001b[31mred"', '"a\\nb"', '"\\u0007"', '"\\u009b"'):
        _refused(f"{key} = 1\n{SMALL}", tmp_path)
        _refused(small(("[job]", f"[job]\n{key} = 1")), tmp_path)


def test_all_errors_of_a_file_come_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = changed(
        FULL,
        ("width_mm = 40.0", 'width_mm = "forty"'),
        ('shape = "cross"', 'shape = "star"'),
        ("circle_mm = [20, 15, 1]", "circle_mm = [20, 15]"),
        ("voltage_v = 3.9", "voltage = 3.9"),
        ("width_mm = 5.0", "width_mm = -5.0"),
        ("kerf_mm = 0.03", "kerf_mm = nan"),
        ('use = "linuxcnc-gantry"', 'use = "linuxcnc"'),
        ("seed = 0", "seed = true"),
    )
    *problems, count = _refused(text, tmp_path, "check")
    assert count == "error: 8 problems in the layout"
    numbers = [int(problem.split("job.toml:")[1].split(":")[0]) for problem in problems]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 8


def test_a_machine_that_does_not_exist_hides_no_other_error(tmp_path: Path) -> None:
    text = changed(
        FULL, ('use = "linuxcnc-gantry"', 'use = "linuxcnc-gantry"\npost = "fanuc"'), ("seed = 0", "seed = -1")
    )
    *problems, count = _refused(text, tmp_path)
    assert count == "error: 2 problems in the layout"
    assert any('machine.post = "fanuc"' in problem for problem in problems)
    assert any("nest.seed = -1" in problem for problem in problems)


def test_more_cells_than_anyone_can_make_are_refused_in_words(tmp_path: Path) -> None:
    text = changed(
        LEAST,
        ("diameter_mm = 5", "diameter_mm = 0.05"),
        ("setback_mm = 0.1", "setback_mm = 0.01\nline_width_mm = 0.01"),
        ("width_mm = 20", "width_mm = 100000"),
        ("frame_length_mm = 20", "frame_length_mm = 100000"),
    )
    (tmp_path / "job.toml").write_text(text)
    result = tfbpattern("nest", tmp_path / "job.toml")
    assert result.exit_code in (2, 3)
    assert "cells" in result.stderr.splitlines()[-1]
    assert "array" not in result.stderr
