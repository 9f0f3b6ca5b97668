"""Laws of the published JSON Schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.schemas import names, schema


def _parts(node: Any, path: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema within a schema."""
    if not isinstance(node, dict):
        return
    yield path, node
    for key in ("properties", "$defs"):
        for name, inner in node.get(key, {}).items():
            yield from _parts(inner, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        yield from _parts(node.get(key), f"{path}.{key}")
    for number, inner in enumerate(node.get("prefixItems", [])):
        yield from _parts(inner, f"{path}[{number}]")


def test_the_documented_schemas_are_published() -> None:
    assert {"cells-1", "manifest-1", "nest-1"} <= set(names())


@pytest.mark.parametrize("name", names())
def test_a_schema_is_a_schema(name: str) -> None:
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", names())
def test_a_schema_fixes_the_name_and_number_of_its_documents(name: str) -> None:
    kind, _, number = name.rpartition("-")
    assert schema(name)["properties"]["schema"]["const"] == f"tfbpattern/{kind}/{number}"
    assert "schema" in schema(name)["required"]


@pytest.mark.parametrize("name", names())
def test_every_field_is_described_and_has_a_type(name: str) -> None:
    for path, part in _parts(schema(name)):
        if path.endswith(("items", "additionalProperties")) or "[" in path:
            continue
        assert "description" in part or "$ref" in part, path
        assert part.keys() & {"type", "const", "enum", "$ref"}, path


@pytest.mark.parametrize("name", names())
def test_lengths_areas_times_and_angles_name_their_unit(name: str) -> None:
    units = {
        "_mm": "mm",
        "_mm2": "mm2",
        "_s": "s",
        "_deg": "degrees",
        "_uah": "uAh",
        "_mah_per_m": "mAh",
        "_wh_l": "Wh/L",
    }
    for path, part in _parts(schema(name)):
        field = path.rpartition(".")[2]
        for suffix, unit in units.items():
            if field.endswith(suffix):
                assert re.search(rf"\b{unit}\b", part["description"].replace("Millimetres", "mm")), path


@pytest.mark.parametrize("name", names())
def test_fields_may_be_added(name: str) -> None:
    for path, part in _parts(schema(name)):
        assert part.get("additionalProperties") is not False, path
        assert "unevaluatedProperties" not in part, path


@pytest.mark.parametrize("name", names())
def test_what_is_required_is_described(name: str) -> None:
    for path, part in _parts(schema(name)):
        assert set(part.get("required", [])) <= set(part.get("properties", {})), path


def test_figures_of_a_nest_are_the_same_wherever_they_are_printed() -> None:
    assert schema("nest-1")["$defs"]["nest"] == schema("manifest-1")["$defs"]["nest"]


@pytest.mark.parametrize("field", ["neighbours", "touchdown", "site"])
def test_what_is_not_always_worked_out_is_optional_in_the_map(field: str) -> None:
    cell = schema("cells-1")["$defs"]["cell"]
    assert field in cell["properties"]
    assert field not in cell["required"]


@pytest.mark.parametrize("role", ["e142", "report", "fields", "isolation_gcode", "singulation_gcode"])
def test_files_that_not_every_run_makes_are_optional_in_the_manifest(role: str) -> None:
    files = schema("manifest-1")["properties"]["files"]
    assert role in files["properties"]
    assert role not in files["required"]
    assert "proof" not in schema("manifest-1")["required"]
