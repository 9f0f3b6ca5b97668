"""A new layout file to start from."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from tfbpattern.errors import InputError, SystemFaultError


def write_starter(path: Path) -> None:
    """
    Write the commented starter layout, the job named after the file.

    Raises:
        InputError: something stands at *path* already.
        SystemFaultError: it cannot be written.
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", path.name.partition(".")[0]).strip("-")[:64] or "job"
    text = (resources.files("tfbpattern") / "files" / "starter.toml").read_text("utf-8")
    made = False
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            made = True
            file.write(text.replace("NAME", name))
    except FileExistsError:
        raise InputError(f"{path} exists already; it is left as it is") from None
    except OSError as error:
        # What was opened here is ours; half of it is no layout.
        if made:
            path.unlink(missing_ok=True)
        raise SystemFaultError(f"cannot write {path}: {error.strerror}") from None
