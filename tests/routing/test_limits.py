"""What a machine can do: refused exactly when a speed or a place lies beyond it, with what would be needed."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.outlines_for_tests import bounds_of, opened
from tests.toolpaths_for_tests import gantry, toolpath_of, toolpaths
from tfbpattern.errors import InfeasibleError
from tfbpattern.model.job import Job
from tfbpattern.model.machine import Gantry
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.nesting import nest
from tfbpattern.routing import check_speeds, check_travel, route
from tfbpattern.scribing import scribe


@functools.cache
def some_job() -> Job:
    return job()


def on(machine: Gantry) -> Job:
    return dataclasses.replace(some_job(), machine=machine)


def extent(toolpath: Toolpath) -> tuple[np.ndarray, np.ndarray]:
    """Where the beam goes, bellies of arcs included."""
    boxes = [bounds_of(mark) for mark in toolpath.marks]
    low = [min(z.real for z, _ in boxes), min(z.imag for z, _ in boxes)]
    high = [max(z.real for _, z in boxes), max(z.imag for _, z in boxes)]
    return np.array(low), np.array(high)


def without(pair: tuple[float, float], axis: int, less: float) -> tuple[float, float]:
    return (pair[0] - less, pair[1]) if axis == 0 else (pair[0], pair[1] - less)


@settings(max_examples=50)
@given(toolpaths(), st.sampled_from([0.001, 0.5]))
def test_a_job_is_refused_exactly_when_the_beam_would_leave_the_travel(toolpath: Toolpath, spare: float) -> None:
    low, high = extent(toolpath)
    enough = gantry(
        max_mark_speed_mm_s=1e4,
        origin_mm=tuple((spare - low).tolist()),
        travel_mm=tuple((high - low + 2 * spare).tolist()),
    )
    check_travel(on(enough), [toolpath])
    for axis, name in enumerate("xy"):
        short = without(enough.travel_mm, axis, spare + 0.001)
        with pytest.raises(InfeasibleError, match=f"it needs {name} from"):
            check_travel(on(dataclasses.replace(enough, travel_mm=short)), [toolpath])
        far = without(enough.origin_mm, axis, spare + 0.001)
        with pytest.raises(InfeasibleError, match=f"it needs {name} from"):
            check_travel(on(dataclasses.replace(enough, origin_mm=far)), [toolpath])


def test_the_message_has_the_place_the_origin_and_the_travel() -> None:
    far = toolpath_of(opened((-3.5, 2.0), (395.25, 4.0)))
    with pytest.raises(InfeasibleError) as caught:
        check_travel(on(gantry()), [far])
    for evidence in ("'linuxcnc-gantry'", "x from 6.500 to 405.250 mm", "origin at 10 mm", "0 to 400 mm"):
        assert evidence in str(caught.value)


@pytest.mark.parametrize("name", ["isolation", "singulation"])
@settings(max_examples=20)
@given(st.floats(1.0, 5000.0))
def test_a_speed_is_refused_exactly_when_the_machine_marks_slower(name: str, speed: float) -> None:
    sections: dict[str, dict[str, Any]] = {"isolation": {}, "singulation": {"kerf_mm": 0.03}}
    sections[name]["recipe"] = {"mark_speed_mm_s": speed}
    some = job(**sections)
    if speed <= 2000.0:
        check_speeds(some)
        return
    with pytest.raises(InfeasibleError) as caught:
        check_speeds(some)
    assert f"{name} marks at {speed:g} mm/s" in str(caught.value)
    assert "marks at 2000 mm/s at most" in str(caught.value)


@pytest.mark.parametrize("name", ["isolation", "singulation"])
@pytest.mark.parametrize("use", ["linuxcnc-gantry", "galvo"])
def test_a_frequency_is_refused_exactly_when_the_laser_pulses_less_often(name: str, use: str) -> None:
    for frequency, fits in ((200.0, True), (200.1, False)):
        sections: dict[str, dict[str, Any]] = {"isolation": {}, "singulation": {"kerf_mm": 0.03}}
        sections[name]["recipe"] = {"frequency_khz": frequency}
        some = job(**sections, machine={"use": use, "max_frequency_khz": 200.0})
        if fits:
            check_speeds(some)
            continue
        with pytest.raises(InfeasibleError, match=f"{name} pulses at 200.1 kHz; '{use}' pulses at 200 kHz at most"):
            check_speeds(some)


def test_a_sheet_of_circles_as_wide_as_the_travel_is_accepted() -> None:
    """Kerf and run-out are the outermost; nothing of the machine's travel is lost to a rule of thumb."""
    sheet = job(
        web={"width_mm": 60.0, "frame_length_mm": 60.0},
        cell={"outline": {"kind": "circle", "diameter_mm": 12.0}},
        singulation={"kerf_mm": 0.03, "mode": "contour"},
        machine={"use": "linuxcnc-gantry", "travel_mm": [60.03, 60.03], "origin_mm": [0.015, 0.015]},
    )
    check_travel(sheet, [route(operation, sheet.machine) for operation in scribe(sheet, nest(sheet))])
