"""Commands that take an output folder: verify, view."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import click

from tfbpattern.cli.program import common_options, console, progress
from tfbpattern.errors import InputError, ProofError, SystemFaultError
from tfbpattern.model.machine import Controller

_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))

# Findings of each rule on the screen (ours); --json has more.
_LINES_TOLD = 10


@click.command()
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="Print checks, figures and findings as JSON.")
@click.option(
    "--pictures",
    "spots",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write a picture (SVG) of the spot of each finding into FOLDER.",
)
@click.option(
    "--self-test",
    is_flag=True,
    help="Put known faults into copies of the files and show that each is found.",
)
@click.option(
    "--controller",
    type=click.Choice(get_args(Controller)),
    help="Let LinuxCNC's own interpreter run the programs too, and compare.",
)
@common_options
def verify(
    folder: Path,
    as_json: bool,
    spots: Path | None,
    self_test: bool,
    controller: Controller | None,
    quiet: bool,
    no_color: bool,
) -> None:
    """
    Read the files in DIR back and prove isolation, singulation, clearances and the map.

    \b
    Example:
      tfbpattern verify out/earbud
      tfbpattern verify out/earbud --self-test

    Ends with 4 and the findings if anything is not as it must be.
    """
    from tfbpattern import verifying
    from tfbpattern.cli.tables import proof_table, trials_table
    from tfbpattern.files.verdict import document_of, failed, lines_of, write_pictures

    with progress(quiet=quiet, no_color=no_color) as tell:
        proved = verifying.verify(folder, progress=tell, controller=controller)
        verdict = proved.verdict
        if spots is not None:
            write_pictures(spots, proved.pictures)
        # What is not sound itself shows nothing about what would be found in it.
        trials = list(verifying.self_test(proved, progress=tell)) if self_test and verdict.passed else None
    if as_json:
        click.echo(json.dumps(document_of(proved.job.name, verdict, trials), indent=1))
    elif not quiet:
        screen = console(no_color=no_color)
        screen.print(proof_table(proved.job.name, verdict))
        if trials is not None:
            screen.print(trials_table(trials))
    if not verdict.passed:
        raise ProofError(() if as_json else list(lines_of(verdict, _LINES_TOLD)), failed(verdict))
    missed = [trial.name for trial in trials or () if trial.caught is False]
    if missed:
        raise ProofError(missed, f"the proof did not find {len(missed)} of the faults that were put in")


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
