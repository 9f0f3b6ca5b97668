"""
Every exception that stops the work, each with its exit code.

::

    TfbPatternError            1  a fault of ours
    ├── InputError             2  usage, layout file or any input file is at fault by itself
    │   └── LayoutError        2  all errors of one layout file, together
    ├── InfeasibleError        3  nothing fits, demand not met, the job exceeds the machine
    ├── ProofError             4  the emitted files do not cut what the job asks for
    └── SystemFaultError       5  disk, permission, network

Findings of a check are values, not exceptions; a proof that fails stops the work with all of them. 130 belongs to an
interruption.
"""

from __future__ import annotations

from collections.abc import Sequence

EXIT_INTERRUPTED = 130


class TfbPatternError(Exception):
    """The root of the tree; its message is written for the person at the machine."""

    exit_code = 1


class InputError(TfbPatternError):
    """An input is at fault by itself, whatever the web or the machine."""

    exit_code = 2


class LayoutError(InputError):
    """Everything that is wrong with one layout file; ``problems`` holds one line of text each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class InfeasibleError(TfbPatternError):
    """The input is sound, but it does not fit the web or the machine."""

    exit_code = 3


class ProofError(TfbPatternError):
    """The emitted files are not sound; ``problems`` holds one line of text each."""

    exit_code = 4

    def __init__(self, problems: Sequence[str], message: str) -> None:
        self.problems = tuple(problems)
        super().__init__(message)


class SystemFaultError(TfbPatternError):
    """The disk, a permission or the network failed."""

    exit_code = 5
