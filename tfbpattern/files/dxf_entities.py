"""
The entities of a drawing as chains of lines and arcs, in the plane of the drawing.

An entity is drawn in its own frame (a block, or the plane of its extrusion), and a matrix takes it to the
drawing in millimetres. Where the matrix keeps angles, arcs stay arcs; elsewhere they become ellipses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
from ezdxf.entities.dxfgfx import DXFGraphic
from ezdxf.entities.lwpolyline import LWPolyline
from ezdxf.entities.polyline import Polyline
from ezdxf.entities.spline import Spline
from ezdxf.lldxf.const import DXFError
from ezdxf.math import OCS, BSpline, Matrix44, Vec3

from tfbpattern.geometry import arcs, biarcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chain

FLATTEN_TOLERANCE_MM = 0.001
"""Ellipses and splines become arcs, off by this at most. Ours: a fifth of the usual cut tolerance."""

FLAT_TOLERANCE_MM = 0.005
"""A drawing is flat when all of it lies this close to one height. Ours: no more than ends may be apart."""

OUTLINE_KINDS = frozenset({"LINE", "ARC", "CIRCLE", "ELLIPSE", "SPLINE", "LWPOLYLINE", "POLYLINE"})
"""What an outline is drawn with."""

ANNOTATION_KINDS = frozenset(
    {
        *("ACAD_TABLE", "ATTDEF", "ATTRIB", "MTEXT", "RTEXT", "SHAPE", "TEXT", "TOLERANCE"),
        *("ARC_DIMENSION", "DIMENSION", "LARGE_RADIAL_DIMENSION", "LEADER", "MLEADER", "MULTILEADER"),
        *("HATCH", "MPOLYGON", "POINT", "RAY", "WIPEOUT", "XLINE"),
        *("DGNUNDERLAY", "DWFUNDERLAY", "IMAGE", "OLE2FRAME", "OLEFRAME", "PDFUNDERLAY", "VIEWPORT"),
    }
)
"""What explains a drawing: text, dimensions, fillings, marks, construction lines, pictures."""

DAMAGE = (ValueError, ArithmeticError, LookupError, TypeError, DXFError)
"""What the numbers of a damaged file, or their absence, raise in the reader and in formulas."""

FURTHEST_MM = 1e5
"""No coordinate is larger, as in layout files: a hundred metres is beyond any machine."""

_PLACES = ("start", "center", "insert", "location", "vtx0", "start_location", "defpoint")
_IN_A_PLANE = frozenset({"ARC", "CIRCLE", "INSERT", "LWPOLYLINE", "POLYLINE", "SOLID", "TRACE"})
# An arc that bends by less than a tenth of a nanometre is a line.
_STRAIGHT_MM = 1e-7
# Axes are at right angles and equally long to this, relatively: a nanometre on an arc of a metre; ours.
_SAME_RATIO = 1e-9


def chain_of(entity: DXFGraphic, matrix: Matrix44) -> tuple[Chain, float] | None:
    """
    The chain of an entity of :data:`OUTLINE_KINDS` and its height, both in mm; None for a point or nothing.

    Ellipses, full ones too, and splines come open, with their ends at one place where they close.

    Raises:
        ValueError: it is not flat, or a number is not finite or too large.
        one of :data:`DAMAGE`: its numbers do not describe a curve.
    """
    kind = entity.dxftype()
    if kind == "ELLIPSE":
        return _ellipse(entity, matrix)
    if kind == "SPLINE":
        return _spline(cast(Spline, entity), matrix)
    if kind == "LINE":
        points, closed, frame = [entity.dxf.start, entity.dxf.end], False, matrix
        bulges = [0.0, 0.0]
    elif kind == "LWPOLYLINE":
        polyline = cast(LWPolyline, entity)
        corners = polyline.get_points("xyb")
        points = [Vec3(x, y, polyline.dxf.elevation) for x, y, _ in corners]
        bulges = [bulge for _, _, bulge in corners]
        closed, frame = polyline.closed, _plane(entity, matrix)
    elif kind == "POLYLINE":
        points, bulges, closed, frame = _old_polyline(cast(Polyline, entity), matrix)
    else:
        points, bulges, closed = _circle(entity)
        frame = _plane(entity, matrix)
    return _polyline(points, bulges, closed, frame)


def place_of(entity: DXFGraphic, matrix: Matrix44) -> tuple[float, float] | None:
    """
    Where an entity of any kind starts or stands, in mm; None if it does not say.

    Raises:
        one of :data:`DAMAGE`: what it says is no place.
    """
    if isinstance(entity, LWPolyline):
        points = [Vec3(x, y, entity.dxf.elevation) for x, y in entity.vertices()]
    elif isinstance(entity, Polyline):
        points = list(entity.points())
    elif isinstance(entity, Spline):
        points = Vec3.list([*entity.control_points, *entity.fit_points])
    else:
        supported = (name for name in _PLACES if entity.dxf.is_supported(name) and entity.dxf.hasattr(name))
        points = [Vec3(entity.dxf.get(name)) for name in supported]
    if not points:
        return None
    frame = _plane(entity, matrix) if entity.dxftype() in _IN_A_PLANE else matrix
    placed = frame.transform(points[0])
    return placed.x, placed.y


def _plane(entity: DXFGraphic, matrix: Matrix44) -> Matrix44:
    """From the plane that the entity's extrusion gives, to the drawing."""
    ocs: OCS = entity.ocs()
    return Matrix44.ucs(ocs.ux, ocs.uy, ocs.uz) * matrix if ocs.transform else matrix


def _circle(entity: DXFGraphic) -> tuple[list[Vec3], list[float], bool]:
    """Points, bulges and closedness of an ARC or a CIRCLE in its plane."""
    centre, radius = Vec3(entity.dxf.center), abs(float(entity.dxf.radius))
    if entity.dxftype() == "CIRCLE":
        start, sweep = 0.0, 360.0
    else:
        start = float(entity.dxf.start_angle)
        sweep = _sweep(start, float(entity.dxf.end_angle), 360.0)
    if sweep == 360.0:
        half = Vec3.from_deg_angle(start, radius)
        return [centre + half, centre - half], [1.0, 1.0], True
    count = _parts_of(math.radians(sweep))
    points = [centre + Vec3.from_deg_angle(start + sweep * k / count, radius) for k in range(count + 1)]
    return points, [math.tan(math.radians(sweep / count) / 4.0)] * count + [0.0], False


def _old_polyline(polyline: Polyline, matrix: Matrix44) -> tuple[list[Vec3], list[float], bool, Matrix44]:
    """Points, bulges, closedness and matrix of a POLYLINE, the drawn one if it was fitted to a frame."""
    # Bit 16 marks the corners of the frame that a spline was fitted to (DXF reference, VERTEX group 70).
    drawn = [vertex for vertex in polyline.vertices if not int(vertex.dxf.flags) & 16]
    points = [Vec3(vertex.dxf.location) for vertex in drawn]
    if polyline.is_3d_polyline:
        return points, [0.0] * len(points), polyline.is_closed, matrix
    elevation = Vec3(polyline.dxf.elevation).z
    if elevation:
        points = [point.replace(z=elevation) for point in points]
    bulges = [float(vertex.dxf.bulge) for vertex in drawn]
    return points, bulges, polyline.is_closed, _plane(polyline, matrix)


def _polyline(
    points: Sequence[Vec3], bulges: Sequence[float], closed: bool, frame: Matrix44
) -> tuple[Chain, float] | None:
    if len(points) < 2:
        return None
    raw = np.array([point.xyz for point in points])
    bulge = np.array(bulges, dtype=np.float64)
    if not closed:
        bulge[-1] = 0.0
    axes, origin = _axes(frame)
    placed = _placed(raw, axes, origin)
    if not np.isfinite(bulge).all():
        raise ValueError("a bulge is not a finite number")
    with np.errstate(over="ignore"):
        sagitta = np.abs(bulge) * np.hypot(*(np.roll(placed, -1, axis=0) - placed)[:, :2].T) / 2.0
    if sagitta.max() > FURTHEST_MM:
        raise ValueError(f"an arc reaches further than {FURTHEST_MM:.0f} mm from its ends")
    bulge[sagitta < _STRAIGHT_MM] = 0.0
    curved = bulge != 0.0
    # An arc whose ends lie flat may still leave the plane: by its size times the tilt of its own plane.
    tilt = float(np.hypot(*axes[:2, 2])) if curved.any() else 0.0
    height = _height(placed[:, 2], tilt * float(np.ptp(raw, axis=0).max()))
    if not curved.any() or _keeps_angles(axes[0], axes[1]):
        handed = np.sign(_cross(axes[0], axes[1])) if curved.any() else 1.0
        return Chain(vertices=np.column_stack([placed[:, :2], bulge * handed]), closed=closed), height
    corners = Chain(vertices=np.column_stack([raw[:, :2], bulge]), closed=closed)
    stretches = []
    for k, (start, end, value) in enumerate(zip(*corners.segments, strict=True)):
        if value == 0.0 or (start == end).all():
            stretches.append(np.append(placed[k, :2], 0.0)[None])
            continue
        middle = arcs.centres(start, end, np.asarray(value))
        ray = start - middle
        arm = np.array([-ray[1], ray[0]])
        # Counted from the start of the arc, against the clock or with it.
        arm, sweep = (arm, 4.0 * math.atan(value)) if value > 0.0 else (-arm, -4.0 * math.atan(value))
        # Not checked: the centre of a flat arc may lie far away.
        centre = np.append(middle, raw[k, 2]) @ axes + origin
        stretches.append(_elliptic(centre, np.append(ray, 0.0) @ axes, np.append(arm, 0.0) @ axes, 0.0, sweep)[:-1])
    vertices = np.concatenate(stretches)
    if not closed:
        vertices = np.concatenate([vertices, np.append(placed[-1, :2], 0.0)[None]])
    return Chain(vertices=vertices, closed=closed), height


def _ellipse(entity: DXFGraphic, matrix: Matrix44) -> tuple[Chain, float] | None:
    major, normal = Vec3(entity.dxf.major_axis), Vec3(entity.dxf.extrusion)
    if major.is_null or normal.is_null:
        return None
    minor = normal.cross(major).normalize(major.magnitude * float(entity.dxf.ratio))
    axes, origin = _axes(matrix)
    centre = _placed(np.array([Vec3(entity.dxf.center).xyz]), axes, origin)[0]
    first, second = (_placed(np.array([axis.xyz]), axes, np.zeros(3))[0] for axis in (major, minor))
    start = float(entity.dxf.start_param)
    sweep = _sweep(start, float(entity.dxf.end_param), math.tau)
    height = _height(centre[2:], abs(float(first[2])) + abs(float(second[2])))
    return Chain(vertices=_elliptic(centre, first, second, start, sweep), closed=False), height


def _elliptic(centre: Floats, first: Floats, second: Floats, start: float, sweep: float) -> Floats:
    """Vertices (k, 3) of *centre* + *first* cos t + *second* sin t, from t = *start* over *sweep* radians."""
    if _keeps_angles(first, second):
        count = _parts_of(sweep)
        bulge = math.tan(sweep / count / 4.0) * float(np.sign(_cross(first, second)))
        t = start + sweep * np.arange(count + 1)[:, None] / count
        points = centre[:2] + first[:2] * np.cos(t) + second[:2] * np.sin(t)
        return np.column_stack([points, np.append(np.full(count, bulge), 0.0)])

    def curve(t: Floats) -> tuple[Floats, Floats]:
        cos, sin = np.cos(t)[:, None], np.sin(t)[:, None]
        return centre[:2] + first[:2] * cos + second[:2] * sin, second[:2] * cos - first[:2] * sin

    quarters = math.ceil(sweep / (math.pi / 2.0) * (1.0 - _SAME_RATIO))
    return biarcs.fit(curve, np.linspace(start, start + sweep, quarters + 1).tolist(), FLATTEN_TOLERANCE_MM)


def _spline(spline: Spline, matrix: Matrix44) -> tuple[Chain, float] | None:
    if not len(spline.control_points) and spline.closed:
        raise ValueError("closed, but with fit points only: save it with control points, or as a polyline")
    tool: BSpline = spline.construction_tool()
    axes, origin = _axes(matrix)
    control = _placed(np.array([point.xyz for point in tool.control_points]), axes, origin)
    knots = np.array(tool.knots())
    weights = np.array(tool.weights())
    if not (np.isfinite(knots).all() and (np.diff(knots) >= 0.0).all()):
        raise ValueError("the knots do not ascend")
    if not (weights > 0.0).all():
        raise ValueError("a weight is not positive")
    height = _height(control[:, 2], 0.0)
    placed = BSpline(control, order=tool.order, knots=knots, weights=tool.weights() or None)

    def curve(t: Floats) -> tuple[Floats, Floats]:
        every = np.array([(*p.xyz, *d.xyz) for p, d in placed.derivatives(t.tolist(), n=1)])
        return every[:, 0:2], every[:, 3:5]

    # The curve lives on the inner knots only; of a clamped spline those are all.
    inner = np.unique(knots[tool.order - 1 : tool.count + 1])
    if len(inner) < 2:
        return None
    return Chain(vertices=biarcs.fit(curve, inner.tolist(), FLATTEN_TOLERANCE_MM), closed=False), height


def _sweep(start: float, end: float, whole: float) -> float:
    """How far an arc runs counter-clockwise, above 0 and up to *whole*; equal angles are the whole circle."""
    # Programs write a whole turn with few digits: 6.2832 for 2 pi.
    if abs(abs(end - start) - whole) <= 1e-5 * whole:
        return whole
    return (end - start) % whole or whole


def _parts_of(sweep: float) -> int:
    """Into how many arcs one is divided: the bulge of nearly a whole turn is nearly infinite."""
    return 1 if sweep <= 1.5 * math.pi else 2


def _axes(matrix: Matrix44) -> tuple[Floats, Floats]:
    """The axes (3, 3), a row each, and the origin (3,) of a frame in the drawing."""
    rows = np.array(list(matrix)).reshape(4, 4)
    return rows[:3, :3], rows[3, :3]


def _placed(points: Floats, axes: Floats, origin: Floats) -> Floats:
    """Points (n, 3) in the drawing."""
    with np.errstate(all="ignore"):
        placed = points @ axes + origin
    if not np.isfinite(placed).all():
        raise ValueError("a coordinate is not a finite number")
    if np.abs(placed).max() > FURTHEST_MM:
        raise ValueError(f"more than {FURTHEST_MM:.0f} mm from the origin; are the units right?")
    return np.asarray(placed)


def _height(z: Floats, more: float) -> float:
    """The one height of points, each of which *more* may be added to or taken from."""
    spread = float(np.ptp(z)) + 2.0 * more
    # Turned around, so that a number that is not one fails too.
    if not spread <= FLAT_TOLERANCE_MM:
        raise ValueError(f"not flat: it spans {spread:.4g} mm in z")
    return float(z[0])


def _keeps_angles(first: Floats, second: Floats) -> bool:
    """Whether two axes span a circle."""
    a, b = np.hypot(*first[:2]), np.hypot(*second[:2])
    return bool(abs(a - b) <= _SAME_RATIO * a and abs(first[:2] @ second[:2]) <= _SAME_RATIO * a * b)


def _cross(first: Floats, second: Floats) -> float:
    return float(first[0] * second[1] - first[1] * second[0])
