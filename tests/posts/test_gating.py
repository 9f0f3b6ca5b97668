"""A laser that cannot be switched in motion is switched at a standstill, in the program and in the estimate."""

from __future__ import annotations

import pytest

from tests.layouts_for_tests import layout
from tests.toolpaths_for_tests import in_serpentine
from tfbpattern.errors import LayoutError
from tfbpattern.model.machine import Gantry, PostName
from tfbpattern.nesting import nest
from tfbpattern.posts import POSTS
from tfbpattern.routing import effort_of
from tfbpattern.scribing import scribe


def _program(post: PostName, gated: bool) -> tuple[list[str], float]:
    some = layout(machine={"use": f"{post}-gantry", "gated": gated})
    assert isinstance(some.job.machine, Gantry)
    operation = in_serpentine(scribe(some.job, nest(some.job))[1])
    lines = list(POSTS[post](operation, some.job.machine, ()))
    return lines, effort_of(operation, some.job.machine).time_s


def test_linuxcnc_switches_with_the_motion_or_at_once() -> None:
    gated, quick = _program("linuxcnc", gated=True)
    ungated, slow = _program("linuxcnc", gated=False)
    assert "M62 P0" in gated
    assert "M64 P0" not in gated
    assert {"M62 P0", "M63 P0"}.isdisjoint(ungated)
    assert gated.count("M62 P0") == ungated.count("M64 P0")
    assert slow > quick


def test_grbl_stops_for_a_change_of_state_where_it_must() -> None:
    gated, quick = _program("grbl", gated=True)
    ungated, slow = _program("grbl", gated=False)
    assert gated.count("M4") == 0
    assert ungated.count("M4") == sum(line.startswith("G1") and "S8" in line for line in ungated)
    lit = False
    for line in ungated:
        lit = line == "M4" if line.startswith("M") else lit and not line.startswith("S0")
        assert not (line.startswith("G0") and lit)
    assert slow > quick


def test_plain_iso_switches_at_a_standstill_and_takes_no_other_machine() -> None:
    with pytest.raises(LayoutError, match="'iso6983' switches at a standstill"):
        _program("iso6983", gated=True)
    lines, _ = _program("iso6983", gated=False)
    assert lines[0] == lines[-1] == "%"
    assert lines[-3:-1] == ["M5", "M30"]
    # Each in a block of its own, in turn, dark first.
    switches = [line for line in lines if "M" in line and not line.startswith("(")][:-1]
    assert set(switches) == {"M3", "M5"}
    assert switches[0] == "M5"
    passes = [k for k, line in enumerate(lines) if line == "M5"]
    for k in passes[1:-1]:
        assert lines[k + 1].startswith("G0")


@pytest.mark.parametrize("post", sorted(POSTS))
def test_every_post_may_be_named_and_every_name_has_a_post(post: PostName) -> None:
    assert layout(machine={"use": f"{post}-gantry"}).job.machine.name == f"{post}-gantry"
