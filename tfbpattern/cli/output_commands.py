"""Commands that take an output folder: verify, view."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tfbpattern.cli.program import common_options, console, progress
from tfbpattern.errors import InputError, ProofError, SystemFaultError

_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))

# Findings of each rule on the screen (ours); --json has more.
_LINES_TOLD = 10


@click.command()
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="Print checks, figures and findings as JSON.")
@common_options
def verify(folder: Path, as_json: bool, quiet: bool, no_color: bool) -> None:
    """
    Read the files in DIR back and prove isolation, singulation, clearances and the map.

    \b
    Example:
      tfbpattern verify out/earbud

    Ends with 4 and the findings if anything is not as it must be.
    """
    from tfbpattern import pipeline
    from tfbpattern.cli.tables import proof_table
    from tfbpattern.files.verdict import document_of, lines_of

    with progress(quiet=quiet, no_color=no_color) as tell:
        job, verdict = pipeline.verify(folder, progress=tell)
    if as_json:
        click.echo(json.dumps(document_of(job.name, verdict), indent=1))
    elif not quiet:
        console(no_color=no_color).print(proof_table(job.name, verdict))
    if not verdict.passed:
        for line in () if as_json else lines_of(verdict, _LINES_TOLD):
            click.echo(line, err=True)
        raise ProofError((), pipeline.failed(verdict))


@click.command()
@_FOLDER
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
