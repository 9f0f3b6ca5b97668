"""Laws of neighbourhoods: every cell is in one class, and alike is measured."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tfbpattern.proof.congruence import ALIKE_MM, Neighbourhoods, neighbourhoods
from tfbpattern.proof.curves import Floats, Moves

_SHAPE = shapely.box(-1.0, -0.5, 1.0, 0.5)


def _squares(places: Floats, jitter: Floats) -> Moves:
    """A square and an arc around each place, the corners off by the jitter."""
    ring = np.array([(-1.1, -0.6), (1.1, -0.6), (1.1, 0.6), (-1.1, 0.6)])
    start = (places[:, None, :] + ring[None] + jitter[:, None, :]).reshape(-1, 2)
    end = (places[:, None, :] + np.roll(ring, -1, axis=0)[None] + jitter[:, None, :]).reshape(-1, 2)
    bulge = np.tile([0.0, 0.1, 0.0, 0.0], len(places))
    return Moves.of_bulges(start, end, bulge, np.repeat(np.arange(len(places)), 4))


def _around(places: Floats, marks: Moves) -> Neighbourhoods:
    return neighbourhoods(_SHAPE, places, marks, shapely.STRtree(marks.lines()), 0.2)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), size=st.sampled_from([0.0, 0.00005, 0.0002, 0.001]))
def test_each_cell_is_in_one_class_and_near_what_stands_for_it(seed: int, size: float) -> None:
    random = np.random.default_rng(seed)
    places = np.array([(5.0 * (k % 6), 5.0 * (k // 6)) for k in range(24)]) + random.uniform(-1.0, 1.0, (24, 2))
    jitter = random.uniform(-size, size, (24, 2))
    found = _around(places, _squares(places, jitter))
    assert sorted(np.concatenate(found.members).tolist()) == list(range(24))
    for group in found.members:
        away = np.hypot(*(jitter[group] - jitter[group[0]]).T)
        assert away.max() <= ALIKE_MM + 1e-12
    if size <= 0.00005:
        assert len(found.members) == 1


def test_a_micrometre_makes_a_class_of_its_own() -> None:
    places = np.array([(5.0 * k, 0.0) for k in range(4)])
    jitter = np.zeros((4, 2))
    jitter[2] = (0.001, 0.0)
    assert [group.tolist() for group in _around(places, _squares(places, jitter)).members] == [[0, 1, 3], [2]]


def test_one_mark_more_makes_a_class_of_its_own() -> None:
    places = np.array([(5.0 * k, 0.0) for k in range(4)])
    marks = _squares(places, np.zeros((4, 2)))
    extra = Moves.of_bulges(
        np.array([(10.2, 0.1)]), np.array([(10.3, 0.1)]), np.zeros(1), np.array([9], dtype=np.int64)
    )
    found = _around(places, Moves.joined([marks, extra]))
    assert [group.tolist() for group in found.members] == [[0, 1, 3], [2]]


def test_direction_and_order_of_marks_make_no_difference() -> None:
    places = np.array([(5.0 * k, 0.0) for k in range(3)])
    marks = _squares(places, np.zeros((3, 2)))
    back = np.arange(len(marks))[::-1]
    turned = Moves(
        start=np.concatenate([marks.start[:4], marks.end[back][:8]]),
        end=np.concatenate([marks.end[:4], marks.start[back][:8]]),
        centre=np.concatenate([marks.centre[:4], marks.centre[back][:8]]),
        sweep_rad=np.concatenate([marks.sweep_rad[:4], -marks.sweep_rad[back][:8]]),
        owner=marks.owner,
    )
    assert len(_around(places, turned).members) == 1


def test_a_mark_that_is_near_no_cell_is_not_seen() -> None:
    places = np.array([(0.0, 0.0)])
    marks = Moves.of_bulges(
        np.array([(0.0, 0.6), (9.0, 9.0)]), np.array([(1.0, 0.6), (9.0, 8.0)]), np.zeros(2), np.arange(2)
    )
    assert _around(places, marks).seen.tolist() == [True, False]
