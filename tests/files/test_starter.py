"""Laws of the starter layout: it runs as it is, and what it leaves out as a comment is right."""

from __future__ import annotations

import errno
import io
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from tests.small_job import layout_of, made
from tfbpattern.errors import InputError, SystemFaultError
from tfbpattern.files.layout import read_layout
from tfbpattern.files.starter import write_starter

_TEMPLATE = (resources.files("tfbpattern") / "files" / "starter.toml").read_text("utf-8")


def test_the_starter_runs_as_it_is(tmp_path: Path) -> None:
    write_starter(tmp_path / "my-cell.toml")
    layout = read_layout(tmp_path / "my-cell.toml")
    assert layout.job.name == "my-cell"
    assert layout.warnings == ()
    manifest = made((tmp_path / "my-cell.toml").read_text("utf-8"), tmp_path / "out")
    assert manifest["nest"]["cells"] > 100


@pytest.mark.parametrize(
    ("name", "job"),
    [
        ("cell.toml", "cell"),
        ("my cell.toml", "my-cell"),
        ("my.cell.v2.toml", "my"),
        ("Zelle_ä1.toml", "Zelle_-1"),
        ("(a)b;c.toml", "a-b-c"),
        ("ä.toml", "job"),
        (".toml", "job"),
        ("x" * 100 + ".toml", "x" * 64),
        ("no-ending", "no-ending"),
        ("NAME.toml", "NAME"),
    ],
)
def test_the_job_is_named_after_the_file(name: str, job: str, tmp_path: Path) -> None:
    write_starter(tmp_path / name)
    assert read_layout(tmp_path / name).job.name == job


def test_what_is_out_by_a_comment_can_be_put_in() -> None:
    uncommented = re.sub(r"^# (?=\[\[|[a-z_]+ = )", "", _TEMPLATE, flags=re.MULTILINE)
    assert uncommented.count("[[web.") == 2
    job = layout_of(uncommented.replace("NAME", "starter")).job
    assert job.web.stand_alone
    assert [f.name for f in job.web.fiducials] == ["F1"]
    assert [k.name for k in job.web.keepouts] == ["splice"]


def test_values_of_the_starter_are_spelled_as_the_format_has_them() -> None:
    for line in _TEMPLATE.splitlines():
        key, _, value = line.removeprefix("# ").partition(" = ")
        choices = re.search(r"# (\w+(?: \| [\w-]+)+)$", line)
        if choices and re.fullmatch(r"[a-z_]+", key) and value.startswith('"'):
            for choice in choices.group(1).split(" | "):
                changed = _TEMPLATE.replace(line, re.sub(r'"[^"]*"', f'"{choice}"', line, count=1))
                layout_of(changed.replace("NAME", "starter"))


def test_the_name_stands_once_in_the_template() -> None:
    assert _TEMPLATE.count("NAME") == 1


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_nothing_is_overwritten(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "cell.toml"
    if kind == "file":
        path.write_text("mine")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    with pytest.raises(InputError, match="exists already"):
        write_starter(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["cell.toml"]
    assert kind != "file" or path.read_text() == "mine"


def test_where_it_cannot_be_written_the_message_says_so(tmp_path: Path) -> None:
    with pytest.raises(SystemFaultError, match=r"cannot write .*missing"):
        write_starter(tmp_path / "missing" / "cell.toml")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SystemFaultError, match="cannot write"):
        write_starter(tmp_path / "file" / "cell.toml")


def test_a_full_disk_leaves_no_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.TextIOWrapper):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def opened(path: Path, mode: str = "r", *_: Any, **__: Any) -> io.TextIOWrapper:
        return Full(open(path, f"{mode}b"), encoding="utf-8")

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(SystemFaultError, match="No space left"):
        write_starter(tmp_path / "cell.toml")
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []
