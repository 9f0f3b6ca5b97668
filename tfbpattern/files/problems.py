"""What pydantic finds in a document, as sentences for the person who wrote the file."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from tfbpattern.files.toml_lines import Path, line_of

_SHOWN = 60

_WORDS = {
    "missing": "is required and missing",
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "string_too_long": "must have {max_length} characters at most",
    "string_pattern_mismatch": "may hold letters, digits, '-' and '_' only",
    "literal_error": "must be {expected}",
    "union_tag_invalid": "must be one of {expected_tags}{more}",
    "union_tag_not_found": "is required and missing",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "dict_type": "must be a table",
    "list_type": "must be an array",
    "tuple_type": "must be an array",
    "too_short": "needs at least {min_length} element(s), found {actual_length}",
    "too_long": "may have at most {max_length} element(s), found {actual_length}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong: where (path of keys), what was found there and what is allowed."""

    path: Path
    message: str


def of_validation(error: ValidationError, prefix: Path, raw: object, model: type[BaseModel]) -> list[Problem]:
    """The problems that validating the data at *prefix* of the document *raw* found."""
    problems = []
    for item in error.errors(include_url=False):
        path = _key_path((*prefix, *item["loc"]), raw)
        if item["type"] in ("union_tag_invalid", "union_tag_not_found"):
            path = (*path, "kind")
        if item["type"] == "extra_forbidden":
            problems.append(_unknown_key(path, item["loc"], model))
            continue
        template = _WORDS.get(item["type"])
        if item["type"] == "value_error":
            message = str(item["ctx"]["error"])
        else:
            # A drawing is a kind of outline too; it has become a polygon before the models look at it.
            more = ", 'dxf'" if path[-2:] == ("outline", "kind") else ""
            message = template.format(**item.get("ctx", {}), more=more) if template else item["msg"]
        problems.append(Problem(path=path, message=message))
    return problems


def sentence(problem: Problem, *, file: str, raw: object, lines: Mapping[Path, int]) -> str:
    """``file:line: key = value: what is wrong``, the value shortened."""
    key = dotted(problem.path) or "the file"
    found, value = value_at(problem.path, raw)
    shown = f" = {_short(value)}" if found and not isinstance(value, dict) else ""
    return _printable(f"{file}:{line_of(problem.path, dict(lines))}: {key}{shown}: {problem.message}")


def dotted(path: Path) -> str:
    """``cells[0].outline.width_mm``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _printable(text: str) -> str:
    """The text with what would steer a terminal written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def value_at(path: Path, raw: object) -> tuple[bool, object]:
    """Whether something stands at *path* of the parsed document, and what."""
    for part in path:
        in_table = isinstance(raw, dict) and part in raw
        in_array = isinstance(raw, list) and isinstance(part, int) and part < len(raw)
        if in_table or in_array:
            raw = raw[part]  # type: ignore[index]  # one of the two tests above has passed
        else:
            return False, None
    return True, raw


def _key_path(loc: tuple[str | int, ...], raw: object) -> Path:
    """A pydantic location without the tags of unions, which are no keys of the document."""
    path: list[str | int] = []
    for k, part in enumerate(loc):
        if raw is not None and not isinstance(raw, dict | list):
            # The model sees more in a value than the file says, as a range in a single number.
            break
        if isinstance(raw, dict):
            is_tag = raw.get("kind") == part and part not in raw and k < len(loc)
            if is_tag:
                continue
            raw = raw.get(part)
        elif isinstance(raw, list) and isinstance(part, int) and part < len(raw):
            raw = raw[part]
        path.append(part)
    return tuple(path)


def _unknown_key(path: Path, loc: tuple[str | int, ...], model: type[BaseModel]) -> Problem:
    allowed = _fields_at(loc[:-1], model)
    near = difflib.get_close_matches(str(path[-1]), allowed, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known here: {', '.join(allowed)}" if allowed else ""
    return Problem(path=path, message=f"unknown key{hint}")


def _fields_at(loc: tuple[str | int, ...], model: type[BaseModel]) -> list[str]:
    """Names of the keys a document may have at *loc*, found by walking the models' annotations."""
    current: list[type[BaseModel]] = [model]
    for part in loc:
        if isinstance(part, int):
            continue
        tagged = [m for m in current if _tag(m) == part]
        if tagged:
            current = tagged
            continue
        current = [
            inner for m in current if part in m.model_fields for inner in _models_in(m.model_fields[part].annotation)
        ]
    return [field.alias or name for m in current for name, field in m.model_fields.items()]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]


def _tag(model: type[BaseModel]) -> object:
    kind = model.model_fields.get("kind")
    literals = getattr(kind.annotation, "__args__", None) if kind else None
    return literals[0] if literals else None


def _short(value: object) -> str:
    if isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, datetime.date | datetime.time):
        text = value.isoformat().replace("+00:00", "Z")
    else:
        try:
            text = repr(value)
        except ValueError:
            text = "a number with thousands of digits"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
