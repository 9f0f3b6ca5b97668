"""The files on disk: which there are, whether they are the ones that were written, and their texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfbpattern.errors import InputError
from tfbpattern.model.finding import Finding
from tfbpattern.model.job import Job
from tfbpattern.model.machine import Gantry

_ALWAYS = ("layout", "cut_dxf", "drawing_dxf", "cells_json", "cells_csv", "e142")
_GANTRY = ("isolation_gcode", "singulation_gcode")

# Bytes that common file systems take for one name (POSIX, NAME_MAX of ext4, APFS, NTFS).
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Emitted:
    """
    An output folder with its manifest, and the job that its layout file describes.

    ``names`` are the files by role.
    """

    folder: Path
    manifest: Mapping[str, Any]
    job: Job
    names: Mapping[str, str]

    def has(self, role: str) -> bool:
        """Whether there is a file of this role."""
        return role in self.names and (self.folder / self.names[role]).is_file()

    def text(self, role: str) -> str:
        """
        The text of a file.

        Raises:
            UnicodeDecodeError: it is no text.
            OSError: it cannot be read.
        """
        return (self.folder / self.names[role]).read_bytes().decode("utf-8")

    @property
    def layout_sha256(self) -> str:
        """Of the layout file's bytes."""
        return _sha256(self.folder / self.names["layout"])


def names_of(folder: Path, manifest: Mapping[str, Any]) -> dict[str, str]:
    """
    The files of a manifest by role.

    Raises:
        InputError: it names no files, or one that does not lie in the folder itself.
    """
    files = manifest.get("files")
    if not isinstance(files, dict) or not all(isinstance(name, str) for name in files.values()):
        raise InputError(f"{folder / 'manifest.json'}: files must name a file for each role")
    for role, name in files.items():
        plain = name and Path(name).name == name and "\\" not in name and name not in (".", "..")
        if not plain or len(name.encode(errors="replace")) > _LONGEST_NAME or (folder / name).is_symlink():
            raise InputError(f"{folder / 'manifest.json'}: the file of {role}, {name!r}, does not lie in the folder")
    return dict(files)


def check(emitted: Emitted) -> Iterator[Finding]:
    """Every file is there, and has the bytes that the manifest says."""
    manifest, job = emitted.manifest, emitted.job
    wanted = (*_ALWAYS, *(_GANTRY if isinstance(job.machine, Gantry) else ("fields",)))
    for role in wanted:
        if role not in emitted.names:
            yield Finding(rule="files.missing", message=f"the manifest names no file for {role}")
    told = manifest.get("sha256")
    hashes: Mapping[str, Any] = told if isinstance(told, dict) else {}
    for role, name in emitted.names.items():
        path = emitted.folder / name
        if not path.is_file():
            yield Finding(rule="files.missing", message=f"{name} ({role}) is not there", file=name)
            continue
        found = _sha256(path)
        if hashes.get(name) != found:
            yield Finding(
                rule="files.hash",
                message=f"{name} is not the file that was written: its SHA-256 is {found[:16]}..., the manifest says"
                f" {str(hashes.get(name))[:16]}...",
                file=name,
            )
        if role == "layout" and manifest.get("layout_sha256") != found:
            yield Finding(
                rule="files.layout",
                message=f"the manifest is of another layout: {str(manifest.get('layout_sha256'))[:16]}..., the file is"
                f" {found[:16]}...",
                file=name,
            )
    yield from _strays(emitted)
    if len(set(emitted.names.values())) < len(emitted.names):
        yield Finding(rule="files.missing", message="one file stands for several roles")
    if manifest.get("job") != job.name:
        yield Finding(
            rule="files.layout",
            message=f"the manifest is of the job {str(manifest.get('job'))[:60]!r}, the layout of {job.name!r}",
        )


def _strays(emitted: Emitted) -> Iterator[Finding]:
    """Files that one might take for the job's own: what a machine reads, or called like them after another job."""
    own = {*emitted.names.values()}
    endings = {name.partition(".")[2] for name in own}
    read = {Path(name).suffix for role, name in emitted.names.items() if role.endswith(("_dxf", "_gcode"))}
    for path in sorted(emitted.folder.iterdir()):
        if path.name not in own and (path.suffix in read or path.name.partition(".")[2] in endings):
            yield Finding(
                rule="files.stray",
                message=f"{path.name} lies in the folder and is none of the files that the manifest names",
                file=path.name,
            )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
