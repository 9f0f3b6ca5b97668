"""Outlines for tests, and a second opinion on their geometry: plain formulas, nothing borrowed from the package."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from hypothesis import assume
from hypothesis import strategies as st
from shapely.geometry import Polygon

from tfbpattern.geometry import footprints
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chain, Chains


def closed(*vertices: Sequence[float]) -> Chain:
    """A closed chain of (x, y) or (x, y, bulge)."""
    return Chain(vertices=np.array([(*v, 0.0)[:3] for v in vertices], dtype=np.float64), closed=True)


def opened(*vertices: Sequence[float]) -> Chain:
    """An open chain of (x, y) or (x, y, bulge)."""
    return Chain(vertices=np.array([(*v, 0.0)[:3] for v in vertices], dtype=np.float64), closed=False)


def segments_of(chain: Chain) -> list[tuple[complex, complex, float]]:
    """Start, end and bulge of each segment that has a length, points as complex numbers."""
    points = [(complex(x, y), bulge) for x, y, bulge in chain.vertices.tolist()]
    following = points[1:] + points[:1] if chain.closed else points[1:]
    return [(p, q, bulge) for (p, bulge), (q, _) in zip(points, following, strict=False) if p != q]


def arc_of(p: complex, q: complex, bulge: float) -> tuple[complex, float, float, float]:
    """Centre, radius, starting angle and sweep (signed) of an arc, by its included angle."""
    sweep = 4.0 * math.atan(bulge)
    # The centre sees the chord under the sweep: it lies cot(sweep / 2) half chords to the left of its middle.
    centre = (p + q) / 2.0 + 1j * (q - p) / 2.0 / math.tan(sweep / 2.0)
    return centre, abs(p - centre), math.atan2((p - centre).imag, (p - centre).real), sweep


def points_along(chain: Chain, step_mm: float = math.inf, *, at_least: int = 3) -> Floats:
    """Points (k, 2) on every segment, its start included, no further apart than *step_mm*."""
    found: list[complex] = []
    for p, q, bulge in segments_of(chain):
        if abs(bulge) < 1e-9:
            count = max(at_least, math.ceil(abs(q - p) / step_mm))
            found += [p + (q - p) * k / count for k in range(count)]
        else:
            centre, radius, start, sweep = arc_of(p, q, bulge)
            count = max(at_least, math.ceil(abs(sweep) * radius / step_mm))
            found += [
                centre + radius * complex(math.cos(start + sweep * k / count), math.sin(start + sweep * k / count))
                for k in range(count)
            ]
    if not chain.closed:
        found.append(complex(*chain.vertices[-1, :2]))
    return np.array([(z.real, z.imag) for z in found])


def bounds_of(chain: Chain) -> tuple[complex, complex]:
    """Lower-left and upper-right corner of the box that just holds the curve."""
    found: list[complex] = []
    for p, q, bulge in segments_of(chain):
        found += [p, q]
        if bulge:
            centre, radius, start, sweep = arc_of(p, q, bulge)
            for quarter in range(4):
                turn = (quarter * math.pi / 2.0 - start) * math.copysign(1.0, sweep) % math.tau
                if turn <= abs(sweep):
                    found.append(centre + radius * 1j**quarter)
    return (
        complex(min(z.real for z in found), min(z.imag for z in found)),
        complex(max(z.real for z in found), max(z.imag for z in found)),
    )


def fine(chain: Chain, sagitta_mm: float = 1e-6) -> Polygon:
    """The enclosed region, vertices on the arcs, which it leaves by at most *sagitta_mm*."""
    found: list[complex] = []
    for p, q, bulge in segments_of(chain):
        found.append(p)
        if bulge == 0.0:
            continue
        centre, radius, start, sweep = arc_of(p, q, bulge)
        count = math.ceil(abs(sweep) / (2.0 * math.acos(max(1.0 - sagitta_mm / radius, 0.0)))) + 1
        found += [
            centre + radius * complex(math.cos(start + sweep * k / count), math.sin(start + sweep * k / count))
            for k in range(1, count)
        ]
    return Polygon([(z.real, z.imag) for z in found])


def fine_line(chain: Chain) -> shapely.LineString:
    """The curve itself as a fine polyline, closed where the chain closes."""
    points = points_along(chain, at_least=1) if not chain.vertices[:, 2].any() else points_along(chain, at_least=400)
    return shapely.LineString(np.concatenate([points, points[:1]]) if chain.closed else points)


def distances(chain: Chain, points: Floats) -> Floats:
    """Exact distance of each point (k, 2) from the curve."""
    z = points[:, 0] + 1j * points[:, 1]
    best = np.full(len(z), math.inf)
    for p, q, bulge in segments_of(chain):
        if abs(bulge) < 1e-9:
            t = np.clip(((z - p) * np.conj(q - p)).real / abs(q - p) ** 2, 0.0, 1.0)
            best = np.minimum(best, np.abs(z - (p + (q - p) * t)))
        else:
            centre, radius, start, sweep = arc_of(p, q, bulge)
            turn = (np.angle((z - centre) * np.exp(-1j * start)) * math.copysign(1.0, sweep)) % math.tau
            beside = turn <= abs(sweep)
            best = np.minimum(best, np.where(beside, np.abs(np.abs(z - centre) - radius), np.inf))
            best = np.minimum(best, np.minimum(np.abs(z - p), np.abs(z - q)))
    return np.asarray(best)


def same_curve(one: Chain, other: Chain, tolerance_mm: float = 1e-6) -> bool:
    """Every point of either curve lies on the other."""
    return bool(
        distances(one, points_along(other, at_least=7)).max() <= tolerance_mm
        and distances(other, points_along(one, at_least=7)).max() <= tolerance_mm
    )


def rows(chains: Iterable[Chain]) -> list[tuple[bool, list[list[float]]]]:
    """Chains as plain numbers, to compare them one by one."""
    return [(chain.closed, chain.vertices.tolist()) for chain in chains]


def lines_of(chains: Chains) -> shapely.Geometry:
    """All curves together as fine lines."""
    return shapely.union_all([fine_line(chain) for chain in chains])


def mirrored(chain: Chain) -> Chain:
    """The closed chain seen from behind (x negated), still counter-clockwise."""
    return Chain(vertices=chain.vertices * np.array([-1.0, 1.0, -1.0]), closed=True).counter_clockwise()


def hundredths(low: float, high: float) -> st.SearchStrategy[float]:
    """Lengths on whole hundredths of a millimetre, as people write them."""
    return st.integers(round(low * 100), round(high * 100)).map(lambda n: n / 100)


@st.composite
def rectangles(draw: st.DrawFn) -> Chain:
    width, height = draw(hundredths(1, 12)), draw(hundredths(1, 12))
    radius = draw(st.sampled_from([0.0, 0.1, 0.2, 0.37, min(width, height) / 2.0]))
    return footprints.rect(width, height, radius)


@st.composite
def round_shapes(draw: st.DrawFn) -> Chain:
    width, height = draw(hundredths(1, 12)), draw(hundredths(1, 12))
    kind = draw(st.sampled_from(["circle", "stadium", "dee"]))
    if kind == "circle":
        return footprints.circle(width)
    return footprints.stadium(width, height) if kind == "stadium" else footprints.dee(width + height / 2.0, height)


@st.composite
def letters(draw: st.DrawFn) -> Chain:
    width, height = draw(hundredths(2, 12)), draw(hundredths(2, 12))
    part, rest = draw(hundredths(0.2, 0.8)), draw(hundredths(0.2, 0.8))
    make = draw(st.sampled_from([footprints.ell, footprints.tee]))
    return make(width, height, round(width * part, 3), round(height * rest, 3))


@st.composite
def convex_polygons(draw: st.DrawFn) -> Chain:
    """Corners on an ellipse: strictly convex, no side shorter than a fifth of a millimetre."""
    count = draw(st.integers(3, 8))
    steps = np.cumsum(draw(st.lists(st.integers(10, 100), min_size=count, max_size=count)))
    angles = math.tau * steps / steps[-1] + draw(st.integers(0, 359)) / 57.3
    x_mm, y_mm = draw(hundredths(3, 8)), draw(hundredths(3, 8))
    points = np.round(np.column_stack([x_mm * np.cos(angles), y_mm * np.sin(angles)]), 6)
    return Chain(vertices=np.column_stack([points, np.zeros(count)]), closed=True)


@st.composite
def stars(draw: st.DrawFn) -> Chain:
    """Corners all around the origin, near and far, joined by lines and arcs that do not cross."""
    count = draw(st.integers(3, 8))
    radii = np.array(draw(st.lists(hundredths(2, 6), min_size=count, max_size=count)))
    bulges = draw(st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.3, -0.2, 0.08]), min_size=count, max_size=count))
    angles = math.tau * np.arange(count) / count
    points = np.round(np.column_stack([radii * np.cos(angles), radii * np.sin(angles)]), 6)
    chain = Chain(vertices=np.column_stack([points, bulges]), closed=True)
    region = fine(chain, 1e-3)
    # Sides that nearly touch elsewhere are no footprint: the outline keeps its shape when a tenth is taken off.
    assume(region.is_valid and region.area > 1.0)
    return chain


def outlines() -> st.SearchStrategy[Chain]:
    """Footprints of every kind that a layout file can say."""
    return st.one_of(rectangles(), round_shapes(), letters(), convex_polygons(), stars())


def convex_outlines() -> st.SearchStrategy[Chain]:
    """Footprints without a dent."""
    return st.one_of(rectangles(), round_shapes(), convex_polygons())
