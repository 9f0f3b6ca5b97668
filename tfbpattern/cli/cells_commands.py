"""Commands on a folder's cell map and the tester's results: cells export, diff, merge, heatmap, stack; singulate."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Literal, cast

import click

from tfbpattern.cli.program import common_options, console, progress

_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print figures as JSON.")
# The choices stand here so that help answers without loading what exports; a test keeps both alike.
_FORMATS = ("csv", "e142", "g85", "parquet")


@click.group()
def cells() -> None:
    """
    The cell map: other views, comparison, test results, heat maps.

    \b
    Example:
      tfbpattern cells merge out/earbud results.csv -o out/earbud-tested
    """


@cells.command()
@_FOLDER
@click.option("--format", "kind", type=click.Choice(_FORMATS), required=True, help="Which view of the map.")
@click.option(
    "--output",
    "-o",
    "file",
    type=click.Path(path_type=Path),
    help="File to write.  [default: JOB.SUFFIX in DIR]",
)
@common_options
def export(folder: Path, kind: str, file: Path | None, quiet: bool, no_color: bool) -> None:
    """
    Write another view of the map in DIR: csv, e142, g85 or parquet.

    g85 and parquet have bins, and parquet measured values, where DIR has results of one frame.

    \b
    Example:
      tfbpattern cells export out/earbud --format g85
    """
    from tfbpattern import after_test

    written = after_test.export(folder, cast(Literal["csv", "e142", "g85", "parquet"], kind), file)
    if not quiet:
        console(no_color=no_color).print(f"{written}", markup=False, soft_wrap=True)


@cells.command()
@_FOLDER
@click.argument("other", metavar="DIR2", type=click.Path(path_type=Path))
@_AS_JSON
@common_options
def diff(folder: Path, other: Path, as_json: bool, quiet: bool, no_color: bool) -> None:
    """
    Compare the maps in DIR and DIR2: places kept, moved, gone, new.

    \b
    Example:
      tfbpattern cells diff out/earbud out/earbud-with-defects
    """
    from tfbpattern import after_test
    from tfbpattern.cli.tables import diff_table

    found = after_test.diff(folder, other)
    counts = Counter(difference.change for difference in found)
    if as_json:
        document: dict[str, Any] = {
            "schema": "tfbpattern/diff/1",
            "counts": {change: counts[change] for change in ("kept", "moved", "gone", "new")},
            "changes": [
                {
                    "change": d.change,
                    **({"id": d.first} if d.first is not None else {}),
                    **({"id2": d.second} if d.second is not None else {}),
                    **({"dx_mm": d.dx_mm, "dy_mm": d.dy_mm} if d.change == "moved" else {}),
                }
                for d in found
                if d.change != "kept" or d.first != d.second
            ],
        }
        click.echo(json.dumps(document, indent=1))
    elif not quiet:
        console(no_color=no_color).print(diff_table(found))


@cells.command()
@_FOLDER
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", "-o", "target", type=click.Path(path_type=Path), required=True, help="Folder to write, DIR2.")
@click.option(
    "--frames",
    type=click.IntRange(min=1, max=100_000),
    default=1,
    show_default=True,
    help="How many frames, from the map's on, the layout was run for.",
)
@_AS_JSON
@common_options
def merge(
    folder: Path,
    results: tuple[Path, ...],
    target: Path,
    frames: int,
    as_json: bool,
    quiet: bool,
    no_color: bool,
) -> None:
    """
    Join the tester's RESULTS to the map in DIR by cell id: bins, yields, heat maps.

    The output folder holds everything of DIR besides. Several files may be given; of several rows for a cell the one
    with the latest timestamp counts.

    \b
    Example:
      tfbpattern cells merge out/earbud monday.csv retest.csv -o out/earbud-tested
    """
    from tfbpattern import after_test
    from tfbpattern.cli.tables import merge_tables

    with progress(quiet=quiet, no_color=no_color) as tell:
        head = after_test.merge(folder, results, target, frames=frames, progress=tell)
    if as_json:
        click.echo(json.dumps(head, indent=1))
    elif not quiet:
        screen = console(no_color=no_color)
        for table in merge_tables(head, target):
            screen.print(table)


@cells.command()
@_FOLDER
@click.option("--column", required=True, help="Measured column, or bin, or fails.")
@click.option(
    "--output", "-o", "file", type=click.Path(path_type=Path), required=True, help="Picture to write, .svg or .png."
)
@click.option("--frame", type=int, help="Number of the frame.  [default: all, stacked]")
@common_options
def heatmap(folder: Path, column: str, file: Path, frame: int | None, quiet: bool, no_color: bool) -> None:
    """
    Draw a measured column of DIR at the cells' places, as SVG or PNG.

    \b
    Example:
      tfbpattern cells heatmap out/earbud-tested --column z_ohm -o z.png
    """
    from tfbpattern import after_test

    after_test.heatmap(folder, column, file, frame=frame)
    if not quiet:
        console(no_color=no_color).print(f"{file}", markup=False, soft_wrap=True)


@cells.command()
@_FOLDER
@click.option("--layers", type=click.IntRange(2, 1000), required=True, help="Cells of a stack.")
@click.option(
    "--match",
    "windows",
    multiple=True,
    required=True,
    metavar="COLUMN=WINDOW",
    help="How far the cells of a stack may lie apart: ocv_v=0.010 or z_ohm=5%. May be repeated.",
)
@click.option(
    "--samples",
    type=click.IntRange(0, 10_000),
    default=0,
    show_default=True,
    help="Cells of each bin that go to the cycler instead.",
)
@_AS_JSON
@common_options
def stack(
    folder: Path,
    layers: int,
    windows: tuple[str, ...],
    samples: int,
    as_json: bool,
    quiet: bool,
    no_color: bool,
) -> None:
    """
    Match passing cells of DIR to stacks; write stacks, pick list and what is left over into DIR.

    \b
    Example:
      tfbpattern cells stack out/earbud-tested --layers 28 --match ocv_v=0.010 --match z_ohm=5%
    """
    from tfbpattern import after_test
    from tfbpattern.cli.tables import stack_table

    with progress(quiet=quiet, no_color=no_color) as tell:
        document = after_test.stack(folder, layers, windows, samples_per_bin=samples, progress=tell)
    if as_json:
        click.echo(json.dumps(document, indent=1))
    elif not quiet:
        console(no_color=no_color).print(stack_table(document, folder))


@cells.command()
@_FOLDER
@click.option("--column", required=True, help="Measured column.")
@click.option(
    "--by",
    type=click.Choice(("frame", "row", "column", "touchdown", "site")),
    default="frame",
    show_default=True,
    help="What the cells are grouped by.",
)
@common_options
def chart(folder: Path, column: str, by: str, quiet: bool, no_color: bool) -> None:
    """
    Control charts of a measured column of DIR, as picture and table in DIR.

    Means and standard deviations of the groups in their order, limits from the moving range, and the Western Electric
    rules (of sites, which have no order, the first one only).

    \b
    Example:
      tfbpattern cells chart out/roll-tested --column z_ohm --by frame
    """
    from tfbpattern import after_test
    from tfbpattern.cli.tables import chart_table

    charts, file = after_test.chart(folder, column, by)
    if not quiet:
        console(no_color=no_color).print(chart_table(charts, column, by, file))


@click.command()
@_FOLDER
@click.option("--output", "-o", "target", type=click.Path(path_type=Path), required=True, help="Folder to write, DIR3.")
@click.option(
    "--skip-bin",
    "skipped",
    multiple=True,
    metavar="BIN",
    help="Code or name of a bin whose cells stay in the web. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as JSON.")
@common_options
def singulate(folder: Path, target: Path, skipped: tuple[str, ...], as_json: bool, quiet: bool, no_color: bool) -> None:
    """
    Write the singulation of the sheet in DIR again, with rejected cells left in the web.

    \b
    Example:
      tfbpattern singulate out/earbud-tested -o out/earbud-cut --skip-bin leaky --skip-bin 99
    """
    from tfbpattern import after_test
    from tfbpattern.cli.tables import run_tables

    with progress(quiet=quiet, no_color=no_color) as tell:
        manifest = after_test.singulate(folder, target, skipped, progress=tell)
    if as_json:
        click.echo(json.dumps(manifest, indent=1))
    elif not quiet:
        screen = console(no_color=no_color)
        for table in run_tables(manifest, target):
            screen.print(table)
        screen.print(f"{manifest['singulate']['skipped_cells']} cells stay in the web", markup=False)
