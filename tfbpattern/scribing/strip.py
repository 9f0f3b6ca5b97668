"""
The strip in which shared cuts may run, cleared of film: lines beside each other along every cut.

Each cell gives parallels of its outline, inside and outside. On a shared cut the ones inside are those outside of the
neighbour; straight ones are merged into runs along whole rows of cells, as the cuts themselves are.
"""

from __future__ import annotations

import numpy as np

from tfbpattern.geometry import arcs
from tfbpattern.geometry.chains import Chain, Chains
from tfbpattern.geometry.collinear import merged
from tfbpattern.geometry.cutting_out import without
from tfbpattern.geometry.sweeps import by_block
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Ints, Nest
from tfbpattern.scribing.kerf_paths import kept_off


def strip_lines(job: Job, nest: Nest) -> tuple[Chains, Ints, Ints]:
    """Lines of the strip with their rows and places in them."""
    placements = nest.placements
    segments, curved = [np.empty((0, 2, 2))], []
    parallels = kept_off(job, nest, [-inset_mm for inset_mm in job.isolation_insets_mm[:-1]])
    for (_, rotation_deg, index), paths in zip(placements.poses(), parallels, strict=True):
        places = np.column_stack([placements.x_mm[index], placements.y_mm[index]])
        for upright in paths:
            path = upright.rotated(rotation_deg)
            p0, p1, bulge = path.segments
            straight = np.stack([p0, p1], axis=1)[bulge == 0.0]
            segments.append((straight[None] + places[:, None, None, :]).reshape(-1, 2, 2))
            curved += [Chains.copies(piece, *places.T) for piece in _curved(path)]
    runs, line = merged(np.concatenate(segments), np.empty((0, 2, 2)))
    row, place = by_block(runs, line, nest.spacing_mm)
    pieces = Chains.joined(curved)
    low, high = job.cells[0].outline.bounds_mm[1::2]
    swept, order = _sweeps(pieces, (high - low) / 2.0)
    after = int(swept.max()) + 1 if len(swept) else 0
    return (
        Chains.joined([pieces, Chains.straight(runs)]),
        np.concatenate([swept, row + after]),
        np.concatenate([order, place]),
    )


def _curved(path: Chain) -> tuple[Chain, ...]:
    """What is left of a closed path without its straight segments."""
    begins = np.concatenate([[0.0], np.cumsum(arcs.lengths(*path.segments))])
    straight = np.flatnonzero(path.segments[2] == 0.0)
    return without(path, [(float(begins[k]), float(begins[k + 1])) for k in straight])


def _sweeps(pieces: Chains, height_mm: float) -> tuple[Ints, Ints]:
    """Rows and places of pieces by where they lie, in sweeps of that height."""
    if not len(pieces):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    middle = (pieces.starts + pieces.ends) / 2.0
    row = np.rint((middle[:, 1] - middle[:, 1].min()) / height_mm).astype(np.int64)
    place = np.empty(len(pieces), dtype=np.int64)
    place[np.lexsort((np.round(middle[:, 1], 6), np.round(middle[:, 0], 6)))] = np.arange(len(pieces))
    return row, place
