"""What the sections of a layout mean together: rules across tables, each finding with its place and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import shapely

from tfbpattern.files.isolation_checks import check_style
from tfbpattern.files.layout_schema import (
    CellSection,
    IsolationSection,
    JobSection,
    NestSection,
    RegistrationSection,
    SingulationSection,
    StackSection,
    TerminalTable,
    WebSection,
)
from tfbpattern.files.machine_schema import GalvoDocument, GantryDocument
from tfbpattern.files.problems import Problem, dotted
from tfbpattern.files.tester_schema import TesterSection
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.footprints import centred
from tfbpattern.geometry.offsets import offset

# A terminal may reach this far over a border: the nanometre on which decisions are taken.
_TOUCH_MM = 1e-6
_SAGITTA_MM = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """A layout whose sections are sound on their own."""

    job: JobSection
    web: WebSection
    stack: StackSection | None
    cells: list[CellSection]
    isolation: IsolationSection
    singulation: SingulationSection
    registration: RegistrationSection
    machine: GantryDocument | GalvoDocument
    tester: TesterSection | None
    nest: NestSection


@dataclass(frozen=True, slots=True, kw_only=True)
class CellGeometry:
    """Outline, active area and centre line of the trench in the cell frame."""

    outline: Chain
    active_area: Chain
    trench: Chain

    @property
    def rings(self) -> tuple[Chain, ...]:
        """All three."""
        return self.outline, self.active_area, self.trench


def cell_geometry(cell: CellSection, isolation: IsolationSection) -> CellGeometry:
    """
    What the setback makes of an outline.

    Raises:
        ValueError: nothing is left inside the setback, or it falls apart into several islands.
    """
    outline, _, _ = centred(cell.outline.chain())
    setback_mm = isolation.setback_mm
    parts = offset(outline, -setback_mm)
    if not parts:
        x_min, y_min, x_max, y_max = outline.bounds_mm
        raise ValueError(
            f"a setback of {setback_mm:g} mm leaves no active area in {x_max - x_min:g} x {y_max - y_min:g} mm"
        )
    if len(parts) > 1:
        raise ValueError(
            f"a setback of {setback_mm:g} mm cuts the active area into {len(parts)} islands; one cell needs one"
        )
    trench = offset(outline, -(setback_mm - isolation.line_width_mm / 2.0))
    if len(trench) != 1:
        raise ValueError(f"the trench falls apart into {len(trench)} rings; one cell needs one")
    return CellGeometry(outline=outline, active_area=parts[0], trench=trench[0])


def geometries_of(sections: Sections) -> tuple[dict[int, CellGeometry], list[Problem]]:
    """The geometry of the cell types by number, and what is wrong with those that have none."""
    found: dict[int, CellGeometry] = {}
    problems = []
    for number, cell in enumerate(sections.cells):
        try:
            found[number] = cell_geometry(cell, sections.isolation)
        except ValueError as error:
            problems.append(Problem(path=("isolation", "setback_mm"), message=f"{cell.name}: {error}"))
    return found, problems


def check_together(sections: Sections, geometries: Mapping[int, CellGeometry]) -> list[Problem]:
    """Everything that is wrong across the sections of a layout, but with cells that have no geometry."""
    return [
        *_one_type(sections),
        *_seed(sections),
        *_heat(sections),
        *_unique_names(sections),
        *_cells(sections, geometries),
        *_on_the_web(sections),
    ]


def warnings_of(sections: Sections) -> Iterator[str]:
    """What is allowed but probably not meant."""
    singulation, isolation = sections.singulation, sections.isolation
    registration_mm = sections.registration.isolation_to_singulation_mm
    reach_mm = singulation.kerf_mm + singulation.tolerance_mm / 2.0 + registration_mm
    clearances = [
        *((fiducial.name, fiducial.clearance_mm) for fiducial in sections.web.fiducials),
        *((keepout.name, keepout.clearance_mm) for keepout in sections.web.keepouts),
    ]
    for name, clearance_mm in clearances:
        if clearance_mm < reach_mm - _TOUCH_MM:
            yield (
                f"the cut may run over {name!r}: its clearance of {clearance_mm:g} mm is less than"
                f" {reach_mm:g} mm (kerf {singulation.kerf_mm:g}, half its tolerance {singulation.tolerance_mm / 2:g},"
                f" registration {registration_mm:g})"
            )
    worst_mm = singulation.tolerance_mm / 2.0 + registration_mm + isolation.tolerance_mm / 2.0
    trench_edge_mm = isolation.setback_mm - isolation.line_width_mm
    if trench_edge_mm < worst_mm - _TOUCH_MM:
        yield (
            f"the cut may reach the trench: {trench_edge_mm:g} mm lie between outline and trench, tolerances and"
            f" registration add up to {worst_mm:g} mm"
        )
    for keepout in sections.web.keepouts:
        if _outside(keepout.chain(), sections.web):
            yield f"keep-out {keepout.name!r} lies outside the web and does nothing"
    for fiducial in sections.web.fiducials:
        if _outside(fiducial.chain(), sections.web):
            yield f"fiducial {fiducial.name!r} lies outside the web"


def _outside(shape: Chain, web: WebSection) -> bool:
    x_min, y_min, x_max, y_max = shape.bounds_mm
    return x_max <= 0 or y_max <= 0 or x_min >= web.width_mm or y_min >= web.frame_length_mm.max


def _one_type(sections: Sections) -> Iterator[Problem]:
    if len(sections.cells) > 1:
        yield Problem(path=("cells", 1), message="not supported yet: more than one [[cells]] table on a sheet")
    elif sections.cells[0].demand.share != 1.0:
        yield Problem(
            path=("cells", 0, "demand", "share"), message="not supported yet: shares of a sheet; 1 is allowed"
        )


def _seed(sections: Sections) -> Iterator[Problem]:
    if sections.nest.seed:
        yield Problem(
            path=("nest", "seed"), message="not supported yet: no strategy draws random numbers; 0 is allowed"
        )


def _heat(sections: Sections) -> Iterator[Problem]:
    """Strokes cannot be farther apart than the sheet is large."""
    width_mm, length_mm = sections.web.width_mm, sections.web.frame_length_mm.max
    diagonal_mm = math.hypot(width_mm, length_mm)
    for name in ("isolation", "singulation"):
        distance_mm = getattr(sections, name).heat_distance_mm
        if distance_mm is None:
            continue
        if distance_mm >= diagonal_mm:
            yield Problem(
                path=(name, "heat_distance_mm"),
                message=f"no two strokes are so far apart: the sheet, {width_mm:g} x {length_mm:g} mm, is"
                f" {diagonal_mm:.6g} mm from corner to corner",
            )
        if isinstance(sections.machine, GalvoDocument):
            yield Problem(
                path=(name, "heat_distance_mm"),
                message="is not supported on a galvo: it is given drawings, and its software decides what follows what",
            )


def _unique_names(sections: Sections) -> Iterator[Problem]:
    yield from _repeats((c.name for c in sections.cells), ("cells",))
    yield from _repeats((f.name for f in sections.web.fiducials), ("web", "fiducials"))
    yield from _repeats((k.name for k in sections.web.keepouts), ("web", "keepouts"))
    bins = sections.tester.bins if sections.tester else []
    yield from _repeats((b.name for b in bins), ("tester", "bins"))
    yield from _repeats((b.code for b in bins), ("tester", "bins"), key="code")
    for number, cell in enumerate(sections.cells):
        yield from _repeats((t.name for t in cell.terminals), ("cells", number, "terminals"))


def _repeats(names: Iterable[str | int], path: tuple[str | int, ...], key: str = "name") -> Iterator[Problem]:
    seen: dict[str | int, int] = {}
    for number, name in enumerate(names):
        if name in seen:
            yield Problem(path=(*path, number, key), message=f"is the {key} of {dotted((*path, seen[name]))} too")
        seen.setdefault(name, number)


def _cells(sections: Sections, geometries: Mapping[int, CellGeometry]) -> Iterator[Problem]:
    for number, geometry in geometries.items():
        cell = sections.cells[number]
        for section, key, what, ring in (
            ("isolation", "overcut_mm", "ring", geometry.trench),
            ("isolation", "lead_in_mm", "ring", geometry.trench),
            ("singulation", "overcut_mm", "outline", geometry.outline),
            ("singulation", "lead_in_mm", "outline", geometry.outline),
        ):
            if (getattr(getattr(sections, section), key) or 0.0) > ring.length_mm:
                yield Problem(
                    path=(section, key),
                    message=f"is longer than the {what} of {cell.name!r}, {ring.length_mm:.6g} mm",
                )
        yield from check_style(cell.name, sections.isolation, geometry.rings)
        yield from _terminals(cell.terminals, ("cells", number, "terminals"), geometry)


def _terminals(
    terminals: Sequence[TerminalTable], path: tuple[str | int, ...], geometry: CellGeometry
) -> Iterator[Problem]:
    outline = geometry.outline.polygon(_SAGITTA_MM)
    active = geometry.active_area.polygon(_SAGITTA_MM)
    for number, terminal in enumerate(terminals):
        half_x, half_y = terminal.width_mm / 2.0 - _TOUCH_MM, terminal.height_mm / 2.0 - _TOUCH_MM
        pad = shapely.box(
            terminal.x_mm - half_x, terminal.y_mm - half_y, terminal.x_mm + half_x, terminal.y_mm + half_y
        )
        at = f"({terminal.x_mm:g}, {terminal.y_mm:g}) mm, {terminal.width_mm:g} x {terminal.height_mm:g} mm"
        if terminal.kind == "anode" and not active.contains(pad):
            reach = shapely.hausdorff_distance(shapely.union(pad, active), active)
            yield Problem(
                path=(*path, number),
                message=f"an anode terminal lies in the active area; {terminal.name!r} at {at} reaches {reach:.3g} mm"
                " beyond it",
            )
        if terminal.kind == "cathode" and (active.intersects(pad) or not outline.covers(pad)):
            yield Problem(
                path=(*path, number),
                message=f"a cathode terminal lies in the cell, outside its active area; {terminal.name!r} at {at}"
                f" {'touches the active area' if active.intersects(pad) else 'leaves the outline'}",
            )


def _on_the_web(sections: Sections) -> Iterator[Problem]:
    edge = sections.web.edge_exclusion_mm
    if edge.left + edge.right >= sections.web.width_mm:
        yield Problem(
            path=("web", "edge_exclusion_mm"),
            message=f"left and right together, {edge.left + edge.right:g} mm, leave nothing of a web"
            f" {sections.web.width_mm:g} mm wide",
        )
    if edge.lead + edge.trail >= sections.web.frame_length_mm.max:
        yield Problem(
            path=("web", "edge_exclusion_mm"),
            message=f"lead and trail together, {edge.lead + edge.trail:g} mm, leave nothing of a frame"
            f" {sections.web.frame_length_mm.max:g} mm long",
        )
