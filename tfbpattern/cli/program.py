"""What all commands have in common: errors become messages and exit codes, options for quiet and colour."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tfbpattern.errors import EXIT_INTERRUPTED, LayoutError, ProofError, SystemFaultError, TfbPatternError

if TYPE_CHECKING:
    from rich.console import Console

F = TypeVar("F", bound=Callable[..., Any])

# Commands make millions of values that live to their end and hardly a cycle: Python's default of 700 new ones between
# two looks for cycles costs 5 to 8 % of the time (ours).
_COLLECT = (100_000, 50, 100)


class Program(click.Group):
    """A group that ends every command with the exit code of what went wrong."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; exceptions of ours are told in plain words, others as a fault of ours."""
        gc.set_threshold(*_COLLECT)
        # A job that is ended from outside cleans up before it goes.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _end)
        try:
            return super().invoke(ctx)
        except TfbPatternError as error:
            _tell(error)
            ctx.exit(error.exit_code)
        except (KeyboardInterrupt, _Ended):
            click.echo("interrupted; nothing was changed", err=True)
            ctx.exit(EXIT_INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except (OSError, MemoryError) as error:
            click.echo(f"error: {error or 'out of memory'}", err=True)
            ctx.exit(SystemFaultError.exit_code)
        except Exception as error:
            if _interrupted_in_compiled_code(error):
                click.echo("interrupted; nothing was changed", err=True)
                ctx.exit(EXIT_INTERRUPTED)
            click.echo(traceback.format_exc(), err=True)
            click.echo("error: this is a fault of tfbpattern; please report it with the lines above", err=True)
            ctx.exit(TfbPatternError.exit_code)


def _interrupted_in_compiled_code(error: Exception) -> bool:
    """CPython's word for a signal's exception that compiled code has passed over: a SystemError, caused by it."""
    return isinstance(error, SystemError) and isinstance(error.__cause__, KeyboardInterrupt | _Ended)


class _Ended(SystemExit):
    """Ended from outside: unlike an interruption at the keyboard this is no wish for what was found so far."""


def _end(*_: object) -> None:
    raise _Ended(EXIT_INTERRUPTED)


def _tell(error: TfbPatternError) -> None:
    if isinstance(error, LayoutError):
        for problem in error.problems:
            click.echo(problem, err=True)
        count = len(error.problems)
        click.echo(f"error: {count} problem{'s' if count != 1 else ''} in the layout", err=True)
    else:
        for problem in error.problems if isinstance(error, ProofError) else ():
            click.echo(problem, err=True)
        click.echo(f"error: {error}", err=True)


def common_options(command: F) -> F:
    """--quiet and --no-color."""
    command = click.option("--quiet", "-q", is_flag=True, help="No tables and no progress.")(command)
    return click.option("--no-color", is_flag=True, help="Plain text (so does the variable NO_COLOR).")(command)


def console(*, no_color: bool, stderr: bool = False) -> Console:
    """Where tables (stdout) and progress (stderr) go."""
    from rich.console import Console

    # Without a colour system there are no escape codes at all, bold and dim included (https://no-color.org).
    plain = no_color or bool(os.environ.get("NO_COLOR"))
    return Console(stderr=stderr, color_system=None if plain else "auto", highlight=False)


@contextmanager
def progress(*, quiet: bool, no_color: bool) -> Iterator[Callable[[str], None] | None]:
    """Tells what is being done on stderr when that is a terminal; otherwise nothing."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.markup import escape

    screen = console(no_color=no_color, stderr=True)
    with screen.status("reading") as status:

        def tell(news: str) -> None:
            status.update(escape(news))

        yield tell
