"""Numbers in a text as every reader takes them: Python alone reads ``1_0`` as ten, and digits of other scripts."""

from __future__ import annotations


def number_of(text: str) -> float:
    """
    The number that a text says, nan and infinity included.

    Raises:
        ValueError: it says none, or one that other readers take for another.
    """
    if "_" in text or not text.isascii():
        raise ValueError(f"{text.strip()[:20]!r} is no number to every reader")
    return float(text)
