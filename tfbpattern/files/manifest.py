"""manifest.json (schema ``tfbpattern/manifest/1``): what was made, with the figures and the hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tfbpattern.model.finding import CHECKS, Verdict
from tfbpattern.model.job import Job, Layout
from tfbpattern.model.nest import Nest
from tfbpattern.model.toolpath import Effort
from tfbpattern.model.touchdowns import TouchdownPlan
from tfbpattern.units import MM_PER_M, UAH_PER_MAH

SCHEMA = "tfbpattern/manifest/1"
NEST_SCHEMA = "tfbpattern/nest/1"

MANIFEST = "manifest.json"


def nest_figures(job: Job, nest: Nest) -> dict[str, Any]:
    """The ``nest`` object of the manifest; ratios to six decimals."""
    cells = len(nest.placements)
    web_mm2 = job.web.width_mm * nest.frame_length_mm
    per_type = {cell.name: int((nest.placements.kind == number).sum()) for number, cell in enumerate(job.cells)}
    outline_mm2 = sum(per_type[cell.name] * cell.area_mm2 for cell in job.cells)
    active_mm2 = sum(per_type[cell.name] * cell.active_area_mm2 for cell in job.cells)
    frames_per_m = MM_PER_M / nest.frame_length_mm
    figures: dict[str, Any] = {
        "cells": cells,
        "by_type": per_type,
        "upper_bound": nest.upper_bound,
        "bound": nest.bound,
        "gap": round(nest.gap, 6),
        "proved_optimal": nest.proved_optimal,
        "method": nest.method,
        "found_per_m": {name: round(cells, 3) for name, cells in nest.found_per_m.items()},
        "frame_length_mm": nest.frame_length_mm,
        "spacing_mm": nest.spacing_mm,
        "density": round(outline_mm2 / web_mm2, 6),
        "bulk_density": round(nest.bulk_density, 6),
        "active_fraction": round(active_mm2 / web_mm2, 6),
        "cells_per_m": round(cells * frames_per_m, 6),
    }
    if job.arrangement != "free":
        figures["align"] = job.arrangement
    if nest.price_cells is not None:
        figures["price_cells"] = nest.price_cells
    if nest.interrupted:
        figures["interrupted"] = True
    if job.stack:
        capacity_mah = job.stack.capacity_uah(active_mm2) / UAH_PER_MAH
        figures["capacity_mah_per_m"] = round(capacity_mah * frames_per_m, 6)
        figures["stack_energy_density_wh_l"] = round(job.stack.energy_density_wh_l, 6)
    return figures


def tester_figures(plan: TouchdownPlan, frame_length_mm: float, efforts: Mapping[str, Effort]) -> dict[str, Any]:
    """The ``tester`` object of the manifest, with the laser's time beside the tester's, per metre of web."""
    frames_per_m = MM_PER_M / frame_length_mm
    return {
        "touchdowns": len(plan.landings),
        "bound": plan.bound,
        "gap": round(plan.gap, 6),
        "travel_mm": round(plan.travel_mm, 3),
        "travel_bound_mm": round(plan.travel_bound_mm, 3),
        "time_s": round(plan.time_s, 3),
        "time_s_per_m": round(plan.time_s * frames_per_m, 3),
        "laser_time_s_per_m": round(sum(effort.time_s for effort in efforts.values()) * frames_per_m, 3),
    }


def manifest(
    layout: Layout,
    nest: Nest,
    efforts: Mapping[str, Effort],
    touchdowns: TouchdownPlan | None,
    files: Mapping[str, str],
    hashes: Mapping[str, str],
    version: str,
) -> dict[str, Any]:
    """The whole document; *files* by role, *hashes* by file name."""
    return {
        "schema": SCHEMA,
        "job": layout.job.name,
        "tool": {"name": "tfbpattern", "version": version},
        "layout_sha256": layout.sha256,
        "files": dict(files),
        "sha256": dict(hashes),
        "nest": nest_figures(layout.job, nest),
        "operations": {
            name: {
                "method": effort.method,
                "strokes": effort.strokes,
                "mark_length_mm": round(effort.mark_length_mm, 3),
                "jump_length_mm": round(effort.jump_length_mm, 3),
                "time_s": round(effort.time_s, 3),
                "time_bound_s": round(effort.time_bound_s, 3),
                "time_ratio": round(effort.ratio, 3),
                **({} if effort.heat_price_s is None else {"heat_price_s": round(effort.heat_price_s, 3)}),
            }
            for name, effort in efforts.items()
        },
        **({"tester": tester_figures(touchdowns, nest.frame_length_mm, efforts)} if touchdowns else {}),
    }


def proof_stamp(verdict: Verdict | None) -> dict[str, Any]:
    """The ``proof`` object of the manifest; None stands for a proof that was not made."""
    if verdict is None:
        return {"passed": False, "checks": dict.fromkeys(CHECKS, "not made")}
    return {"passed": verdict.passed, "checks": dict(verdict.checks)}


def text_of(document: Mapping[str, Any]) -> str:
    """A JSON document as it is written and printed."""
    return json.dumps(document, indent=1) + "\n"
