"""What cannot be in a program, by line."""

from __future__ import annotations

from typing import NamedTuple

# The first of each kind tells it all; a program of another machine has a million (ours).
_MOST = 20


class Fault(NamedTuple):
    """Something in a program that cannot be, by line."""

    rule: str
    message: str
    line: int


class Faults:
    """Faults as they are met."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self._told: dict[str, int] = {}

    def add(self, rule: str, message: str, line: int) -> None:
        """Keep it, if it is one of the first of its rule."""
        self._told[rule] = self._told.get(rule, 0) + 1
        if self._told[rule] <= _MOST:
            self.found.append(Fault(rule, message, line))
