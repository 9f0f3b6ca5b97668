"""
Brings everything that a layout file refers to into it: drawings, defect lists, the machine.

What comes out is a document that stands alone, the form in which a job is checked, run and written down.
"""

from __future__ import annotations

import copy
import csv
import difflib
import io
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tfbpattern.errors import InputError
from tfbpattern.files import problems
from tfbpattern.files.machine_schema import MACHINE, GalvoDocument, GantryDocument
from tfbpattern.files.outline_schema import Dxf
from tfbpattern.files.problems import Problem
from tfbpattern.files.toml_lines import key_lines
from tfbpattern.geometry.chains import Chain

INLINE_MACHINE = "inline"
"""``machine.use`` of a document whose ``[machine]`` table says everything itself."""

# Stands for what could not be read, so that the rest of the layout is checked all the same.
_STAND_IN = [0.0, 0.0, 1.0, 1.0]

# As far as any coordinate may lie, in millimetres; sizes in micrometres have the same number.
_FARTHEST = 1e5

_DEFECT_COLUMNS = ("x_mm", "y_mm", "size_um", "class")


def shipped_machines() -> list[str]:
    """Names of the machines that come with the package."""
    folder = resources.files("tfbpattern") / "machines"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def inlined(document: dict[str, Any], folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    """
    The parsed layout with nothing outside, and what went wrong on the way.

    *folder* is where relative paths start. Sections of the wrong type are left for the schema to refuse.
    """
    whole = copy.deepcopy(document)
    found: list[Problem] = []
    for number, cell in enumerate(_tables(whole.get("cells"))):
        outline = cell.get("outline")
        if isinstance(outline, dict) and outline.get("kind") == "dxf":
            cell["outline"] = _outline(outline, ("cells", number, "outline"), folder, whole, found)
    web = whole.get("web")
    if isinstance(web, dict):
        _inline_keepouts(web, folder, found)
        _inline_defects(web, folder, found)
    if isinstance(whole.get("machine"), dict):
        whole["machine"] = _machine(whole["machine"], folder, found)
    return whole, found


def read_text(path: Path) -> str:
    """
    A UTF-8 text file.

    Raises:
        InputError: it is missing, a folder, not readable or not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder, not a file") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """
    The parsed document.

    Raises:
        InputError: not TOML; the message has the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: not TOML: {error}") from None
    except ValueError:
        # Python refuses whole numbers of thousands of digits.
        raise InputError(f"{name}: not a layout: a number with thousands of digits") from None
    except RecursionError:
        raise InputError(f"{name}: not a layout: nested too deeply") from None


def _tables(value: Any) -> list[dict[str, Any]]:
    return [item if isinstance(item, dict) else {} for item in value] if isinstance(value, list) else []


def _points(chain: Chain) -> list[list[float]]:
    """[x, y] or [x, y, bulge] of each vertex."""
    return [[x, y, bulge] if bulge else [x, y] for x, y, bulge in chain.vertices.tolist()]


def _outline(
    outline: dict[str, Any],
    path: tuple[str | int, ...],
    folder: Path,
    raw: dict[str, Any],
    found: list[Problem],
) -> dict[str, Any]:
    # Reading drawings takes ezdxf, which costs as much start-up time as all the rest.
    from tfbpattern.files.dxf_outline import read_outline

    try:
        drawing = Dxf.model_validate(outline)
        return {"kind": "polygon", "points_mm": _points(read_outline(folder / drawing.file, drawing.layer))}
    except ValidationError as error:
        found.extend(problems.of_validation(error, path, raw, Dxf))
    except InputError as error:
        found.append(Problem(path=path, message=str(error)))
    return outline


def _inline_keepouts(web: dict[str, Any], folder: Path, found: list[Problem]) -> None:
    for number, keepout in enumerate(_tables(web.get("keepouts"))):
        path = ("web", "keepouts", number, "dxf")
        if "dxf" not in keepout:
            continue
        if not isinstance(keepout["dxf"], str):
            found.append(Problem(path=path, message="must be text in quotes"))
            del keepout["dxf"]
            keepout["rect_mm"] = _STAND_IN
            continue
        if shapes := [key for key in ("rect_mm", "circle_mm", "polygon_mm") if key in keepout]:
            found.append(Problem(path=path, message=f"needs exactly one shape; found dxf and {shapes[0]}"))
            del keepout["dxf"]
            continue
        from tfbpattern.files.dxf_outline import read_shapes

        try:
            first, *others = read_shapes(folder / keepout.pop("dxf"), None)
        except InputError as error:
            found.append(Problem(path=path, message=str(error)))
            keepout["rect_mm"] = _STAND_IN
            continue
        common = dict(keepout)
        keepout["polygon_mm"] = _points(first)
        web["keepouts"] += [
            {**common, "name": f"{common.get('name')}-{k}", "polygon_mm": _points(shape)}
            for k, shape in enumerate(others, start=2)
        ]


def _inline_defects(web: dict[str, Any], folder: Path, found: list[Problem]) -> None:
    defects = web.get("defects")
    if not isinstance(defects, dict) or "rows" in defects:
        return
    path = ("web", "defects", "file")
    file = defects.pop("file", None)
    defects["rows"] = []
    if not isinstance(file, str):
        message = "is required and missing" if file is None else "must be text in quotes"
        found.append(Problem(path=path, message=message))
        return
    try:
        defects["rows"] = _defect_rows(folder / file)
    except InputError as error:
        found.append(Problem(path=path, message=str(error)))


def _defect_rows(path: Path) -> list[list[float | str]]:
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
    missing = [column for column in _DEFECT_COLUMNS if column not in (reader.fieldnames or [])]
    if missing:
        raise InputError(f"{path}: column {missing[0]!r} is missing; the header is {','.join(_DEFECT_COLUMNS)}")
    rows: list[list[float | str]] = []
    for row in _rows(reader, path):
        values: list[float | str] = []
        for column in _DEFECT_COLUMNS[:3]:
            try:
                value = float(row[column])
            except (TypeError, ValueError):
                raise InputError(f"{path}:{reader.line_num}: {column} = {row[column]!r} is no number") from None
            # NaN is in no range at all.
            if not (0.0 if column == "size_um" else -_FARTHEST) <= value <= _FARTHEST:
                raise InputError(f"{path}:{reader.line_num}: {column} = {row[column]!r} is out of range")
            values.append(value)
        rows.append([*values, row["class"] or ""])
    return rows


def _rows(reader: csv.DictReader[str], path: Path) -> Iterator[dict[str, str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: {error}") from None


def _machine(table: dict[str, Any], folder: Path, found: list[Problem]) -> dict[str, Any]:
    """The base machine with the table's keys over it, ``use`` turned to :data:`INLINE_MACHINE`."""
    path = ("machine", "use")
    stand_in = {**_base_machine(shipped_machines()[-1], folder), "use": INLINE_MACHINE}
    use = table.get("use")
    if use == INLINE_MACHINE:
        return table
    if not isinstance(use, str):
        message = "must be text in quotes" if "use" in table else "is required and missing"
        found.append(Problem(path=path, message=f"{message}; shipped: {', '.join(shipped_machines())}"))
        return stand_in
    try:
        base = _base_machine(use, folder)
    except InputError as error:
        found.append(Problem(path=path, message=str(error)))
        return stand_in
    return {**base, **table, "use": INLINE_MACHINE}


def _base_machine(use: str, folder: Path) -> dict[str, Any]:
    if use in shipped_machines():
        text = (resources.files("tfbpattern") / "machines" / f"{use}.toml").read_text("utf-8")
        name = f"{use}.toml"
    elif use.endswith(".toml"):
        text, name = read_text(folder / use), use
    else:
        near = difflib.get_close_matches(use, shipped_machines(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(
            f"no such machine{hint}; shipped are {', '.join(shipped_machines())}, or give the path of a machine's"
            " TOML file"
        )
    document = parse_toml(text, name)
    schema = document.pop("schema", None)
    if schema != 1:
        raise InputError(f"{name}: schema must be 1, found {schema!r}")
    try:
        MACHINE.validate_python(document)
    except ValidationError as error:
        model = GalvoDocument if document.get("kind") == "galvo" else GantryDocument
        lines = key_lines(text)
        sentences = [
            problems.sentence(problem, file=name, raw=document, lines=lines)
            for problem in problems.of_validation(error, (), document, model)
        ]
        raise InputError("; ".join(sentences)) from None
    return document
