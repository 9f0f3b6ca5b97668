"""A sound layout as the model's job."""

from __future__ import annotations

from collections.abc import Mapping

from tfbpattern.files.isolation_checks import pitch_mm
from tfbpattern.files.layout_checks import CellGeometry, Sections
from tfbpattern.files.layout_schema import CellSection, WebSection
from tfbpattern.files.machine_schema import machine_of
from tfbpattern.files.tester_schema import tester_of
from tfbpattern.geometry.footprints import is_axis_rectangle
from tfbpattern.model.cell import CellType, Demand, Terminal
from tfbpattern.model.job import Job, NestOptions
from tfbpattern.model.process import Isolation, Recipe, Singulation, Stack, Tabs
from tfbpattern.model.web import Defect, EdgeExclusion, Fiducial, KeepOut, Web
from tfbpattern.units import UM_PER_MM


def job_of(sections: Sections, geometries: Mapping[int, CellGeometry]) -> Job:
    """The job that checked sections describe, with the geometries of all their cell types."""
    isolation, singulation = sections.isolation, sections.singulation
    return Job(
        name=sections.job.name,
        roll=sections.job.roll,
        frame=sections.job.frame,
        web=_web(sections.web),
        stack=Stack(**sections.stack.model_dump()) if sections.stack else None,
        cells=tuple(_cell(cell, geometries[number]) for number, cell in enumerate(sections.cells)),
        isolation=Isolation(
            setback_mm=isolation.setback_mm,
            line_width_mm=isolation.line_width_mm,
            tolerance_mm=isolation.tolerance_mm,
            overcut_mm=isolation.overcut_mm,
            heat_distance_mm=isolation.heat_distance_mm or 0.0,
            lead_in_mm=isolation.lead_in_mm or 0.0,
            style=isolation.style,
            pitch_mm=min(pitch_mm(isolation, geometry.rings) for geometry in geometries.values()),
            recipe=Recipe(**isolation.recipe.model_dump()),
        ),
        singulation=Singulation(
            mode=singulation.mode,
            kerf_mm=singulation.kerf_mm,
            rib_mm=singulation.rib_mm,
            tolerance_mm=singulation.tolerance_mm,
            heat_distance_mm=singulation.heat_distance_mm or 0.0,
            overcut_mm=singulation.overcut_mm or 0.0,
            lead_in_mm=singulation.lead_in_mm or 0.0,
            tabs=Tabs(count=singulation.tabs.count, width_mm=singulation.tabs.width_mm),
            recipe=Recipe(**singulation.recipe.model_dump()),
        ),
        registration_mm=sections.registration.isolation_to_singulation_mm,
        machine=machine_of(sections.machine),
        tester=tester_of(sections.tester) if sections.tester else None,
        nest=NestOptions(**sections.nest.model_dump()),
    )


def _cell(cell: CellSection, geometry: CellGeometry) -> CellType:
    # 0.0 and 360.0 are one rotation; the first way to say it is kept.
    rotations = tuple(dict.fromkeys(angle % 360.0 % 360.0 for angle in cell.rotations_deg))
    return CellType(
        name=cell.name,
        outline=geometry.outline,
        active_area=geometry.active_area,
        trench=geometry.trench,
        axis_rectangle=is_axis_rectangle(geometry.outline),
        rotations_deg=rotations,
        demand=Demand(least=cell.demand.min, most=cell.demand.max),
        terminals=tuple(Terminal(**terminal.model_dump()) for terminal in cell.terminals),
    )


def _web(web: WebSection) -> Web:
    edge = web.edge_exclusion_mm
    defects = web.defects
    counted = [row for row in defects.rows if row[2] >= defects.min_size_um] if defects else []
    discs = tuple(Defect(x_mm=x, y_mm=y, diameter_mm=size_um / UM_PER_MM, kind=kind) for x, y, size_um, kind in counted)
    avoid = defects is not None and defects.policy == "avoid"
    return Web(
        width_mm=web.width_mm,
        frame_length_mm=(web.frame_length_mm.min, web.frame_length_mm.max),
        stand_alone=web.stand_alone,
        film_side=web.film_side,
        edge_exclusion=EdgeExclusion(left_mm=edge.left, right_mm=edge.right, lead_mm=edge.lead, trail_mm=edge.trail),
        fiducials=tuple(Fiducial(**fiducial.model_dump(), outline=fiducial.chain()) for fiducial in web.fiducials),
        keepouts=tuple(
            KeepOut(name=keepout.name, shape=keepout.chain(), clearance_mm=keepout.clearance_mm)
            for keepout in web.keepouts
        ),
        avoided_defects=discs if avoid else (),
        marked_defects=() if avoid else discs,
    )
