"""
The layout file: text to a :class:`~tfbpattern.model.job.Layout`, all errors at once.

Sections are checked on their own first, then for what they mean together. A layout that is sound is written out
again with defaults filled and outside files inlined; that text, not the user's, is what is hashed and kept.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import tomli_w
from pydantic import BaseModel, ValidationError

from tfbpattern.errors import LayoutError
from tfbpattern.files import problems
from tfbpattern.files.inlining import INLINE_MACHINE, inlined, parse_toml, read_text
from tfbpattern.files.isolation_checks import check_lines
from tfbpattern.files.layout_checks import Sections, check_together, geometries_of, warnings_of
from tfbpattern.files.layout_job import job_of
from tfbpattern.files.layout_schema import (
    CellSection,
    IsolationSection,
    JobSection,
    NestSection,
    RegistrationSection,
    SingulationSection,
    StackSection,
    WebSection,
)
from tfbpattern.files.machine_schema import MACHINE, GalvoDocument, GantryDocument
from tfbpattern.files.problems import Problem
from tfbpattern.files.simplified_outlines import simplified
from tfbpattern.files.tester_schema import TesterSection
from tfbpattern.files.toml_lines import key_lines
from tfbpattern.model.job import Job, Layout

SCHEMA = 1

M = TypeVar("M", bound=BaseModel)

_REQUIRED = ("job", "web", "cells", "isolation", "singulation", "machine")
_OPTIONAL = ("stack", "registration", "tester", "nest")


def read_layout(path: Path) -> Layout:
    """
    Read, check and complete a layout file.

    Raises:
        InputError: the file cannot be read or is not TOML.
        LayoutError: it says something that is wrong, unknown, or not supported; all of it at once.
    """
    return parse_layout(read_text(path), name=str(path), folder=path.parent)


def parse_layout(text: str, *, name: str, folder: Path) -> Layout:
    """The same for a text; *name* stands in messages, *folder* is where relative paths start."""
    raw = parse_toml(text, name)
    whole, found = inlined(raw, folder)
    found += _unknown_sections(whole)
    known = {problem.path for problem in found}
    sections, faults = _validated(whole)
    # What could not be inlined would be refused a second time for being what it is.
    found += [fault for fault in faults if not any(_concern_one_thing(path, fault.path) for path in known if path)]
    job: Job | None = None
    said: list[str] = []
    if sections is not None:
        sections, said = simplified(sections)
        geometries, faults = geometries_of(sections)
        found += faults + check_together(sections, geometries)
        if not found:
            job = job_of(sections, geometries)
            found += check_lines(job)
    if found:
        lines = key_lines(text)
        ordered = sorted(
            {problems.sentence(p, file=name, raw=raw, lines=lines): _order(p, lines) for p in found}.items(),
            key=lambda item: (item[1], item[0]),
        )
        raise LayoutError([sentence for sentence, _ in ordered])
    assert sections is not None
    assert job is not None
    canonical = _text(sections)
    return Layout(
        job=job,
        text=canonical,
        sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        warnings=(*said, *warnings_of(sections)),
    )


def _concern_one_thing(known: tuple[str | int, ...], other: tuple[str | int, ...]) -> bool:
    """Whether a fault lies at or below a place that is refused already, or beside it in the same table."""
    return other[: len(known)] == known or (len(known) > 2 and other[:-1] == known[:-1])


def _order(problem: Problem, lines: dict[tuple[str | int, ...], int]) -> int:
    path = problem.path
    while path not in lines:
        path = path[:-1]
    return lines[path]


def _unknown_sections(whole: dict[str, Any]) -> list[Problem]:
    found = []
    allowed = ("schema", *_REQUIRED, *_OPTIONAL)
    if "schema" not in whole:
        found.append(Problem(path=("schema",), message=f"is required and missing; this version reads {SCHEMA}"))
    elif whole["schema"] != SCHEMA or isinstance(whole["schema"], bool | float):
        found.append(Problem(path=("schema",), message=f"must be {SCHEMA}"))
    for key in whole:
        if key not in allowed:
            near = difflib.get_close_matches(key, allowed, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known here: {', '.join(allowed)}"
            found.append(Problem(path=(key,), message=f"unknown key{hint}"))
    return found


def _validated(whole: dict[str, Any]) -> tuple[Sections | None, list[Problem]]:
    """Every section, or None and everything that is wrong in any of them."""
    found: list[Problem] = []

    def section(key: str, model: type[M]) -> M | None:
        return _checked(whole.get(key, {}), (key,), whole, model, model.model_validate, found)

    found += [Problem(path=(key,), message="is required and missing") for key in _REQUIRED if key not in whole]
    tables = whole.get("cells", [])
    if not isinstance(tables, list) or not tables:
        if "cells" in whole:
            found.append(Problem(path=("cells",), message="must be one [[cells]] table or more"))
        tables = []
    cells = [
        _checked(table, ("cells", k), whole, CellSection, CellSection.model_validate, found)
        for k, table in enumerate(tables)
    ]
    machine_table = whole.get("machine", {})
    machine: GantryDocument | GalvoDocument | None = None
    if isinstance(machine_table, dict) and machine_table.get("use") == INLINE_MACHINE:
        described = {key: value for key, value in machine_table.items() if key != "use"}
        model = GalvoDocument if described.get("kind") == "galvo" else GantryDocument
        machine = _checked(described, ("machine",), whole, model, MACHINE.validate_python, found)
    elif not isinstance(machine_table, dict):
        found.append(Problem(path=("machine",), message="must be a table"))
    job, web = section("job", JobSection), section("web", WebSection)
    isolation, singulation = (
        section("isolation", IsolationSection),
        section("singulation", SingulationSection),
    )
    stack = section("stack", StackSection) if "stack" in whole else None
    tester = section("tester", TesterSection) if "tester" in whole else None
    registration, nest = section("registration", RegistrationSection), section("nest", NestSection)
    missing = [key for key in _REQUIRED if key not in whole]
    # A missing section is one problem, not one for each of its required keys.
    found = [p for p in found if not (p.path[:1] and p.path[0] in missing and len(p.path) > 1)]
    if found or not (job and web and isolation and singulation and registration and nest and machine):
        return None, found
    return (
        Sections(
            job=job,
            web=web,
            stack=stack,
            cells=[cell for cell in cells if cell is not None],
            isolation=isolation,
            singulation=singulation,
            registration=registration,
            machine=machine,
            tester=tester,
            nest=nest,
        ),
        found,
    )


def _checked(
    data: object,
    path: tuple[str | int, ...],
    whole: dict[str, Any],
    model: type[BaseModel],
    validate: Callable[[object], M],
    found: list[Problem],
) -> M | None:
    try:
        return validate(data)
    except ValidationError as error:
        found.extend(problems.of_validation(error, path, whole, model))
        return None


def _text(sections: Sections) -> str:
    """The layout with nothing left out, in the order of the documentation."""
    document: dict[str, Any] = {"schema": SCHEMA}
    for key in (
        "job",
        "web",
        "stack",
        "cells",
        "isolation",
        "singulation",
        "registration",
        "machine",
        "tester",
        "nest",
    ):
        value = getattr(sections, key)
        if isinstance(value, list):
            document[key] = [item.model_dump(exclude_none=True) for item in value]
        elif value is not None:
            document[key] = value.model_dump(exclude_none=True)
    document["machine"] = {"use": INLINE_MACHINE, **document["machine"]}
    return tomli_w.dumps(document)
