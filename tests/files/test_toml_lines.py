"""Laws of the line numbers that messages about a TOML file carry."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.small_job import FULL, SMALL
from tfbpattern.files.toml_lines import Path, key_lines, line_of


def _paths(value: Any, path: Path = ()) -> list[Path]:
    """Every key and element of a parsed document."""
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(below for key, item in inner for below in _paths(item, (*path, key)))]


def test_a_key_is_found_on_the_line_it_stands_on() -> None:
    text = 'first = 1\n\n[table]\nkey = "x"\n\n[table.inner]\nkey = 2\n'
    assert key_lines(text) == {
        (): 1,
        ("first",): 1,
        ("table",): 3,
        ("table", "key"): 4,
        ("table", "inner"): 6,
        ("table", "inner", "key"): 7,
    }


def test_elements_of_an_array_of_tables_are_told_apart() -> None:
    lines = key_lines("[[cells]]\nname = 1\n[[cells]]\nname = 2\n[[cells.terminals]]\nkind = 3\n[[cells.terminals]]\n")
    assert lines["cells", 0] == 1
    assert lines["cells", 0, "name"] == 2
    assert lines["cells", 1] == 3
    assert lines["cells", 1, "name"] == 4
    assert lines["cells", 1, "terminals", 0, "kind"] == 6
    assert lines["cells", 1, "terminals", 1] == 7


def test_a_table_below_an_array_of_tables_belongs_to_its_latest_element() -> None:
    lines = key_lines("[[cells]]\n[cells.outline]\nkind = 1\n[[cells]]\n[cells.outline]\nkind = 2\n")
    assert (lines["cells", 0, "outline", "kind"], lines["cells", 1, "outline", "kind"]) == (3, 6)


def test_a_dotted_key_names_every_table_on_its_way() -> None:
    lines = key_lines("[web]\nedge_exclusion_mm.left = 1\nedge_exclusion_mm . right = 2\n")
    assert lines["web", "edge_exclusion_mm"] == 2
    assert lines["web", "edge_exclusion_mm", "left"] == 2
    assert lines["web", "edge_exclusion_mm", "right"] == 3


@pytest.mark.parametrize(
    "value",
    [
        "[\n1,\n2,\n]",
        "[ # [ not a bracket\n1, # ] nor this\n]",
        '"""\n[no.table]\nkey = 1\n"""',
        "'''\n[no.table]\nkey = 1\n'''",
        '"a # b = [ { "',
        "'c:\\ # [ '",
        '"quoted \\" # ["',
        '"""ends with a quote\\""""',
        '["""ends with a quote"""", "# ["]',
        "['''ends with a quote'''', '# [']",
        '{ a = "}", b = [ "]" ] }',
        "1979-05-27T07:32:00Z # [",
        '[[1, 2], [3, "]"]]',
    ],
)
def test_no_value_hides_the_lines_after_it(value: str) -> None:
    text = f"before = 1\nvalue = {value} # end\nafter = 2\n[table]\nkey = 3\n"
    tomllib.loads(text)
    lines = key_lines(text)
    height = value.count("\n")
    assert lines["before",] == 1
    assert lines["value",] == 2
    assert lines["after",] == 3 + height
    assert lines["table", "key"] == 5 + height
    assert ("no",) not in lines


@pytest.mark.parametrize("key", ["'a=b'", '"a=b"', '"a#b"', '"a]b"', '"a.b"', "'a]]b'", '"a\\"b"', '"ä"'])
def test_a_quoted_key_may_hold_what_ends_others(key: str) -> None:
    text = f"k.{key} = 1\n[t.{key}]\ny = 2\n"
    name = next(iter(tomllib.loads(text)["k"]))
    lines = key_lines(text)
    assert lines["k", name] == 1
    assert lines["t", name, "y"] == 3


def test_a_quoted_name_of_an_array_of_tables_may_hold_brackets() -> None:
    assert key_lines('[["a]]b"]]\nkey = 1\n')["a]]b", 0, "key"] == 2


def test_windows_line_ends_count_as_one_line() -> None:
    assert key_lines("a = 1\r\n[b]\r\nc = [\r\n1]\r\nd = 2\r\n")["b", "d"] == 5


def test_a_key_without_a_line_of_its_own_has_that_of_the_nearest_around_it() -> None:
    lines = key_lines("a = 1\n[web]\nedge = { left = 1,\n right = 2 }\n")
    assert line_of(("web", "edge", "right"), lines) == 3
    assert line_of(("web", "missing"), lines) == 2
    assert line_of(("missing", 3, "x"), lines) == 1


@pytest.mark.parametrize("text", [SMALL, FULL, "", "# only a comment\n"])
def test_whatever_a_document_holds_has_a_line_in_it(text: str) -> None:
    lines = key_lines(text)
    rows = text.splitlines()
    for path in _paths(tomllib.loads(text)):
        line = line_of(path, lines)
        assert 1 <= line <= max(len(rows), 1)
        if path in lines and isinstance(path[-1] if path else 0, str):
            assert str(path[-1]) in rows[line - 1]


_VALUES = st.sampled_from(
    [
        "1",
        "-0.5e3",
        "true",
        '"text"',
        '"# [ = {"',
        "'# ] = }'",
        '"\\""',
        "[1, 2]",
        "[\n  1, # ]\n  2,\n]",
        '"""\nx = 1\n[y]\n"""',
        "'''\n[[z]]\n'''",
        "{ a = 1, b = [ { c = 2 } ] }",
        '[{ a = "]" },\n { a = "#" }]',
    ]
)
_NOISE = st.sampled_from(["", "\n", "# [comment]\n", "   # x = 1\n", "\n\n"])
_TAIL = st.sampled_from(["", " # ]", "  ", " # key = '''"])
_KEYS = st.sampled_from(["a", "b-c", "d_e", "1", '"f g"', "'h#='", '"i]"'])


@given(st.data())
def test_every_key_of_any_document_is_on_its_line(data: st.DataObject) -> None:
    text, expected = "", {}
    counts: dict[str, int] = {}
    for number in range(data.draw(st.integers(1, 5))):
        text += data.draw(_NOISE)
        header = data.draw(st.sampled_from(["table", "array", "inner"]))
        prefix: Path
        if header == "array" or (header == "inner" and "arr" not in counts):
            counts["arr"] = counts.get("arr", -1) + 1
            prefix, line = ("arr", counts["arr"]), "[[ arr ]]"
        elif header == "table":
            prefix, line = ("tab", f"t{number}"), f"[tab.t{number}]"
        else:
            prefix, line = ("arr", counts["arr"], f"in{number}"), f"[arr . in{number}]"
        expected[prefix] = text.count("\n") + 1
        text += line + data.draw(_TAIL) + "\n"
        for key in data.draw(st.lists(_KEYS, max_size=4, unique=True)):
            text += data.draw(_NOISE)
            name = next(iter(tomllib.loads(f"{key} = 0")))
            expected[(*prefix, name)] = text.count("\n") + 1
            text += f"{key} = {data.draw(_VALUES)}{data.draw(_TAIL)}\n"
    tomllib.loads(text)
    lines = key_lines(text)
    assert {path: lines.get(path) for path in expected} == expected
