"""Commands that take a layout file: new, check, nest, run."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfbpattern.cli.program import common_options, console, progress

if TYPE_CHECKING:
    from tfbpattern.model.job import Layout

_LAYOUT = click.argument("layout", type=click.Path(path_type=Path))
_PARTIAL = click.option(
    "--partial/--no-partial",
    default=True,
    show_default=True,
    help="Interrupted while nesting, go on with the best nest so far.",
)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@common_options
def new(path: Path, quiet: bool, no_color: bool) -> None:
    """
    Write a commented starter layout file to PATH.

    \b
    Example:
      tfbpattern new my-cell.toml
    """
    from tfbpattern.files.starter import write_starter

    write_starter(path)
    if not quiet:
        console(no_color=no_color).print(
            f"wrote {path}; next: tfbpattern run {shlex.quote(str(path))}", markup=False, soft_wrap=True
        )


@click.command()
@_LAYOUT
@common_options
def check(layout: Path, quiet: bool, no_color: bool) -> None:
    """
    Read and validate LAYOUT; write nothing.

    \b
    Example:
      tfbpattern check layouts/earbud.toml
    """
    from tfbpattern import pipeline

    read = _read(layout, quiet)
    pipeline.check(read)
    if not quiet:
        job = read.job
        cell = job.cells[0]
        console(no_color=no_color).print(
            f"{layout} is sound: {cell.name!r}, {cell.area_mm2:.6g} mm2, {job.spacing_mm:g} mm apart, on a web"
            f" {job.web.width_mm:g} mm wide, for {job.machine.name!r}",
            markup=False,
            soft_wrap=True,
        )


@click.command()
@_LAYOUT
@click.option("--json", "as_json", is_flag=True, help="Print figures as JSON.")
@_PARTIAL
@common_options
def nest(layout: Path, as_json: bool, partial: bool, quiet: bool, no_color: bool) -> None:
    """
    Nest LAYOUT and print counts, density, bound and gap; write nothing.

    \b
    Example:
      tfbpattern nest layouts/earbud.toml --json
    """
    from tfbpattern import pipeline
    from tfbpattern.cli.tables import nest_table

    read = _read(layout, quiet)
    with progress(quiet=quiet, no_color=no_color) as tell:
        document = pipeline.nest(read, progress=tell, partial=partial)
    if as_json:
        click.echo(json.dumps(document, indent=1))
    elif not quiet:
        console(no_color=no_color).print(nest_table(read.job.name, document["nest"]))


@click.command()
@_LAYOUT
@click.option(
    "--output",
    "-o",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder for the files; replaced as a whole.  [default: out/JOB]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as JSON.")
@_PARTIAL
@click.option("--no-proof", is_flag=True, help="Publish without reading the files back; the manifest says so.")
@common_options
def run(
    layout: Path, folder: Path | None, as_json: bool, partial: bool, no_proof: bool, quiet: bool, no_color: bool
) -> None:
    """
    The main job: nest LAYOUT, scribe it, write every file, and prove them.

    \b
    Example:
      tfbpattern run layouts/earbud.toml -o out/earbud
    """
    from tfbpattern import pipeline
    from tfbpattern.cli.tables import run_tables

    read = _read(layout, quiet)
    target = folder if folder is not None else Path("out") / read.job.name
    with progress(quiet=quiet, no_color=no_color) as tell:
        manifest = pipeline.run(read, target, progress=tell, partial=partial, proof=not no_proof)
    if as_json:
        click.echo(json.dumps(manifest, indent=1))
    elif not quiet:
        screen = console(no_color=no_color)
        for table in run_tables(manifest, target):
            screen.print(table)


def _read(layout: Path, quiet: bool) -> Layout:
    """The layout; its warnings go to stderr."""
    from tfbpattern.files.layout import read_layout

    read = read_layout(layout)
    if not quiet:
        for warning in read.warnings:
            click.echo(f"warning: {warning}", err=True)
    return read
