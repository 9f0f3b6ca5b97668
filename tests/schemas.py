"""The published JSON Schemas, and where a document breaks one."""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator


def names() -> list[str]:
    """Of all schemas that come with the package."""
    folder = resources.files("tfbpattern") / "schemas"
    return sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json"))


@functools.cache
def schema(name: str) -> Any:
    """One of them, parsed."""
    return json.loads((resources.files("tfbpattern") / "schemas" / f"{name}.json").read_text("utf-8"))


def problems_of(name: str, document: object) -> list[str]:
    """The places (JSON paths) at which a document breaks a schema."""
    return [error.json_path for error in Draft202012Validator(schema(name)).iter_errors(document)]
