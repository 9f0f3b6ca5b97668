"""The command line: parse, call, print. Heavy imports stay inside the commands, so that --help answers at once."""

from __future__ import annotations

import click

from tfbpattern.cli import cells_commands, layout_commands, output_commands
from tfbpattern.cli.program import Program
from tfbpattern.version import __version__


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tfbpattern")
def main() -> None:
    """
    Nest, scribe and map thin-film battery cells on a web.

    From one layout file (TOML) to DXF, G-code and the cell map shared with the tester.

    \b
    Example:
      tfbpattern new my-cell.toml
      tfbpattern run my-cell.toml -o out/my-cell
      tfbpattern view out/my-cell

    Exit codes: 0 done, 1 a fault of ours, 2 usage or input at fault, 3 infeasible, 4 the proof failed, 5 the system,
    130 interrupted.
    """


main.add_command(layout_commands.new)
main.add_command(layout_commands.check)
main.add_command(layout_commands.nest)
main.add_command(layout_commands.run)
main.add_command(output_commands.verify)
main.add_command(output_commands.view)
main.add_command(cells_commands.cells)
main.add_command(cells_commands.singulate)
