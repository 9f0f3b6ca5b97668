"""A good layout, changed at random, is run, or refused in words: never a traceback, never another exit code."""

from __future__ import annotations

import copy
import datetime
import re
import tempfile
from pathlib import Path
from typing import Any

import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.command_line import tfbpattern
from tests.small_job import FULL, SMALL, document

Place = tuple[str | int, ...]

_ODD: list[Any] = [
    True,
    0,
    -1,
    1,
    2**31,
    -(2**63),
    0.0,
    -0.0,
    1e-9,
    1e-300,
    5e-324,
    0.1 + 0.2,
    1e300,
    float("nan"),
    float("inf"),
    -float("inf"),
    "",
    "x",
    "ring",
    "inline",
    "galvo",
    "../x",
    "a\x00b",
    "ä" * 70,
    "\x1b[31m",
    [],
    [[]],
    [0, 0],
    [[0, 0], [1, 0], [0, 1]],
    {},
    {"min": 1},
    {"kind": "rect"},
    {"kind": "dxf"},
    datetime.date(1979, 5, 27),
    datetime.time(7, 32),
]
# Sheets stay small: a number may shrink or grow a little, or become odd.
_FACTORS = [0.0, 0.5, 0.9, 1.000001, 1.1, 2.0, -1.0]


def _odd() -> st.SearchStrategy[Any]:
    # What is put in may be changed next.
    return st.sampled_from(_ODD).map(copy.deepcopy)


def _places(value: Any, place: Place = ()) -> list[Place]:
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [*([place] if place else []), *(below for key, item in inner for below in _places(item, (*place, key)))]


def _at(document: Any, place: Place) -> Any:
    for part in place:
        document = document[part]
    return document


@st.composite
def _changed(draw: st.DrawFn, text: str) -> str:
    """The layout with one to three things deleted, replaced, doubled, scaled or added."""
    whole = copy.deepcopy(document(text))
    for _ in range(draw(st.integers(1, 3))):
        places = _places(whole)
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        table = _at(whole, tuple(way))
        old = table[last]
        numeric = isinstance(old, int | float) and not isinstance(old, bool)
        what = draw(st.sampled_from(["delete", "replace", "add", "double"] + ["scale"] * 3 * numeric))
        if what == "delete":
            del table[last]
        elif what == "replace":
            table[last] = draw(_odd())
        elif what == "scale":
            table[last] = old * draw(st.sampled_from(_FACTORS))
        elif isinstance(table, list):
            table.append(copy.deepcopy(old) if what == "double" else draw(_odd()))
        else:
            table[draw(st.sampled_from(["added", "kind", "name", "a b", "\x07", "use", "file", "dxf", "rows"]))] = draw(
                _odd()
            )
    return tomli_w.dumps(whole)


def _told(text: str, command: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "job.toml"
        path.write_text(text, encoding="utf-8")
        output = ("-o", str(Path(folder) / "out")) if command == "run" else ()
        result = tfbpattern(command, path, *output)
        names = {entry.name for entry in Path(folder).iterdir()}
    assert result.exit_code in (0, 2, 3), f"{result.output}\n{text}"
    assert "Traceback" not in result.output
    assert bool(result.stdout) == (result.exit_code == 0)
    assert names == {"job.toml"} | ({"out"} if command == "run" and result.exit_code == 0 else set())
    if result.exit_code == 2:
        *problems, last = [line for line in result.stderr.splitlines() if not line.startswith("warning: ")]
        assert last.startswith("error: ")
        count = re.fullmatch(r"error: (\d+) problems? in the layout", last)
        assert not count or int(count.group(1)) == len(problems)
        for problem in problems:
            assert re.match(r".*/job\.toml:[1-9]\d*: \S", problem), problem
    if result.exit_code == 3:
        assert re.search(r"error: .*\d", result.stderr)


@settings(max_examples=250)
@given(_changed(FULL))
def test_checking_any_layout_ends_in_words(text: str) -> None:
    _told(text, "check")


@settings(max_examples=120)
@given(_changed(SMALL))
def test_nesting_any_layout_ends_in_words(text: str) -> None:
    _told(text, "nest")


@settings(max_examples=80)
@given(_changed(SMALL))
def test_running_any_layout_ends_in_words_or_with_every_file(text: str) -> None:
    _told(text, "run")


@settings(max_examples=150)
@given(
    st.one_of(
        st.text(max_size=200),
        st.sampled_from([SMALL, FULL]).flatmap(
            lambda text: st.tuples(
                st.integers(0, len(text)), st.integers(0, 8), st.text(alphabet="[]{}\"'#=.,\n0a-\\\t", max_size=6)
            ).map(lambda change: text[: change[0]] + change[2] + text[change[0] + change[1] :])
        ),
    )
)
def test_checking_any_text_ends_in_words(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "job.toml"
        path.write_text(text, encoding="utf-8")
        result = tfbpattern("check", path)
    assert result.exit_code in (0, 2), f"{result.output}\n{text!r}"
    assert "Traceback" not in result.output
    assert "job.toml" in result.output
