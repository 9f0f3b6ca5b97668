"""Lines of G-code to words: what stands in a line, without what it does."""

from __future__ import annotations

import re
from typing import NamedTuple

_WORD = re.compile(r"([A-Z])([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))")
# A motion as most lines say it; anything else is read word by word.
_NUMBER = r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))"
_MOTION = re.compile(
    rf"(?:G0?([0-3]) ?)?(?:X{_NUMBER})?(?:Y{_NUMBER})?(?:I{_NUMBER})?(?:J{_NUMBER})?(?:F{_NUMBER})?(?:S{_NUMBER})?"
)
COMMENT = re.compile(r"\([^()]*\)|;.*")


class Block(NamedTuple):
    """A line of coordinates and modal words, parsed once for all places where it stands."""

    code: int | None
    x: float | None
    y: float | None
    i: float | None
    j: float | None
    feed: float | None
    speed: float | None
    others: tuple[tuple[str, float], ...]


class UnreadableError(Exception):
    """A line that is no G-code of ours."""


def parsed(line: str) -> Block | None:
    """The words of a line; None where there are none."""
    plain = _MOTION.fullmatch(line)
    if plain and line:
        said, x, y, i, j, f, s = plain.groups()
        return Block(
            int(said) if said else None,
            float(x) if x else None,
            float(y) if y else None,
            float(i) if i else None,
            float(j) if j else None,
            float(f) if f else None,
            float(s) if s else None,
            (),
        )
    packed = COMMENT.sub("", line).upper()
    packed = "".join(packed.split())
    if packed in ("", "%"):
        return None
    words = _WORD.findall(packed)
    if sum(len(letter) + len(number) for letter, number in words) != len(packed):
        raise UnreadableError(f"not understood: {line.strip()[:60]!r}")
    code: int | None = None
    values: dict[str, float] = {}
    others: list[tuple[str, float]] = []
    for letter, number in words:
        value = float(number)
        if letter == "G" and value in (0.0, 1.0, 2.0, 3.0):
            if code is not None:
                raise UnreadableError(f"two motions in one line: {line.strip()[:60]!r}")
            code = int(value)
        elif letter in "GM":
            others.append((letter, value))
        elif letter == "N":
            continue
        elif letter in "XYIJFSPQEZLHR":
            if letter in values:
                raise UnreadableError(f"the word {letter} twice in one line: {line.strip()[:60]!r}")
            values[letter] = value
        else:
            raise UnreadableError(f"the word {letter} is not known: {line.strip()[:60]!r}")
    get = values.get
    others += [(letter, values[letter]) for letter in "PQEZLHR" if letter in values]
    return Block(code, get("X"), get("Y"), get("I"), get("J"), get("F"), get("S"), tuple(others))
