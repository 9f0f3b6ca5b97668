"""Where each key of a TOML text stands: the standard parser keeps no line numbers, messages need them."""

from __future__ import annotations

import re
import tomllib
from typing import Any

Path = tuple[str | int, ...]

# Tokens of TOML 1.0 that can hide or end a line: strings, comments, brackets, line ends; the rest is plain.
_TOKEN = re.compile(
    # Up to two quotes may stand before the closing three.
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]|\n|[^"\'#\[\]{}\n]+',
    re.DOTALL,
)


def key_lines(text: str) -> dict[Path, int]:
    """
    Line number (from 1) of each table and key, by its path; elements of arrays of tables by their index.

    *text* must already have been parsed without error. Keys inside inline tables are found by the line of the
    nearest key around them (:func:`line_of`).
    """
    lines: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, statement in _statements(text):
        if statement.startswith("[["):
            name = _resolved(_key(statement[2:-2]), counts)
            counts[name] = counts.get(name, -1) + 1
            table = (*name, counts[name])
            lines.setdefault(name, number)
            lines[table] = number
        elif statement.startswith("["):
            table = _resolved(_key(statement[1:-1]), counts)
            lines.setdefault(table, number)
        elif "=" in statement:
            path = table
            for part in _key(_before_equals(statement)):
                path = (*path, part)
                lines.setdefault(path, number)
    return lines


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """The line of the key at *path*, or of the nearest one around it."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def _statements(text: str) -> list[tuple[int, str]]:
    """(first line, text) of each header or key, values over many lines folded into one statement."""
    statements: list[tuple[int, str]] = []
    number, begin, depth, current = 1, 1, 0, ""
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == "\n" and depth == 0:
            if current.strip():
                statements.append((begin, current.strip()))
            current, begin = "", number + 1
        elif token in "[{":
            depth += 1
        elif token in "]}":
            depth -= 1
        if token != "\n" and not token.startswith("#"):
            current += token
        number += token.count("\n")
    if current.strip():
        statements.append((begin, current.strip()))
    return statements


def _before_equals(statement: str) -> str:
    """The key of a statement; quoted parts may hold an equals sign."""
    for match in _TOKEN.finditer(statement):
        if match.group()[0] not in "\"'" and "=" in match.group():
            return statement[: match.start() + match.group().index("=")]
    return statement


def _key(dotted: str) -> list[str]:
    """The parts of a dotted key, quotes resolved by the parser itself."""
    node: Any = tomllib.loads(f"{dotted} = 0")
    parts = []
    while isinstance(node, dict):
        ((part, node),) = node.items()
        parts.append(part)
    return parts


def _resolved(parts: list[str], counts: dict[Path, int]) -> Path:
    """A header's path with the index of the latest element after each array of tables but the last part."""
    path: Path = ()
    for k, part in enumerate(parts):
        path = (*path, part)
        if k < len(parts) - 1 and path in counts:
            path = (*path, counts[path])
    return path
