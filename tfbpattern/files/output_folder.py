"""An output folder read back: its manifest, its files as they were written, and new files put beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfbpattern.errors import InputError, SystemFaultError
from tfbpattern.files.cells_reading import parse_cells
from tfbpattern.files.layout import parse_layout
from tfbpattern.files.manifest import text_of
from tfbpattern.files.publishing import publish, read_manifest
from tfbpattern.model.celltable import CellTable
from tfbpattern.model.job import Layout

Pieces = Iterable[str | bytes]

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFolder:
    """A folder that an earlier command has written; ``manifest`` is its manifest.json."""

    path: Path
    manifest: Mapping[str, Any]

    @property
    def files(self) -> dict[str, str]:
        """File names by role."""
        return dict(self.manifest["files"])

    def text(self, role: str) -> str:
        """
        A file of the folder, after making sure that it is as it was written.

        Raises:
            InputError: the folder has no such file, or it was changed.
        """
        name = self.files.get(role)
        if name is None:
            raise InputError(f"{self.path}: the manifest names no file of the role {role!r}")
        try:
            data = (self.path / name).read_bytes()
        except OSError as error:
            raise InputError(f"{self.path / name}: {error.strerror}") from None
        if hashlib.sha256(data).hexdigest() != self.manifest["sha256"].get(name):
            raise InputError(f"{self.path / name} is not the file that was written: its SHA-256 is another one")
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise InputError(f"{self.path / name} is not UTF-8 text") from None

    def layout(self) -> Layout:
        """
        The layout as run.

        Raises:
            InputError: it is missing or was changed.
        """
        return parse_layout(self.text("layout"), name=str(self.path / self.files["layout"]), folder=self.path)

    def cells(self) -> CellTable:
        """
        The map.

        Raises:
            InputError: it is missing, was changed, or is no map.
        """
        return parse_cells(self.text("cells_json"), str(self.path / self.files["cells_json"]))

    def publish(
        self,
        target: Path,
        added: Mapping[str, tuple[str, Pieces]],
        *,
        sections: Mapping[str, Any],
        dropped: Callable[[str], bool] = lambda _: False,
    ) -> dict[str, Any]:
        """
        This folder's files and *added* ones (role to suffix and content) as *target*, which may be this folder.

        A file whose role is *dropped* is left out; *sections* are put into the manifest, which is returned.

        Raises:
            InputError: *target* holds something else.
            SystemFaultError: it cannot be written.
        """
        kept = {role: name for role, name in self.files.items() if role not in added and not dropped(role)}
        names = {**kept, **{role: f"{self.manifest['job']}.{suffix}" for role, (suffix, _) in added.items()}}
        contents: dict[str, Pieces] = {name: _blocks(self.path / name) for name in kept.values()}
        contents.update({names[role]: pieces for role, (_, pieces) in added.items()})
        made: dict[str, Any] = {}

        def finish(_written: Path, hashes: Mapping[str, str]) -> str:
            whole = {**self.manifest, "files": names, "sha256": dict(hashes), **sections}
            made.update({key: value for key, value in whole.items() if value is not None})
            return text_of(made)

        publish(target, contents, finish)
        return made


def open_folder(path: Path) -> OutputFolder:
    """
    An output folder.

    Raises:
        InputError: it is none, or its manifest does not say what it should.
    """
    manifest = read_manifest(path)
    files, sums = manifest.get("files"), manifest.get("sha256")
    sound = (
        isinstance(files, dict)
        and isinstance(sums, dict)
        and isinstance(manifest.get("job"), str)
        and isinstance(manifest.get("layout_sha256"), str)
        and all(isinstance(name, str) and Path(name).name == name for name in files.values())
    )
    if not sound:
        raise InputError(f"{path / 'manifest.json'}: job, layout_sha256, files and sha256 are not what they should be")
    return OutputFolder(path=path, manifest=manifest)


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block
    except FileNotFoundError:
        raise InputError(f"{path} is named in the manifest and missing") from None
    except OSError as error:
        raise SystemFaultError(f"{path}: {error.strerror}") from None
