"""
Draws hearing-aid.dxf: a kidney-shaped cell, about 9 x 7 mm, that follows the shell of a hearing aid.

Two round lobes under a wide back are one polyline of three arcs; a spline is the waist between the lobes. The
two pieces are loose, as CAD programs leave them, and smooth where they meet. Running this file writes the
drawing beside it.
"""

from __future__ import annotations

import math
from pathlib import Path

import ezdxf
from ezdxf.math import Vec2, arc_to_bulge

LEFT, LEFT_RADIUS = Vec2(-1.95, -1.1), 2.55
RIGHT, RIGHT_RADIUS = Vec2(2.3, -0.8), 2.2
BACK_RADIUS = 4.55
# Where the lobes end and the waist begins, degrees about their centres.
LEFT_END, RIGHT_START = -65.0, -112.0


def back_centre() -> Vec2:
    """Centre of the back, which holds and touches both lobes: its distances from theirs are known."""
    to_left, to_right = BACK_RADIUS - LEFT_RADIUS, BACK_RADIUS - RIGHT_RADIUS
    across = RIGHT - LEFT
    apart = across.magnitude
    along = (to_left**2 - to_right**2 + apart**2) / (2.0 * apart)
    aside = math.sqrt(to_left**2 - along**2)
    return LEFT + across.normalize(along) - across.orthogonal().normalize(aside)


def main() -> None:
    """Write the drawing."""
    ezdxf.options.write_fixed_meta_data_for_testing = True
    drawing = ezdxf.new("R2000", units=4)
    drawing.layers.add("OUTLINE", color=1)
    drawing.layers.add("NOTES", color=8)
    space = drawing.modelspace()

    back = back_centre()
    to_left, to_right = (LEFT - back).angle, (RIGHT - back).angle
    pieces = [
        arc_to_bulge(RIGHT, math.radians(RIGHT_START), to_right, RIGHT_RADIUS),
        arc_to_bulge(back, to_right, to_left, BACK_RADIUS),
        arc_to_bulge(LEFT, to_left, math.radians(LEFT_END), LEFT_RADIUS),
    ]
    corners = [(start.x, start.y, bulge) for start, _, bulge in pieces]
    end = pieces[-1][1]
    space.add_lwpolyline([*corners, (end.x, end.y, 0.0)], format="xyb", dxfattribs={"layer": "OUTLINE"})

    # The waist leaves and meets the lobes along their tangents.
    first, last = end, pieces[0][0]
    leaving = Vec2.from_deg_angle(LEFT_END + 90.0)
    arriving = Vec2.from_deg_angle(RIGHT_START + 90.0)
    middle, half = (first + last) / 2.0 + Vec2(0.0, 0.5), Vec2(0.4, 0.0)
    waist = [first, first + leaving * 0.4, middle - half, middle + half, last - arriving * 0.4, last]
    space.add_open_spline(waist, degree=3, dxfattribs={"layer": "OUTLINE"})

    note = "HEARING AID CELL, AS CUT, MM"
    space.add_text(note, height=0.4, dxfattribs={"layer": "NOTES", "insert": (-3.8, 4.6)})
    drawing.saveas(Path(__file__).with_name("hearing-aid.dxf"))


if __name__ == "__main__":
    main()
