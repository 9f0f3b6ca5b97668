"""Draws control charts: values in order, centre line, limits, and what breaks a rule, as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfbpattern.model.control import ControlChart
from tfbpattern.report.page import HEAD, MARGIN, QUIET, RULE, head
from tfbpattern.report.svg import element, number, text, titled

_LINE, _OUT = "#0072b2", "#d55e00"

# (ours: points)
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _GAP = 880.0, 190.0, 84.0, 130.0, 62.0
_TOP = MARGIN + HEAD


def chart_svg(charts: Sequence[ControlChart], title: str, subtitle: str, by: str) -> Iterator[str]:
    """The lines of a picture with one chart below the other."""
    height = _TOP + len(charts) * (_HEIGHT + _GAP)
    yield from head(_WIDTH, height, title, subtitle)
    for k, chart in enumerate(charts):
        yield from _panel(chart, _TOP + k * (_HEIGHT + _GAP) + 20.0, by)
    yield "</svg>"


def _panel(chart: ControlChart, top: float, by: str) -> Iterator[str]:
    low, high = chart.limits
    values: list[float] = chart.values.tolist()
    least, greatest = min([low, *values]), max([high, *values])
    room = (greatest - least) * 0.06 or 1.0
    least, greatest = least - room, greatest + room
    right = _WIDTH - _RIGHT

    def y(value: float) -> float:
        return top + _HEIGHT * (greatest - value) / (greatest - least)

    def x(k: int) -> float:
        return _LEFT + (right - _LEFT) * (k + 0.5) / max(len(values), 1)

    yield text(chart.figure, _LEFT, top - 8.0, font_weight="600")
    for value, words, dashes in (
        (high, "upper limit", "5 3"),
        (chart.centre, "centre", ""),
        (low, "lower limit", "5 3"),
    ):
        yield element(
            "path",
            d=f"M{number(_LEFT)} {number(y(value))}H{number(right)}",
            stroke=QUIET,
            stroke_width=0.9,
            **({"stroke_dasharray": dashes} if dashes else {}),
        )
        yield text(f"{words} {value:.5g}", right + 6.0, y(value) + 4.0, fill=QUIET)
    if values:
        path = "L".join(f"{number(x(k))} {number(y(value))}" for k, value in enumerate(values))
        yield element("path", d=f"M{path}", fill="none", stroke=_LINE, stroke_width=1.0)
    radius = 2.6 if len(values) <= 150 else 1.4
    for k, (group, count, value, rules) in enumerate(
        zip(chart.groups.tolist(), chart.counts.tolist(), values, chart.broken, strict=True)
    ):
        words = f"{by} {group}: {value:.6g} of {count} cells"
        if rules:
            words += f", breaks rule {' and '.join(map(str, rules))}"
            yield text(",".join(map(str, rules)), x(k), y(value) - 6.0, fill=_OUT, text_anchor="middle", font_size=9.0)
        colour = _OUT if rules else _LINE
        yield titled("circle", words, cx=x(k), cy=y(value), r=radius + (1.0 if rules else 0.0), fill=colour)
    base = top + _HEIGHT
    yield element("path", d=f"M{number(_LEFT)} {number(base)}H{number(right)}", stroke=RULE, stroke_width=0.9)
    step = max(1, -(-len(values) // 12))
    for k in range(0, len(values), step):
        yield text(str(int(chart.groups[k])), x(k), base + 14.0, text_anchor="middle", fill=QUIET)
    yield text(by, right, base + 28.0, text_anchor="end", fill=QUIET)
