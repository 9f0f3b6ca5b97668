"""Outlines of thousands of corners, as drawings without arcs have them, with no more of them than a machine needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from tfbpattern.files.layout_checks import Sections
from tfbpattern.files.layout_schema import CellSection
from tfbpattern.files.outline_schema import Polygon
from tfbpattern.geometry.simplifying import simplified_outward
from tfbpattern.units import UM_PER_MM

# Outlines of lines alone with more corners than these are simplified (ours: a sheet of hundreds of such cells then has
# some hundred thousand lines, which takes a minute or two).
_CORNERS = 1_000
# Shares of the kerf's tolerance by which the outline may reach outward. One edge may be off by half of the tolerance.
_SHARES = (0.1, 0.2, 0.5)
# Points are told in whole nanometres.
_DECIMALS = 6


def simplified(sections: Sections) -> tuple[Sections, list[str]]:
    """
    The sections with simpler outlines where that is called for, and what was done to which.

    An outline goes outward only, by half of the kerf's tolerance at most; one that has too many corners even then is
    left as it is, so that reading the result once more changes nothing.
    """
    cells, said = [], []
    for cell in sections.cells:
        simpler, note = _simpler(cell, sections.singulation.tolerance_mm)
        cells.append(simpler)
        said += [note] if note else []
    return replace(sections, cells=cells), said


def _simpler(cell: CellSection, kerf_tolerance_mm: float) -> tuple[CellSection, str]:
    outline = cell.outline.chain()
    if len(outline.vertices) <= _CORNERS or outline.vertices[:, 2].any():
        return cell, ""
    shape = shapely.Polygon(outline.vertices[:, :2])
    for share in _SHARES:
        ring = shapely.get_coordinates(simplified_outward(shape, share * kerf_tolerance_mm).exterior)[:-1]
        if len(ring) <= _CORNERS:
            # Mostly far less than was allowed.
            taken_mm = float(shapely.hausdorff_distance(shapely.LinearRing(ring), shape.exterior))
            points = np.round(ring, _DECIMALS).tolist()
            return (
                cell.model_copy(update={"outline": Polygon(kind="polygon", points_mm=points)}),
                f"the outline of {cell.name!r} has {len(outline.vertices)} corners; {len(ring)} are taken, and the cell"
                f" reaches at most {taken_mm * UM_PER_MM:.2g} um farther out (half the kerf's tolerance is"
                f" {kerf_tolerance_mm / 2.0 * UM_PER_MM:g} um)",
            )
    return cell, ""
