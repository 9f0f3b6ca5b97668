"""The only conversion factors: everything inside is millimetres, seconds, degrees, watts."""

from __future__ import annotations

import math

NM_PER_MM = 1_000_000
"""One unit of every exact decision is a nanometre."""

SECONDS_PER_MINUTE = 60.0
UM_PER_MM = 1000.0
MM_PER_M = 1000.0
MM2_PER_CM2 = 100.0
UAH_PER_MAH = 1000.0

MM_PER_DXF_UNIT = {
    1: 25.4,  # inches
    2: 304.8,  # feet
    4: 1.0,  # millimetres
    5: 10.0,  # centimetres
    6: 1000.0,  # metres
    8: 2.54e-5,  # microinches
    9: 0.0254,  # mils
    12: 1e-6,  # nanometres
    13: 1e-3,  # micrometres
    14: 100.0,  # decimetres
}
"""Millimetres in one drawing unit, by the DXF header variable ``$INSUNITS`` (DXF reference, header section)."""


def cos_sin_deg(angle_deg: float) -> tuple[float, float]:
    """Cosine and sine of an angle in degrees; exact at multiples of 90, so that turned cells stay square."""
    quarter, rest = divmod(angle_deg % 360.0, 90.0)
    if rest == 0.0:
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(quarter) % 4]
    angle_rad = math.radians(angle_deg)
    return math.cos(angle_rad), math.sin(angle_rad)
