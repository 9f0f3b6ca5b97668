"""
Files into a folder, all of them or none: written beside it, then renamed into place as a whole.

A folder that holds something else than an earlier run's files is refused; what a user has put beside such files
is carried over.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tfbpattern.errors import InputError, SystemFaultError
from tfbpattern.files.manifest import MANIFEST, SCHEMA


def publish(
    folder: Path,
    contents: Mapping[str, Iterable[str | bytes]],
    finish: Callable[[Path, Mapping[str, str]], str],
) -> None:
    """
    Write *contents* (text or bytes in pieces, by file name) and the manifest that *finish* makes of their SHA-256 sums.

    *finish* is also told where the files lie until they are published; what it raises takes everything back.

    Raises:
        InputError: the folder is not one of ours.
        SystemFaultError: it cannot be written; it is then as it was before.
    """
    # The folder itself is replaced, so a link to it must be followed first.
    folder = Path(os.path.realpath(folder))
    ours = _files_of_earlier_run(folder)
    if foreign := sorted(name for name in contents if name not in ours and (folder / name).exists()):
        raise InputError(f"{folder / foreign[0]} was not written by tfbpattern and would be lost; move it away first")
    with _faults_named(folder), _parents_made(folder):
        staging = _fresh(folder, "new")
        try:
            hashes = {name: _write(staging / name, pieces) for name, pieces in contents.items()}
            _write(staging / MANIFEST, [finish(staging, hashes)])
            _carry_over(folder, staging, ours)
            _replace(folder, staging)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise


def read_manifest(folder: Path) -> dict[str, Any]:
    """
    The manifest of an output folder.

    Raises:
        InputError: there is none, or it is not one.
    """
    path = folder / MANIFEST
    if path.exists() and not path.is_file():
        raise InputError(f"{folder} is no output folder of tfbpattern: {MANIFEST}: not a file")
    try:
        document = json.loads(path.read_text("utf-8"), object_pairs_hook=_once)
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "not JSON, or with a key twice in an object"
        raise InputError(f"{folder} is no output folder of tfbpattern: {MANIFEST}: {reason}") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(f"{path}: schema must be {SCHEMA!r}")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys all differ: of two values for one, readers take the first or the last."""
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice")
    return document


def _files_of_earlier_run(folder: Path) -> set[str]:
    """Names that an earlier run wrote into the folder; empty for a new or empty folder."""
    try:
        entries = {entry.name for entry in folder.iterdir()}
    except FileNotFoundError:
        return set()
    except OSError as error:
        if folder.is_file():
            raise InputError(f"{folder} is a file, not a folder") from None
        raise SystemFaultError(f"{folder}: {error.strerror}") from None
    if not entries:
        return set()
    if MANIFEST not in entries:
        raise InputError(
            f"{folder} is not empty and holds no {MANIFEST}: it was not written by tfbpattern and is left alone"
        )
    files = read_manifest(folder).get("files")
    names = files.values() if isinstance(files, dict) else []
    return {MANIFEST, *(name for name in names if isinstance(name, str))}


def _carry_over(folder: Path, staging: Path, ours: set[str]) -> None:
    if not folder.exists():
        return
    for entry in sorted(folder.iterdir()):
        target = staging / entry.name
        if entry.name in ours or target.exists():
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, target, symlinks=True)
        else:
            shutil.copy2(entry, target, follow_symlinks=False)


def _write(path: Path, pieces: Iterable[str | bytes]) -> str:
    """Write bytes as they are and text as UTF-8 with LF ends; the SHA-256 of the bytes."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for block in _blocks(pieces):
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _blocks(pieces: Iterable[str | bytes], size: int = 1 << 16) -> Iterator[bytes]:
    held: list[bytes] = []
    length = 0
    for piece in pieces:
        data = piece if isinstance(piece, bytes) else piece.encode()
        held.append(data)
        length += len(data)
        if length >= size:
            yield b"".join(held)
            held, length = [], 0
    yield b"".join(held)


def _fresh(folder: Path, purpose: str) -> Path:
    """A new folder beside *folder*, as open as any other new folder."""
    for number in itertools.count():
        path = folder.parent / f".{folder.name}.{os.getpid()}-{number}.{purpose}"
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
    raise AssertionError("counting never ends")


def _replace(folder: Path, staging: Path) -> None:
    """Put *staging* in the place of *folder*; from then on nothing may fail any more."""
    if not folder.exists():
        staging.rename(folder)
        return
    staging.chmod(folder.stat().st_mode & 0o7777)
    old = _fresh(folder, "old")
    try:
        folder.rename(old / folder.name)
        try:
            staging.rename(folder)
        except BaseException:
            (old / folder.name).rename(folder)
            raise
    except BaseException:
        old.rmdir()
        raise
    # The new files are in place: an interruption now must not say that they are not.
    with contextlib.suppress(KeyboardInterrupt):
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _parents_made(folder: Path) -> Iterator[None]:
    """The folders above, made where they are missing; taken back when the work within fails."""
    missing = [parent for parent in folder.parents if not parent.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for parent in missing:
            with contextlib.suppress(OSError):
                parent.rmdir()
        raise


@contextmanager
def _faults_named(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        at = f" ({error.filename})" if error.filename else ""
        raise SystemFaultError(f"cannot write {folder}: {what}{at}; nothing was changed") from error
