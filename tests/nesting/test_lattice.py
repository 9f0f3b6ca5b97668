"""Lattices and double lattices: as dense as the densest known, sound on any sheet, and never a sliver."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon

from tests.layouts_for_tests import job
from tests.nesting.jobs import OUTLINES, jobs, nest_by
from tests.nesting.soundness import check_nest
from tests.nesting.test_grid import NAIVE_COUNTS
from tfbpattern.model.job import Job
from tfbpattern.nesting.contact.parts import Parts
from tfbpattern.nesting.lattice import lattice
from tfbpattern.nesting.lattice.motifs import motifs_of
from tfbpattern.scribing import scribe

# Densest lattices known of the footprints that nesting programs are compared on, spacing 0.1 mm included, quarter
# turns allowed.
BULK = {"L": 0.9623, "D": 0.9399, "pent": 0.9297, "gon24": 0.8895, "T": 0.9431}


def regular(corners: int) -> Polygon:
    turns = [math.tau * k / corners for k in range(corners)]
    return Polygon([(4 * math.cos(t), 4 * math.sin(t)) for t in turns])


def densest(shape: Polygon, rotations: tuple[float, ...], spacing: float, effort: int) -> float:
    parts = Parts(shape=shape, rotations_deg=rotations, spacing_mm=spacing, sliver_mm=0.0)
    return max(float(len(m.rotations_deg) * shape.area / m.area_mm2) for m in motifs_of(parts, effort))


@pytest.mark.parametrize("name", BULK)
def test_the_densest_known_lattices_are_found(name: str) -> None:
    shape = Polygon([(x, y) for x, y, *_ in NAIVE_COUNTS[name][1]])
    if name == "D":
        arc = [(5 + 3 * math.sin(t), 3 - 3 * math.cos(t)) for t in np.linspace(0, math.pi, 25)]
        shape = Polygon([(0, 0), *arc, (0, 6)])
    assert densest(shape, (0.0, 90.0, 180.0, 270.0), 0.1, 3) >= BULK[name] - 5e-5


@pytest.mark.parametrize(
    ("corners", "density"),
    [
        (5, (5 - math.sqrt(5)) / 3),  # proved: T. Hales, W. Kusner, "Packings of regular pentagons in the plane", 2016
        (7, 0.8926),  # the densest double lattice: Y. Kallus, W. Kusner, Discrete Comput Geom 56, 2016
    ],
)
def test_regular_polygons_reach_their_best_double_lattices(corners: int, density: float) -> None:
    assert densest(regular(corners), (0.0, 180.0), 0.0, 3) >= density - 5e-5


@settings(max_examples=25, deadline=None)
@given(jobs())
def test_every_cell_stands_where_it_may(some_job: Job) -> None:
    found = nest_by(lattice, some_job)
    if found is not None:
        check_nest(some_job, found)


@pytest.mark.parametrize("outline", OUTLINES, ids=lambda outline: outline["kind"])
def test_shared_cuts_of_a_lattice_leave_no_sliver(outline: dict[str, object]) -> None:
    some_job = job(
        cell={"outline": outline, "rotations_deg": [0, 90, 180, 270]},
        web={"width_mm": 80.0, "frame_length_mm": 80.0},
        singulation={"kerf_mm": 0.1},
    )
    found = nest_by(lattice, some_job)
    if found is not None:
        # Raises where two cuts are too close.
        assert scribe(some_job, found)


@settings(max_examples=10, deadline=None)
@given(st.integers(4, 12), st.integers(0, 10**6))
def test_random_polygons_are_nested_soundly_and_about_as_densely_as_their_grid_or_better(
    corners: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    turns = np.sort(rng.uniform(0, math.tau, corners)) + np.arange(corners) * 1e-3
    reach = rng.uniform(2.5, 5.0, corners)
    shape = Polygon(np.column_stack((reach * np.cos(turns), reach * np.sin(turns))))
    if not shape.is_valid or shape.area < 12.0 or shape.buffer(-0.3).geom_type != "Polygon":
        return
    points = [[round(x, 4), round(y, 4)] for x, y in shape.exterior.coords[:-1]]
    try:
        some_job = job(
            cell={"outline": {"kind": "polygon", "points_mm": points}, "rotations_deg": [0, 180]},
            web={"width_mm": 70.0, "frame_length_mm": 60.0},
            isolation={"setback_mm": 0.05, "line_width_mm": 0.02},
        )
    except ValueError:
        return
    found = nest_by(lattice, some_job)
    assert found is not None
    check_nest(some_job, found)


def test_needles_keep_clear_of_copies_many_steps_away() -> None:
    some_job = job(
        cell={"outline": {"kind": "polygon", "points_mm": [[0, 0], [40, 0.2], [0, 0.6]]}, "rotations_deg": [0, 180]},
        web={"width_mm": 60.0, "frame_length_mm": 20.0},
        isolation={"setback_mm": 0.05, "line_width_mm": 0.02},
    )
    found = nest_by(lattice, some_job)
    assert found is not None
    check_nest(some_job, found)
