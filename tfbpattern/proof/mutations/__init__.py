"""
The self-test of the proof: faults put into copies of emitted files, each of which must be found.

A mutation makes sure that what it makes is really bad, by means of its own, or says that it does not apply. Its files
get hashes that fit, so that none is found just because a byte differs; and each names the checks that must find it, so
that a hole in the trench is not excused by a drawing that does not fit.
"""

from __future__ import annotations

import copy
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfbpattern.model.finding import Trial
from tfbpattern.model.job import Job
from tfbpattern.proof.emitted import Emitted, names_of
from tfbpattern.proof.mutations import drawings, fields, maps, programs
from tfbpattern.proof.mutations.mutant import Mutant, Original

Mutation = Callable[[Original], Mutant | None]
"""A fault put into files; None where the job gives no occasion for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A mutation and the checks of which at least one must find it."""

    mutate: Mutation
    found_by: frozenset[str]


def _row(mutate: Mutation, *found_by: str) -> Row:
    return Row(mutate=mutate, found_by=frozenset(found_by))


MUTATIONS: Mapping[str, Row] = {
    "isolation left open by 1 um": _row(programs.open_isolation, "isolation"),
    "cut left open by 1 um": _row(programs.open_cut, "singulation"),
    "line of isolation dropped": _row(programs.dropped_isolation, "isolation"),
    "line of the cut dropped": _row(programs.dropped_cut, "singulation"),
    "point of isolation moved by 2 um": _row(programs.moved_isolation, "isolation"),
    "point of the cut moved by 2 um": _row(programs.moved_cut, "singulation"),
    "ring offset twice": _row(programs.offset_twice, "isolation"),
    "isolation shifted by 2 um": _row(programs.shifted_isolation, "isolation"),
    "cut shifted by 2 um": _row(programs.shifted_cut, "singulation"),
    "arc turned the other way": _row(programs.turned_arc, "isolation"),
    "sheet mirrored": _row(programs.mirrored, "isolation"),
    "cut through a cell": _row(programs.cut_through, "singulation"),
    "line marked twice": _row(programs.marked_twice, "map"),
    "programs swapped": _row(programs.swapped, "machine"),
    "laser on in a jump": _row(programs.lit_jump, "machine"),
    "laser on at the end": _row(programs.lit_end, "machine"),
    "laser on while the head stands still": _row(programs.standing_still, "machine"),
    "flash in a cell": _row(programs.flash, "machine"),
    "cut behind the end": _row(programs.behind_the_end, "machine"),
    "corners left by 1 mm": _row(programs.corners_left, "machine"),
    "mode of an earlier program": _row(programs.mode_not_said, "machine"),
    "origin set anew": _row(programs.other_origin, "machine"),
    "film marked with the power of the cut": _row(programs.power_of_the_cut, "machine"),
    "inches for millimetres": _row(programs.inches, "isolation", "machine"),
    "power a tenth higher": _row(programs.stronger, "machine"),
    "speed a tenth higher": _row(programs.faster, "machine"),
    "pass left out": _row(programs.pass_left_out, "machine"),
    "program cut off": _row(programs.cut_off, "machine"),
    "program of another tool": _row(programs.foreign, "machine"),
    "cell missing in the map": _row(maps.missing, "isolation"),
    "cell moved in the map by 2 um": _row(maps.moved, "isolation"),
    "cell turned in the map": _row(maps.turned, "isolation", "map"),
    "ids swapped": _row(maps.ids_swapped, "map"),
    "id twice": _row(maps.id_twice, "map"),
    "terminal moved in the map": _row(maps.terminal_moved, "map"),
    "rows of the CSV swapped": _row(maps.rows_swapped, "map"),
    "digit of a place in the CSV": _row(maps.digit_of_the_table, "map"),
    "sites of the tester swapped": _row(maps.sites_swapped, "map"),
    "needles of the prober moved by a site": _row(maps.needles_moved, "map"),
    "site of the prober masked": _row(maps.site_masked, "map"),
    "place twice in the map": _row(maps.place_twice, "map"),
    "map of another layout": _row(maps.other_layout, "map"),
    "map cut off": _row(maps.cut_off, "map"),
    "ids swapped in the substrate map": _row(maps.e142_ids_swapped, "map"),
    "cell dropped from the substrate map": _row(maps.e142_cell_dropped, "map"),
    "untested cells good in the substrate map": _row(maps.e142_quality, "map"),
    "substrate map upside down": _row(maps.e142_upside_down, "map"),
    "reference of the substrate map moved by 2 um": _row(maps.e142_reference_moved, "map"),
    "stroke dropped from the cut drawing": _row(drawings.stroke_dropped, "map"),
    "stroke moved in the cut drawing by 3 um": _row(drawings.stroke_moved, "map"),
    "stroke of the cut drawing opened": _row(drawings.stroke_opened, "map"),
    "cut drawing in inches": _row(drawings.inches, "map"),
    "line in a block of the cut drawing": _row(drawings.in_a_block, "map"),
    "layer of the cut drawing off": _row(drawings.layer_off, "map"),
    "cut drawing cut off": _row(drawings.cut_off, "map"),
    "cell dropped from the drawing": _row(drawings.cell_dropped, "map"),
    "ids swapped in the drawing": _row(drawings.ids_swapped, "map"),
    "outline of the drawing changed by 3 um": _row(drawings.outline_changed, "map"),
    "field moved by 2 um": _row(fields.moved, "isolation"),
    "field drawings swapped": _row(fields.swapped, "isolation", "machine"),
    "ring dropped from a field": _row(fields.ring_dropped, "isolation"),
    "field in inches": _row(fields.inches, "machine"),
    "field left out of the table": _row(fields.left_out, "machine"),
}
"""Every mutation by name: the table of the self-test."""


def self_test(
    folder: Path, manifest: Mapping[str, Any], job: Job, prove: Callable[[Path, Mapping[str, Any]], Mapping[str, int]]
) -> Iterator[Trial]:
    """
    Mutate copies of an output folder one way after the other and let *prove* look for it.

    *prove* is given a folder and its manifest and answers with the number of findings by rule.

    Raises:
        InputError: the manifest names files outside the folder.
    """
    original = Original(Emitted(folder=folder, manifest=manifest, job=job, names=names_of(folder, manifest)))
    for name, row in MUTATIONS.items():
        mutant = row.mutate(original)
        if mutant is None:
            yield Trial(name=name, harm="", rules=(), caught=None)
            continue
        with tempfile.TemporaryDirectory() as place:
            changed = _written(Path(place), original.emitted, mutant)
            counts = prove(Path(place), changed)
        caught = any(rule.partition(".")[0] in row.found_by for rule in counts)
        yield Trial(name=name, harm=mutant.harm, rules=tuple(sorted(counts)), caught=caught)


def _written(place: Path, emitted: Emitted, mutant: Mutant) -> dict[str, Any]:
    """The mutant's files beside the others in a folder of their own, and a manifest that fits them."""
    manifest: dict[str, Any] = copy.deepcopy(dict(emitted.manifest))
    manifest.update(mutant.manifest)
    for role, name in emitted.names.items():
        target = place / name
        if role in mutant.texts:
            data = mutant.texts[role].encode()
            target.write_bytes(data)
            manifest["sha256"][name] = hashlib.sha256(data).hexdigest()
            continue
        try:
            os.link(emitted.folder / name, target)
        except OSError:
            shutil.copyfile(emitted.folder / name, target)
    return manifest
