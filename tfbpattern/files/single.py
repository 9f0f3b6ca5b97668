"""One file written whole or not at all: under a temporary name beside it, then renamed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from tfbpattern.errors import SystemFaultError


def write_file(path: Path, pieces: Iterable[str | bytes]) -> None:
    """
    Write text (UTF-8) or bytes in pieces.

    Raises:
        SystemFaultError: it cannot be written; what was there before is there still.
    """
    staging = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with staging.open("wb") as file:
            for piece in pieces:
                file.write(piece if isinstance(piece, bytes) else piece.encode())
        staging.replace(path)
    except OSError as error:
        raise SystemFaultError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            staging.unlink()
