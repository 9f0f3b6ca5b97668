"""
DXF R2000 text: the skeleton by ezdxf, the thousands of like entities streamed into it.

An entity object each would take ten times as long and hundreds of megabytes on a full sheet. What is streamed are
three types of entity, group codes as in the DXF reference; the rest of the file is ezdxf's.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import ezdxf
from ezdxf.document import Drawing

from tfbpattern.geometry.chains import Chains

Entity = Callable[[str, str], str]
"""Text of an entity, given its handle and that of its owner, both hexadecimal."""


class Layer(NamedTuple):
    """A layer and its colour (AutoCAD colour index)."""

    name: str
    color: int


def new_drawing(layers: tuple[Layer, ...], bounds_mm: tuple[float, float, float, float]) -> Drawing:
    """An empty R2000 drawing in millimetres that knows its layers and extents."""
    with _fixed_meta_data():
        drawing = ezdxf.new("R2000", units=ezdxf.units.MM)
    drawing.header["$MEASUREMENT"] = 1
    x_min, y_min, x_max, y_max = bounds_mm
    drawing.header["$EXTMIN"], drawing.header["$EXTMAX"] = (x_min, y_min, 0.0), (x_max, y_max, 0.0)
    drawing.header["$LIMMIN"], drawing.header["$LIMMAX"] = (x_min, y_min), (x_max, y_max)
    drawing.modelspace().dxf.extmin = (x_min, y_min, 0.0)
    drawing.modelspace().dxf.extmax = (x_max, y_max, 0.0)
    for layer in layers:
        drawing.layers.add(layer.name, color=layer.color)
    return drawing


@contextmanager
def _fixed_meta_data() -> Iterator[None]:
    """ezdxf stamps a drawing with time and version when it is made and when it is written; not in here."""
    before = ezdxf.options.write_fixed_meta_data_for_testing
    ezdxf.options.write_fixed_meta_data_for_testing = True
    try:
        yield
    finally:
        ezdxf.options.write_fixed_meta_data_for_testing = before


def written(drawing: Drawing, entities: Iterator[Entity], count: int) -> Iterator[str]:
    """
    The drawing's text in pieces, with *count* further entities at the end of its model space.

    Meta data that names the time or the place of writing is fixed: the same drawing gives the same bytes.
    """
    stream = io.StringIO()
    with _fixed_meta_data():
        drawing.write(stream)
    text = stream.getvalue()
    # The seed is the first free handle; what is added takes handles from there.
    mark = "$HANDSEED\n  5\n"
    at = text.index(mark) + len(mark)
    end = text.index("\n", at)
    first = int(text[at:end], 16)
    body = text.index("\n  0\nENDSEC\n", text.index("  2\nENTITIES\n")) + 1
    owner = drawing.modelspace().block_record_handle
    yield f"{text[:at]}{first + count:X}{text[end:body]}"
    for number, entity in enumerate(entities):
        yield entity(f"{first + number:X}", owner)
    yield text[body:]


def number(value: float) -> str:
    """A number of millimetres to the nanometre, as ezdxf writes floats: a point always, no exponent, no -0."""
    text = f"{value:.6f}".rstrip("0")
    text = text + "0" if text.endswith(".") else text
    return "0.0" if text == "-0.0" else text


class _Numbers(dict[float, str]):
    """The text of numbers, each made once: a sheet's coordinates repeat."""

    def __missing__(self, value: float) -> str:
        text = number(value)
        self[value] = text
        return text


def polylines(chains: Chains, layer: str) -> Iterator[Entity]:
    """One LWPOLYLINE a chain, arcs as bulges, the closed flag where the chain closes."""
    text = _Numbers()
    for xs, ys, bulges, closed in _by_chain(chains):
        body = "".join(
            [
                f" 10\n{text[x]}\n 20\n{text[y]}\n 42\n{bulge:.12f}\n" if bulge else f" 10\n{text[x]}\n 20\n{text[y]}\n"
                for x, y, bulge in zip(xs, ys, bulges, strict=True)
            ]
        )
        size, flag = len(xs), 1 if closed else 0

        def entity(handle: str, owner: str, body: str = body, size: int = size, flag: int = flag) -> str:
            return (
                f"  0\nLWPOLYLINE\n  5\n{handle}\n330\n{owner}\n100\nAcDbEntity\n  8\n{layer}\n"
                f"100\nAcDbPolyline\n 90\n{size}\n 70\n{flag}\n{body}"
            )

        yield entity


# Chains taken out of the arrays at a time: arrays are quick in bulk, lists of all their numbers are large.
_BATCH = 4096


def _by_chain(chains: Chains) -> Iterator[tuple[list[float], list[float], list[float], bool]]:
    """x, y and bulge of the vertices of each chain, and whether it closes."""
    for begin in range(0, len(chains), _BATCH):
        end = min(begin + _BATCH, len(chains))
        offsets = chains.offsets[begin : end + 1].tolist()
        x, y, bulge = (column.tolist() for column in chains.vertices[offsets[0] : offsets[-1]].T)
        places = [offset - offsets[0] for offset in offsets]
        for low, high, closed in zip(places, places[1:], chains.closed[begin:end].tolist(), strict=False):
            yield x[low:high], y[low:high], bulge[low:high], closed


def insert(block: str, layer: str, x_mm: float, y_mm: float, rotation_deg: float) -> Entity:
    """A block at a place."""

    def entity(handle: str, owner: str) -> str:
        return (
            f"  0\nINSERT\n  5\n{handle}\n330\n{owner}\n100\nAcDbEntity\n  8\n{layer}\n100\nAcDbBlockReference\n"
            f"  2\n{block}\n 10\n{number(x_mm)}\n 20\n{number(y_mm)}\n 30\n0.0\n 50\n{number(rotation_deg)}\n"
        )

    return entity


def text(content: str, layer: str, x_mm: float, y_mm: float, height_mm: float) -> Entity:
    """A line of text, its middle at a place."""

    def entity(handle: str, owner: str) -> str:
        x, y = number(x_mm), number(y_mm)
        return (
            f"  0\nTEXT\n  5\n{handle}\n330\n{owner}\n100\nAcDbEntity\n  8\n{layer}\n100\nAcDbText\n"
            f" 10\n{x}\n 20\n{y}\n 30\n0.0\n 40\n{number(height_mm)}\n  1\n{content}\n 72\n1\n"
            f" 11\n{x}\n 21\n{y}\n 31\n0.0\n100\nAcDbText\n 73\n2\n"
        )

    return entity
