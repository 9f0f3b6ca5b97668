"""
What it costs to write a drawing with an ezdxf object for each entity, and with the entities streamed as text.

Prints a table in Markdown: `python benchmarks/dxf_writing.py`. Each case runs in a process of its own, for its
memory; the seconds are those of making and writing the drawing, without start-up.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import ezdxf
import numpy as np
from processes import cost_of

from tfbpattern.files.dxf_text import Entity, Layer, insert, new_drawing, polylines, text, written
from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.footprints import rect

_COUNT = 100_000
_COLUMNS = 300
_PITCH_MM = 2.03
_HEIGHT_MM = 0.1
_OUTLINE = rect(2.0, 2.0, 0.2)
_PLACES_MM = np.column_stack(np.divmod(np.arange(_COUNT), _COLUMNS)[::-1]) * _PITCH_MM
_BOUNDS_MM = (0.0, 0.0, *(_PLACES_MM.max(axis=0) + 2.0).tolist())


def polylines_as_objects(path: Path) -> None:
    drawing = ezdxf.new("R2000", units=ezdxf.units.MM)
    drawing.layers.add("CUT", color=5)
    space = drawing.modelspace()
    for x, y in _PLACES_MM.tolist():
        vertices = _OUTLINE.moved(x, y).vertices.tolist()
        space.add_lwpolyline(vertices, format="xyb", close=True, dxfattribs={"layer": "CUT"})
    drawing.saveas(path)


def polylines_streamed(path: Path) -> None:
    drawing = new_drawing((Layer("CUT", 5),), _BOUNDS_MM)
    strokes = Chains.copies(_OUTLINE, *_PLACES_MM.T)
    _write(path, written(drawing, polylines(strokes, "CUT"), _COUNT))


def inserts_as_objects(path: Path) -> None:
    drawing = ezdxf.new("R2000", units=ezdxf.units.MM)
    for layer in ("CELL", "ID"):
        drawing.layers.add(layer, color=7)
    drawing.blocks.new("CELL").add_lwpolyline(_OUTLINE.vertices.tolist(), format="xyb", close=True)
    space = drawing.modelspace()
    for number, place in enumerate(_PLACES_MM.tolist()):
        space.add_blockref("CELL", place, dxfattribs={"layer": "CELL"})
        words = space.add_text(_id(number), height=_HEIGHT_MM, dxfattribs={"layer": "ID"})
        words.set_placement(place, align=ezdxf.enums.TextEntityAlignment.MIDDLE_CENTER)
    drawing.saveas(path)


def inserts_streamed(path: Path) -> None:
    drawing = new_drawing((Layer("CELL", 7), Layer("ID", 7)), _BOUNDS_MM)
    drawing.blocks.new("CELL").add_lwpolyline(_OUTLINE.vertices.tolist(), format="xyb", close=True)

    def entities() -> Iterator[Entity]:
        for number, (x, y) in enumerate(_PLACES_MM.tolist()):
            yield insert("CELL", "CELL", x, y, 0.0)
            yield text(_id(number), "ID", x, y, _HEIGHT_MM)

    _write(path, written(drawing, entities(), 2 * _COUNT))


WAYS: dict[str, tuple[Callable[[Path], None], Callable[[Path], None]]] = {
    "LWPOLYLINE": (polylines_as_objects, polylines_streamed),
    "INSERT + TEXT": (inserts_as_objects, inserts_streamed),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Times the writing of large drawings.")
    parser.add_argument("--only", nargs=3, metavar=("WHAT", "WAY", "FILE"), help="one case, in this process")
    only = parser.parse_args().only
    if only:
        what, way, file = only
        begin = time.perf_counter()
        WAYS[what][int(way)](Path(file))
        print(time.perf_counter() - begin)
        return
    print(f"| {_COUNT:,} of | objects s | streamed s | times | objects MB | streamed MB | times |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    with TemporaryDirectory() as folder:
        for what in WAYS:
            (slow, large), (quick, small) = (_case(what, way, Path(folder) / "drawing.dxf") for way in range(2))
            print(
                f"| {what} | {slow:.2f} | {quick:.2f} | {slow / quick:.1f}"
                f" | {large:.0f} | {small:.0f} | {large / small:.1f} |"
            )


def _case(what: str, way: int, file: Path) -> tuple[float, float]:
    """Seconds and megabytes of one case."""
    cost = cost_of([sys.executable, __file__, "--only", what, str(way), str(file)])
    # Both ways must have written what was asked for.
    assert file.read_text("utf-8").count(f"\n  0\n{what.partition(' ')[0]}\n") >= _COUNT
    return float(cost.output), cost.megabytes


def _write(path: Path, pieces: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(pieces)


def _id(number: int) -> str:
    row, column = divmod(number, _COLUMNS)
    return f"R001-0001-R{row:03d}C{column:03d}"


if __name__ == "__main__":
    main()
