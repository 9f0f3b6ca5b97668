"""
Files spoilt at random: findings or a refusal, never a traceback, and never a pass where a hash does not fit.

Spoilt at random means what cables, editors and people do: bytes lost or changed, lines swapped, digits mistyped, a
value of JSON replaced. Once as found, where hashes give it away; once with hashes set right, so that every reader is
given the spoilt file to the end.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.command_line import tfbpattern
from tests.proof.jobs import JOBS, published

_SPOILT = ("a grid", "contours with tabs", "a grid on GRBL", "scan fields")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: published(JOBS[name], tmp_path_factory.mktemp("sound") / "out") for name in _SPOILT}


def _cut(data: bytes, some: random.Random) -> bytes:
    low = some.randrange(len(data) + 1)
    return data[:low] + data[low + some.choice([1, 7, 200, 10**9]) :]


def _changed(data: bytes, some: random.Random) -> bytes:
    at = some.randrange(len(data))
    return data[:at] + bytes([some.randrange(256)]) + data[at + 1 :]


def _swapped(data: bytes, some: random.Random) -> bytes:
    lines = data.split(b"\n")
    i, j = some.randrange(len(lines)), some.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]
    return b"\n".join(lines)


def _doubled(data: bytes, some: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = some.randrange(len(lines))
    return b"\n".join([*lines[:at], *lines[at : at + some.choice([1, 5])], *lines[at:]])


def _mistyped(data: bytes, some: random.Random) -> bytes:
    numbers = list(re.finditer(rb"-?[0-9][0-9.]*", data))
    if not numbers:
        return _changed(data, some)
    found = some.choice(numbers)
    other = some.choice(
        [b"0", b"-1", b"1e400", b"nan", b"99999999999", b"1.5", b"", b"true", b"[]", b'"x"', b"0.0000001"]
        + [bytes(some.choice(b"0123456789-.") if k == 0 else c for k, c in enumerate(found.group()))] * 5
    )
    return data[: found.start()] + other + data[found.end() :]


def _value(data: bytes, some: random.Random) -> bytes:
    """A value of JSON of another kind; of other files a mistyped number."""
    try:
        document = json.loads(data)
    except ValueError:
        return _mistyped(data, some)
    at = document
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return _mistyped(data, some)
        key = some.choice(keys)
        if not isinstance(at[key], dict | list) or some.random() < 0.2:
            break
        at = at[key]
    at[key] = some.choice([None, True, -1, 0, 1e308, "x", "", [], {}, [[]], [None], {"a": 1}, 2**70])
    return json.dumps(document).encode()


_SPOILS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut,
    _changed,
    _swapped,
    _doubled,
    _mistyped,
    _mistyped,
    _value,
    _value,
)


@pytest.mark.parametrize("fitting", [False, True], ids=["as found", "hashes set right"])
@pytest.mark.parametrize("job", _SPOILT)
@settings(max_examples=6, deadline=None)
@given(number=st.integers(0, 2**32))
def test_a_spoilt_folder_is_findings_or_a_refusal(
    job: str, fitting: bool, number: int, folders: dict[str, Path]
) -> None:
    some = random.Random(number)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "out"
        shutil.copytree(folders[job], folder)
        told = json.loads((folder / "manifest.json").read_bytes())
        name = some.choice(sorted([*told["sha256"], "manifest.json", *told["sha256"]]))
        before = (folder / name).read_bytes()
        after = some.choice(_SPOILS)(before, some)
        (folder / name).write_bytes(after)
        if fitting and name != "manifest.json":
            told["sha256"][name] = hashlib.sha256(after).hexdigest()
            if name == told["files"]["layout"]:
                told["layout_sha256"] = told["sha256"][name]
            (folder / "manifest.json").write_text(json.dumps(told), "utf-8")
        result = tfbpattern("verify", folder, "--pictures", Path(place) / "pictures")
        assert result.exit_code in (0, 2, 4), (name, result.output, result.exception)
        assert "Traceback" not in result.output
        if not fitting and name != "manifest.json" and after != before:
            assert result.exit_code != 0
