"""Laws of bringing drawings, defect lists and machines into the layout that refers to them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import ezdxf
import pytest
from ezdxf.layouts import Modelspace

from tests.conftest import ROOT
from tests.small_job import LEAST, changed, layout_of, small
from tfbpattern.errors import InputError, LayoutError
from tfbpattern.files.inlining import inlined, parse_toml, read_text
from tfbpattern.files.layout import read_layout

_RECT = '{ kind = "rect", width_mm = 8.0, height_mm = 6.0, corner_radius_mm = 0.5 }'
_CIRCLE = '{ kind = "circle", diameter_mm = 5 }'
_HEADER = "x_mm,y_mm,size_um,class\n"


def _drawing() -> Modelspace:
    return ezdxf.new("R2000", units=4).modelspace()


def _save(space: Modelspace, path: Path) -> None:
    assert space.doc is not None
    space.doc.saveas(path)


def _with_defects(rows: str, folder: Path, policy: str = "avoid") -> str:
    (folder / "defects.csv").write_bytes(rows.encode())
    table = f'[web.defects]\nfile = "defects.csv"\npolicy = "{policy}"\n\n[[web.fiducials]]'
    return small(("[[web.fiducials]]", table))


def _problems(text: str, folder: Path) -> tuple[str, ...]:
    with pytest.raises(LayoutError) as caught:
        layout_of(text, folder)
    return caught.value.problems


def test_a_drawn_outline_becomes_a_polygon_with_its_arcs(tmp_path: Path) -> None:
    space = _drawing()
    space.add_lwpolyline([(0, 0, 0), (8, 0, 0.2), (8, 6, 0), (0, 6, 0)], format="xyb", close=True)
    _save(space, tmp_path / "cell.dxf")
    layout = layout_of(changed(LEAST, (_CIRCLE, '{ kind = "dxf", file = "cell.dxf" }')), tmp_path)
    outline = tomllib.loads(layout.text)["cells"][0]["outline"]
    assert outline["kind"] == "polygon"
    assert [point for point in outline["points_mm"] if len(point) == 3] == [[8.0, 0.0, 0.2]]
    x_min, _, x_max, _ = layout.job.cells[0].outline.bounds_mm
    # The sagitta of an arc is half its chord times its bulge.
    assert x_max - x_min == pytest.approx(8.0 + 3.0 * 0.2)


def test_the_kept_text_needs_no_file_beside_it(tmp_path: Path) -> None:
    text = (ROOT / "layouts" / "hearing-aid.toml").read_text("utf-8")
    there = layout_of(text, ROOT / "layouts")
    assert layout_of(there.text, tmp_path).text == there.text
    for key in ("file", "dxf"):
        assert f"{key} =" not in there.text


def test_relative_paths_start_at_the_layout_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    text = _with_defects(f"{_HEADER}1,2,300,a\n", tmp_path / "here")
    (tmp_path / "here" / "job.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert len(read_layout(Path("here/job.toml")).job.web.avoided_defects) == 1
    monkeypatch.chdir(tmp_path / "here")
    assert len(read_layout(Path("job.toml")).job.web.avoided_defects) == 1


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    text = _with_defects(f"{_HEADER}1,2,300,a\n", tmp_path)
    text = text.replace('"defects.csv"', f'"{tmp_path / "defects.csv"}"')
    assert len(layout_of(text, Path("elsewhere")).job.web.avoided_defects) == 1


def test_each_shape_of_a_drawing_is_a_keep_out(tmp_path: Path) -> None:
    space = _drawing()
    space.add_circle((26, 12), 0.5)
    space.add_circle((28, 12), 0.5)
    space.add_circle((27, 13.4), 0.5)
    _save(space, tmp_path / "clamps.dxf")
    text = small(("rect_mm = [26, 11, 4, 3]", 'dxf = "clamps.dxf"'))
    keepouts = layout_of(text, tmp_path).job.web.keepouts
    assert sorted(k.name for k in keepouts) == ["splice", "splice-2", "splice-3"]
    assert {k.clearance_mm for k in keepouts} == {0.2}
    centres = sorted(
        (round((b[0] + b[2]) / 2, 6), round((b[1] + b[3]) / 2, 6)) for b in (k.shape.bounds_mm for k in keepouts)
    )
    assert centres == [(26.0, 12.0), (27.0, 13.4), (28.0, 12.0)]


def test_a_missing_drawing_is_one_problem_on_its_line(tmp_path: Path) -> None:
    (outline,) = _problems(small((_RECT, '{ kind = "dxf", file = "no.dxf" }')), tmp_path)
    assert outline.startswith("layout.toml:26: cells[0].outline: ")
    assert "no.dxf" in outline
    assert "no such file" in outline
    (keepout,) = _problems(small(("rect_mm = [26, 11, 4, 3]", 'dxf = "no.dxf"')), tmp_path)
    assert keepout.startswith('layout.toml:18: web.keepouts[0].dxf = "no.dxf": ')


def test_a_drawn_outline_takes_a_file_and_a_layer_and_no_more(tmp_path: Path) -> None:
    assert _problems(small((_RECT, '{ kind = "dxf", fil = "no.dxf" }')), tmp_path) == (
        "layout.toml:26: cells[0].outline.fil = \"no.dxf\": unknown key; did you mean 'file'?",
        "layout.toml:26: cells[0].outline.file: is required and missing",
    )
    assert _problems(small((_RECT, '{ kind = "dxf", file = 3 }')), tmp_path) == (
        "layout.toml:26: cells[0].outline.file = 3: must be text in quotes",
    )


def test_defects_are_kept_as_rows_and_counted_from_their_least_size(tmp_path: Path) -> None:
    rows = f"{_HEADER}3.5,4.25,80,pinhole\n20,5,49.9,dust\n21,6,50,dust\n"
    layout = layout_of(_with_defects(rows, tmp_path), tmp_path)
    found = [(d.x_mm, d.y_mm, d.diameter_mm, d.kind) for d in layout.job.web.avoided_defects]
    assert found == [(3.5, 4.25, 0.08, "pinhole"), (21.0, 6.0, 0.05, "dust")]
    kept = tomllib.loads(layout.text)["web"]["defects"]["rows"]
    assert kept == [[3.5, 4.25, 80.0, "pinhole"], [20.0, 5.0, 49.9, "dust"], [21.0, 6.0, 50.0, "dust"]]


def test_the_policy_says_whether_defects_are_avoided_or_marked(tmp_path: Path) -> None:
    rows = f"{_HEADER}3.5,4.25,80,pinhole\n"
    avoided = layout_of(_with_defects(rows, tmp_path), tmp_path).job.web
    marked = layout_of(_with_defects(rows, tmp_path, policy="mark"), tmp_path).job.web
    assert (len(avoided.avoided_defects), len(avoided.marked_defects)) == (1, 0)
    assert (len(marked.avoided_defects), len(marked.marked_defects)) == (0, 1)


@pytest.mark.parametrize(
    "rows",
    [
        _HEADER + "1,2,300,a\n",
        "\ufeff" + _HEADER + "1,2,300,a\n",
        (_HEADER + "1,2,300,a\n").replace("\n", "\r\n"),
        "class,size_um,note,y_mm,x_mm\na,300,seen twice,2,1\n",
        _HEADER + "\n1,2,300,a\n\n",
        _HEADER + '"1","2","300","a"\n',
        _HEADER + "1,2,300,a",
    ],
    ids=["plain", "byte order mark", "windows", "order and more columns", "blank lines", "quoted", "no last line end"],
)
def test_a_defect_list_may_come_from_anywhere(rows: str, tmp_path: Path) -> None:
    (defect,) = layout_of(_with_defects(rows, tmp_path), tmp_path).job.web.avoided_defects
    assert (defect.x_mm, defect.y_mm, defect.diameter_mm, defect.kind) == (1.0, 2.0, 0.3, "a")


def test_a_defect_list_without_rows_is_no_defect(tmp_path: Path) -> None:
    assert layout_of(_with_defects(_HEADER, tmp_path), tmp_path).job.web.avoided_defects == ()


@pytest.mark.parametrize(
    ("rows", "needles"),
    [
        ("", ["'x_mm' is missing"]),
        ("1,2,300,a\n", ["'x_mm' is missing", "x_mm,y_mm,size_um,class"]),
        ("x_mm,y_mm,class\n1,2,a\n", ["'size_um' is missing"]),
        (_HEADER + "1,2,300,a\n1,two,300,a\n", ["defects.csv:3", "y_mm", "'two'"]),
        (_HEADER + "1,2\n", ["defects.csv:2", "size_um"]),
        (_HEADER + "1,2,300,a\n1,nan,300,a\n", ["defects.csv:3", "y_mm", "nan"]),
        (_HEADER + "1,2,inf,a\n", ["defects.csv:2", "size_um", "inf"]),
        (_HEADER + "1,2,-5,a\n", ["defects.csv:2", "size_um", "-5"]),
        (_HEADER + "1e300,2,5,a\n", ["defects.csv:2", "x_mm", "1e"]),
        (_HEADER + f"1,2,5,{'a' * 200_000}\n", ["defects.csv"]),
    ],
    ids=["empty", "no header", "column missing", "word", "short", "nan", "inf", "negative", "huge", "long field"],
)
def test_a_bad_defect_list_is_one_problem_that_names_file_line_and_value(
    rows: str, needles: list[str], tmp_path: Path
) -> None:
    problems = _problems(_with_defects(rows, tmp_path), tmp_path)
    assert len(problems) == 1
    assert problems[0].startswith('layout.toml:12: web.defects.file = "defects.csv": ')
    for needle in needles:
        assert needle in problems[0]


def test_a_missing_defect_list_is_one_problem_on_its_line(tmp_path: Path) -> None:
    text = small(("[[web.fiducials]]", '[web.defects]\nfile = "no.csv"\n\n[[web.fiducials]]'))
    (problem,) = _problems(text, tmp_path)
    assert problem.startswith('layout.toml:12: web.defects.file = "no.csv": ')
    assert "no such file" in problem


def test_a_table_of_defects_needs_a_file(tmp_path: Path) -> None:
    text = small(("[[web.fiducials]]", "[web.defects]\nmin_size_um = 5\n\n[[web.fiducials]]"))
    (problem,) = _problems(text, tmp_path)
    assert "web.defects.file: is required and missing" in problem


def test_the_document_given_is_not_changed() -> None:
    document = parse_toml(small(), "layout.toml")
    inlined(document, Path())
    assert document == parse_toml(small(), "layout.toml")


@pytest.mark.parametrize("value", ["3", "[]", "{}", '"x"', "[1, 2]", "[[]]", "true"])
@pytest.mark.parametrize("key", ["web", "machine", "cells", "web.keepouts", "web.defects", "web.fiducials"])
def test_a_section_of_another_type_is_left_for_the_schema(key: str, value: str) -> None:
    document = parse_toml(small(), "layout.toml")
    *tables, last = key.split(".")
    table = document
    for name in tables:
        table = table[name]
    table[last] = parse_toml(f"x = {value}", "x")["x"]
    inlined(document, Path())


def test_a_file_that_cannot_be_read_is_named_in_words(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\x80\x81")
    for name, reason in (("missing", "no such file"), (".", "is a folder"), ("binary", "not UTF-8 text (byte 0)")):
        with pytest.raises(InputError, match=name if name != "." else str(tmp_path)) as caught:
            read_text(tmp_path / name)
        assert reason in str(caught.value)
