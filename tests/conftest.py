"""What all tests share: the option that rewrites golden files, and hypothesis without deadlines."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

# Geometry takes as long as it takes; a slow machine is no failure. The same examples on every run.
settings.register_profile("laws", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("laws")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files and print the difference")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with tests/golden/NAME, or rewrite it on --update-golden and print the difference."""

    def compare(name: str, text: str) -> None:
        path = ROOT / "tests" / "golden" / name
        kept = path.read_text("utf-8") if path.exists() else ""
        if request.config.getoption("--update-golden"):
            if kept != text:
                print("".join(difflib.unified_diff(kept.splitlines(True), text.splitlines(True), name, name)))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8", newline="\n")
            return
        assert path.exists(), f"no golden file {name}: run pytest --update-golden and read the difference"
        assert text == kept

    return compare
