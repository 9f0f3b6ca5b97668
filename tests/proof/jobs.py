"""Small jobs of every kind that the proof must know: layouts, and folders with their emitted files."""

from __future__ import annotations

from pathlib import Path

from tests.small_job import FULL, SMALL, changed, layout_of, small
from tfbpattern import pipeline, verifying
from tfbpattern.model.finding import Verdict

_RECT = '{ kind = "rect", width_mm = 8.0, height_mm = 6.0, corner_radius_mm = 0.5 }'
_SHARP = '{ kind = "rect", width_mm = 8.0, height_mm = 6.0 }'
_TERMINALS = SMALL[SMALL.index("[[cells.terminals]]") : SMALL.index("[isolation]")]
_ELL = '{ kind = "ell", width_mm = 8.0, height_mm = 6.0, notch_width_mm = 4.0, notch_height_mm = 3.0 }'
_DEE = '{ kind = "dee", width_mm = 8.0, height_mm = 5.0 }'
_GALVO = 'use = "galvo"\nfield_mm = [30, 12]'
_USE = 'use = "linuxcnc-gantry"'

JOBS = {
    "a grid": small(("[machine]", "[tester]\nsites = [2, 2]\n\n[machine]")),
    # More overcut than there is room for past a corner keeps rings whole.
    "an L nest": small(
        (_RECT, _ELL),
        (_TERMINALS, ""),
        ("rotations_deg = [0]", "rotations_deg = [0, 90]"),
        ("setback_mm = 0.5", "setback_mm = 0.5\novercut_mm = 0.5"),
    ),
    "a D nest with keep-outs": small((_RECT, _DEE), (_TERMINALS, ""), ("setback_mm = 0.5", "setback_mm = 0.1")),
    "contours with tabs": FULL,
    "a grid on GRBL": small((_USE, 'use = "grbl-gantry"')),
    "plain ISO 6983": small((_USE, 'use = "iso6983-gantry"')),
    "a laser that is not gated": small((_USE, f"{_USE}\ngated = false")),
    "squares in straight runs": small(
        (_RECT, _SHARP),
        (_TERMINALS, ""),
        ("setback_mm = 0.5", "setback_mm = 0.1"),
    ),
    "tabs on shared cuts": small(("kerf_mm = 0.03", "kerf_mm = 0.03\ntabs = { count = 4, width_mm = 0.08 }")),
    "scan fields": small((_USE, _GALVO)),
    "lines across streets": small(
        (_RECT, _SHARP), (_TERMINALS, ""), ("setback_mm = 0.5", 'setback_mm = 0.1\nstyle = "grid"')
    ),
    "a hatch": small((_RECT, _SHARP), (_TERMINALS, ""), ("setback_mm = 0.5", 'setback_mm = 0.1\nstyle = "hatch"')),
    "a hatch of round corners": small((_TERMINALS, ""), ("setback_mm = 0.5", 'setback_mm = 0.1\nstyle = "hatch"')),
    "strips along shared cuts": small(
        (_RECT, _ELL),
        (_TERMINALS, ""),
        ("rotations_deg = [0]", "rotations_deg = [0, 90]"),
        ("setback_mm = 0.5", 'setback_mm = 0.1\nstyle = "double"'),
    ),
    "strips along contours": small(
        (_RECT, _ELL),
        (_TERMINALS, ""),
        ("setback_mm = 0.5", 'setback_mm = 0.1\nstyle = "double"'),
        ("kerf_mm = 0.03", 'kerf_mm = 0.03\nmode = "contour"'),
    ),
    "lead-in and overcut": small(
        ("setback_mm = 0.5", "setback_mm = 0.5\nlead_in_mm = 0.3"),
        ("kerf_mm = 0.03", 'kerf_mm = 0.03\nmode = "contour"\novercut_mm = 0.4\nlead_in_mm = 9.0'),
    ),
    "a coarse raster": small((_USE, f"{_USE}\nresolution_mm = 0.001")),
}
"""Layout texts by what they are."""

REQUIRED = ("a grid", "an L nest", "a D nest with keep-outs", "contours with tabs")
"""Those that every fault with an occasion in them must be found in."""


def published(text: str, folder: Path) -> Path:
    """A folder with the files of a job, not proved yet."""
    pipeline.run(layout_of(text), folder, proof=False)
    return folder


def verdict_of(folder: Path) -> Verdict:
    """What the proof says of a folder."""
    return verifying.verify(folder).verdict


def told(verdict: Verdict) -> str:
    """Every finding, to read in a failing test."""
    return "\n".join(f"{f.rule} {f.cells} {f.message} {f.file}:{f.line}" for f in verdict.findings)


def altered(folder: Path, name: str, *changes: tuple[str, str]) -> None:
    """A file with each (old, new) put in, and its hash in the manifest set right."""
    import hashlib
    import json

    path = folder / name
    text = changed(path.read_text("utf-8"), *changes)
    path.write_text(text, "utf-8", newline="\n")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    if name in manifest["sha256"]:
        manifest["sha256"][name] = hashlib.sha256(text.encode()).hexdigest()
        (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
