"""Commands that take an output folder: view."""

from __future__ import annotations

from pathlib import Path

import click

from tfbpattern.cli.program import common_options
from tfbpattern.errors import InputError, SystemFaultError


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@common_options
def view(folder: Path, quiet: bool, no_color: bool) -> None:
    """
    Open the picture of the sheet in DIR.

    \b
    Example:
      tfbpattern view out/earbud
    """
    from tfbpattern.files.publishing import read_manifest

    files = read_manifest(folder).get("files")
    name = files.get("picture") if isinstance(files, dict) else None
    if not isinstance(name, str) or Path(name).name != name or not (folder / name).is_file():
        raise InputError(f"{folder}: the manifest names no picture in this folder")
    picture = (folder / name).resolve()
    if not quiet:
        click.secho(str(picture), fg=None if no_color else "cyan")
    if click.launch(str(picture)):
        raise SystemFaultError(f"no program opens {picture}; open it in a browser")
