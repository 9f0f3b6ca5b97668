"""Laws of putting files into a folder: all of them or none, and nothing else is touched."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import contents
from tfbpattern.errors import InputError, SystemFaultError
from tfbpattern.files.manifest import SCHEMA
from tfbpattern.files.publishing import publish, read_manifest

_FIRST = {"a.txt": ["old a"], "b.txt": ["old b"]}
_SECOND = {"a.txt": ["new", " a\n"], "c.txt": ["new c: ", "ä\n" * 50_000]}


def _finish(names: Mapping[str, Any]) -> Callable[[Path, Mapping[str, str]], str]:
    def manifest(_: Path, hashes: Mapping[str, str]) -> str:
        return json.dumps({"schema": SCHEMA, "files": {name: name for name in names}, "sha256": dict(hashes)})

    return manifest


def _publish(folder: Path, files: Mapping[str, list[str]]) -> None:
    publish(folder, files, _finish(files))


def _names(folder: Path) -> list[str]:
    return sorted(contents(folder))


def test_files_are_written_as_utf_8_with_their_sums(tmp_path: Path) -> None:
    _publish(tmp_path / "out", _SECOND)
    assert _names(tmp_path / "out") == ["a.txt", "c.txt", "manifest.json"]
    assert (tmp_path / "out" / "c.txt").read_bytes() == ("new c: " + "ä\n" * 50_000).encode()
    sums = read_manifest(tmp_path / "out")["sha256"]
    for name in _SECOND:
        assert sums[name] == hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest()


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    _publish(tmp_path / "deep" / "er" / "out", _FIRST)
    assert _names(tmp_path) == sorted(
        ["deep/", "deep/er/", "deep/er/out/", *(f"deep/er/out/{n}" for n in ("a.txt", "b.txt", "manifest.json"))]
    )


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    _publish(tmp_path, _FIRST)
    assert _names(tmp_path) == ["a.txt", "b.txt", "manifest.json"]


def test_what_an_earlier_run_wrote_is_replaced_as_a_whole(tmp_path: Path) -> None:
    _publish(tmp_path / "out", _FIRST)
    _publish(tmp_path / "out", _SECOND)
    assert _names(tmp_path) == ["out/", "out/a.txt", "out/c.txt", "out/manifest.json"]
    assert (tmp_path / "out" / "a.txt").read_text() == "new a\n"


def test_what_the_user_put_beside_it_is_carried_over(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _publish(out, _FIRST)
    (out / "notes.md").write_text("mine")
    (out / "folder").mkdir()
    (out / "folder" / "deep.bin").write_bytes(b"\x00\xff")
    (out / "empty").mkdir()
    (out / "link").symlink_to("a.txt")
    (out / "broken").symlink_to("nowhere")
    (out / "tool").write_text("#!/bin/sh\n")
    (out / "tool").chmod(0o755)
    os.utime(out / "notes.md", (1_000_000_000, 1_000_000_000))
    _publish(out, _SECOND)
    assert (out / "notes.md").read_text() == "mine"
    assert (out / "notes.md").stat().st_mtime == 1_000_000_000
    assert (out / "folder" / "deep.bin").read_bytes() == b"\x00\xff"
    assert (out / "empty").is_dir()
    assert os.readlink(out / "link") == "a.txt"
    assert os.readlink(out / "broken") == "nowhere"
    assert stat.S_IMODE((out / "tool").stat().st_mode) == 0o755
    assert not (out / "b.txt").exists()


def test_a_file_of_the_users_is_not_lost_to_one_of_ours(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _publish(out, _FIRST)
    (out / "c.txt").write_text("written by hand")
    before = contents(tmp_path)
    with pytest.raises(InputError, match=r"c\.txt"):
        _publish(out, _SECOND)
    assert contents(tmp_path) == before


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious").write_text("mine")
    before = contents(tmp_path)
    with pytest.raises(InputError, match=r"not empty and holds no manifest\.json"):
        _publish(tmp_path / "out", _FIRST)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"schema": "other/1"}', '"tfbpattern/manifest/1"', "\x80"])
def test_a_manifest_of_another_kind_makes_it_something_else(text: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_bytes(text.encode("latin-1"))
    before = contents(tmp_path)
    with pytest.raises(InputError, match=r"manifest\.json"):
        _publish(tmp_path / "out", _FIRST)
    assert contents(tmp_path) == before


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError, match="out is a file, not a folder"):
        _publish(tmp_path / "out", _FIRST)
    assert contents(tmp_path) == {"out": b"mine"}


def test_a_link_to_a_folder_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for files in (_FIRST, _SECOND):
        _publish(tmp_path / "link", files)
        assert (tmp_path / "link").is_symlink()
        assert _names(tmp_path / "real") == sorted([*files, "manifest.json"])


def test_the_folder_is_as_open_as_any_other_new_folder(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        tmp_path.chmod(0o777)
        (tmp_path / "usual").mkdir()
        _publish(tmp_path / "out", _FIRST)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == stat.S_IMODE((tmp_path / "usual").stat().st_mode)


_STAGES = ("mkdir", "rename", "replace", "fsync", "chmod", "utime", "symlink")


class _FailingOnce:
    """Makes the *at*-th call of any of some functions of the system fail."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int, error: BaseException) -> None:
        self.calls: list[str] = []
        for name in _STAGES:
            patch.setattr(os, name, self._wrapped(name, getattr(os, name), at, error))

    def _wrapped(self, name: str, call: Callable[..., Any], at: int, error: BaseException) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.calls.append(name)
            if len(self.calls) == at:
                raise error
            return call(*args, **kwargs)

        return wrapped


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), SystemFaultError),
        (PermissionError(errno.EACCES, "Permission denied"), SystemFaultError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
    ids=["disk full", "denied", "interrupted"],
)
@pytest.mark.parametrize("earlier", [True, False], ids=["over an earlier run", "new"])
def test_a_fault_at_any_stage_leaves_everything_as_it_was(
    error: BaseException, becomes: type[BaseException], earlier: bool, tmp_path: Path
) -> None:
    failed: list[str] = []
    for at in range(1, 100):
        place = tmp_path / str(at)
        place.mkdir()
        if earlier:
            _publish(place / "out", _FIRST)
            (place / "out" / "notes.md").write_text("mine")
            (place / "out" / "link").symlink_to("notes.md")
        before = contents(place)
        with pytest.MonkeyPatch.context() as patch:
            faults = _FailingOnce(patch, at, error)
            try:
                _publish(place / "out", _SECOND)
            except becomes:
                failed.append(faults.calls[at - 1])
                assert contents(place) == before, f"call {at}, {failed[-1]}"
                continue
        # What fails without consequence, as making a folder that is there, is no failure.
        kept = ["out/link", "out/notes.md"] if earlier else []
        assert _names(place) == sorted(["out/", "out/a.txt", "out/c.txt", "out/manifest.json", *kept])
        assert (place / "out" / "a.txt").read_text() == "new a\n"
        if len(faults.calls) < at:
            break
    else:
        pytest.fail("it never ended")
    assert {"fsync", "rename"} <= set(failed) | {"rename" if "replace" in failed else ""}


def test_a_fault_while_making_the_text_leaves_everything_as_it_was(tmp_path: Path) -> None:
    _publish(tmp_path / "out", _FIRST)
    before = contents(tmp_path)

    def pieces() -> Iterator[str]:
        yield "begun" * 100_000
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish(tmp_path / "out", {"a.txt": ["new"], "c.txt": pieces()}, _finish(_SECOND))
    assert contents(tmp_path) == before


def test_an_interruption_after_the_swap_is_no_interruption_with_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(tmp_path / "out", _FIRST)
    before = contents(tmp_path)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "unlink", interrupted)
    try:
        _publish(tmp_path / "out", _SECOND)
    except KeyboardInterrupt:
        monkeypatch.undo()
        assert contents(tmp_path) == before


def test_the_message_of_a_full_disk_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SystemFaultError, match=r"cannot write .*out: the disk is full.*nothing was changed"):
        _publish(tmp_path / "out", _FIRST)


def test_a_folder_without_manifest_is_no_output_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no output folder"):
        read_manifest(tmp_path)
    with pytest.raises(InputError, match="no output folder"):
        read_manifest(tmp_path / "missing")
