"""The field: where outlines may stand, and what is in their way."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.nesting.jobs import field, jobs
from tests.nesting.soundness import obstacles, usable_mm
from tests.outlines_for_tests import fine
from tfbpattern.model.job import Job


@settings(max_examples=25)
@given(jobs())
def test_the_field_is_the_web_less_its_exclusions_and_half_a_spacing_at_open_ends(random_job: Job) -> None:
    found = field(random_job)
    expected = usable_mm(random_job.web, random_job.web.frame_length_mm[1], random_job.spacing_mm)
    assert (found.x_min_mm, found.y_min_mm, found.x_max_mm, found.y_max_mm) == pytest.approx(expected, abs=1e-9)
    assert found.width_mm == pytest.approx(expected[2] - expected[0], abs=1e-9)
    assert found.length_mm == pytest.approx(expected[3] - expected[1], abs=1e-9)


@given(
    st.sampled_from([0.0, 0.004, 0.02, 0.03, 5.0]),
    st.sampled_from([0.0, 0.004, 0.03, 5.0]),
    st.sampled_from([0.03, 0.5]),
)
def test_the_last_row_of_a_frame_and_the_first_of_the_next_keep_the_spacing(
    lead: float, trail: float, kerf: float
) -> None:
    web = {"edge_exclusion_mm": {"lead": lead, "trail": trail}, "stand_alone": False, "frame_length_mm": 50.0}
    found = field(job(web=web, singulation={"kerf_mm": kerf}))
    assert 50.0 - found.y_max_mm + found.y_min_mm == pytest.approx(max(kerf, lead + trail), abs=1e-9)
    assert found.y_min_mm >= lead - 1e-12
    assert 50.0 - found.y_max_mm >= trail - 1e-12


@settings(max_examples=25)
@given(jobs(), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=4, max_size=4))
def test_nothing_blocks_a_pose_exactly_when_the_outline_is_clear_of_everything(
    random_job: Job, shares: list[tuple[float, float]]
) -> None:
    found = field(random_job)
    cell = random_job.cells[0]
    turned = {angle: cell.outline.rotated(angle) for angle in cell.rotations_deg}
    x_min, y_min, x_max, y_max = usable_mm(random_job.web, random_job.web.frame_length_mm[1], random_job.spacing_mm)
    for u, v in shares:
        for angle, outline in turned.items():
            x, y = u * random_job.web.width_mm, v * random_job.web.frame_length_mm[1]
            shape = fine(outline.moved(x, y), 1e-4)
            left, low, right, high = shape.bounds
            # What is spare: the least of all distances to what must be kept, negative where it is broken.
            spare = [left - x_min, low - y_min, x_max - right, y_max - high]
            for what, clearance in obstacles(random_job.web):
                inside = shape.intersects(what)
                spare.append(-1.0 if inside else shape.distance(what) - clearance)
            blockers = found.blockers(cell, x, y, angle)
            if min(spare) < -1e-3:
                assert blockers
            # Polygons may be a micrometre too large, and a clearance by 0.1 % of it.
            elif min(spare) > 0.003:
                assert not blockers


@pytest.mark.parametrize(("x", "y"), [(3.65, 2.55), (56.35, 2.55), (3.65, 37.45), (56.35, 37.45), (30.0, 20.0)])
def test_a_cell_on_the_edge_of_the_usable_area_fits(x: float, y: float) -> None:
    small = job()
    assert field(small).blockers(small.cells[0], x, y, 0.0) == ()


@pytest.mark.parametrize(("dx", "dy"), [(-1, 0), (1, 0), (0, -1), (0, 1)])
def test_a_cell_a_micrometre_over_the_edge_does_not_fit(dx: int, dy: int) -> None:
    small = job(web={"width_mm": 7.3, "frame_length_mm": 5.1})
    assert field(small).blockers(small.cells[0], 3.65, 2.55, 0.0) == ()
    (edge,) = field(small).blockers(small.cells[0], 3.65 + dx * 1e-3, 2.55 + dy * 1e-3, 0.0)
    assert "edge" in edge.name


def test_blockers_are_named_after_what_the_layout_calls_them() -> None:
    small = job(
        web={
            "keepouts": [{"name": "splice", "rect_mm": [0, 30, 60, 5]}],
            "fiducials": [{"name": "F1", "x_mm": 4.0, "y_mm": 28.0}],
            "defects": {"rows": [[6.0, 28.0, 100.0, "pit"]]},
        }
    )
    names = [hazard.name for hazard in field(small).blockers(small.cells[0], 5.0, 29.0, 0.0)]
    assert names == ["keep-out splice", "fiducial F1", "defect at 6, 28"]


def test_a_cell_that_touches_a_keep_out_without_clearance_fits_on_every_side_of_it() -> None:
    small = job(web={"keepouts": [{"name": "K", "rect_mm": [20.1, 15.2, 10.3, 8.7], "clearance_mm": 0.0}]})
    for x, y in ((20.1 - 3.65, 19.0), (30.4 + 3.65, 19.0), (25.0, 15.2 - 2.55), (25.0, 23.9 + 2.55)):
        assert field(small).blockers(small.cells[0], round(x, 9), round(y, 9), 0.0) == ()


def test_a_cell_exactly_at_its_clearance_from_a_rectangular_keep_out_fits() -> None:
    small = job(web={"keepouts": [{"name": "K", "rect_mm": [20, 15, 10, 8], "clearance_mm": 2.0}]})
    assert field(small).blockers(small.cells[0], 14.35, 19.0, 0.0) == ()
    assert field(small).blockers(small.cells[0], 14.351, 19.0, 0.0) != ()


def test_a_spot_without_a_size_is_still_in_the_way() -> None:
    small = job(web={"defects": {"rows": [[20.0, 20.0, 0.0, "pit"]], "min_size_um": 0.0}})
    assert field(small).blockers(small.cells[0], 20.0, 20.0, 0.0) != ()
    assert field(small).blockers(small.cells[0], 20.0 + 3.66, 20.0, 0.0) == ()


@pytest.mark.parametrize(("policy", "least", "hazards"), [("avoid", 50.0, 1), ("avoid", 500.0, 0), ("mark", 0.0, 0)])
def test_only_defects_that_are_avoided_and_large_enough_are_hazards(policy: str, least: float, hazards: int) -> None:
    rows = [[20.0, 20.0, 100.0, "pit"], [40.0, 20.0, 49.9, "pit"]]
    small = job(web={"defects": {"rows": rows, "policy": policy, "min_size_um": least}})
    assert len(field(small).hazards) == hazards


def test_what_does_not_reach_into_the_field_is_left_out() -> None:
    at = [[-5.0, 20.0, 4.0], [62.1, 20.0, 4.0], [61.9, 20.0, 4.0], [30.0, 43.0, 4.0]]
    small = job(web={"keepouts": [{"name": f"K{k}", "circle_mm": c, "clearance_mm": 0.0} for k, c in enumerate(at)]})
    assert [hazard.name for hazard in field(small).hazards] == ["keep-out K2"]


@settings(max_examples=25)
@given(jobs())
def test_hazards_hold_the_shapes_with_their_clearance(random_job: Job) -> None:
    found = field(random_job)
    names = [hazard.name for hazard in found.hazards]
    usable = shapely.box(found.x_min_mm, found.y_min_mm, found.x_max_mm, found.y_max_mm)
    everything = shapely.union_all([hazard.shape for hazard in found.hazards])
    for what, clearance in obstacles(random_job.web):
        needed = what.buffer(clearance, quad_segs=256) if clearance else what
        assert usable.intersection(needed).difference(everything.buffer(1e-7)).area <= 1e-9
    assert len(names) == len(found.hazards)
