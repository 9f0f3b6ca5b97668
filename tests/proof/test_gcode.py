"""Laws of the proof's interpreter: it does what a controller does, and says what it does not know."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from tests.posts.programs import machine_for, program, run
from tests.toolpaths_for_tests import toolpaths
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.proof.gcode import Program, interpret, interpreter

_MODES = "G21 G90 G94 G17 G40 G91.1 G64 P0.001\n"
_HEAD = f"%\n{_MODES}M65 P0\nM3 S500\nF600\n"
_TAIL = "M65 P0\nM5\nM2\n%\n"


def _linuxcnc(body: str, head: str = _HEAD, tail: str = _TAIL) -> Program:
    return interpret(head + body + tail, "linuxcnc")


def _grbl(body: str) -> Program:
    return interpret(f"G21G90G94G17\nM4S0\nF600\n{body}S0\nM5\nM2\n", "grbl")


def _rows(read: Program) -> list[tuple[float, ...]]:
    """(code, x, y, power) of every motion as often as it is made."""
    return [
        (code, round(x, 6), round(y, 6), power)
        for lap in read.laps
        for _ in range(lap.times)
        for code, (x, y), power in zip(lap.code.tolist(), lap.moves.end.tolist(), lap.power.tolist(), strict=True)
    ]


@pytest.mark.parametrize("dialect", ["linuxcnc", "grbl"])
@pytest.mark.parametrize("gated", [True, False])
@settings(max_examples=25)
@given(toolpath=toolpaths())
def test_it_makes_the_motions_of_a_simple_machine(dialect: str, gated: bool, toolpath: Toolpath) -> None:
    machine = machine_for(dialect, 0.0001, gated=gated)
    lines = program(dialect, toolpath, machine)
    read = interpret("\n".join(lines) + "\n", machine.post)
    assert read.faults == ()
    theirs = [
        (m.code, round(m.end.real, 6), round(m.end.imag, 6), m.power if m.lit else 0.0) for m in run(dialect, lines)
    ]
    assert _rows(read) == theirs


def test_a_gate_takes_effect_with_the_next_motion_or_at_once() -> None:
    read = _linuxcnc("G0 X0Y0\nM62 P0\nG1 X1\nX2\nM63 P0\nG0 X3\nM64 P0\nG1 X4\n")
    assert [row[3] for row in _rows(read)] == [0.0, 500.0, 500.0, 0.0, 500.0]
    assert read.faults == ()


def test_an_analog_power_takes_effect_with_the_next_motion_or_at_once() -> None:
    read = _linuxcnc("M64 P0\nM68 E0 Q0\nG0 X0Y0\nM67 E0 Q30\nG1 X1\nM68 E0 Q0\nX2\nM65 P0\n")
    assert [row[3] for row in _rows(read)] == [0.0, 30.0, 0.0]


def test_a_gate_that_is_never_closed_is_open() -> None:
    read = _linuxcnc("G0 X0Y0\nG1 X1\nG0 X5\n", head=f"%\n{_MODES}M3 S500\nF600\n", tail="M5\nM2\n%\n")
    assert [row[3] for row in _rows(read)] == [500.0, 500.0, 500.0]
    assert any(fault.rule == "dark" for fault in read.faults)


def test_grbl_is_lit_by_s_on_the_motion_that_says_it() -> None:
    read = _grbl("G0X1Y1\nG1X2S100\nX3\nG0X4S0\nG1X5\n")
    assert [row[3] for row in _rows(read)] == [0.0, 100.0, 100.0, 0.0, 0.0]


def test_a_loop_without_end_is_a_fault_and_no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "_MOST_MOTIONS", 10_000)
    body = "G91\nG0 X1\n"
    for text in (
        f"o1 repeat [999999999]\n{body}o1 endrepeat\n",
        f"o1 repeat [99999]\no2 repeat [99999]\n{body}o2 endrepeat\no1 endrepeat\n",
    ):
        assert any("loops make more than" in fault.message for fault in _linuxcnc(text).faults)


def test_a_loop_is_run_as_often_as_it_says() -> None:
    body = "G0 X0Y0\nM62 P0\nG1 X1\nY2\nM63 P0\nG0 X5\n"
    flat = _rows(_linuxcnc(body * 4))
    assert _rows(_linuxcnc(f"o100 repeat [4]\n{body}o100 endrepeat\n")) == flat
    assert _rows(_linuxcnc(f"o9 sub\n{body}o9 endsub\no1 repeat [4]\no9 call\no1 endrepeat\n")) == flat
    assert _rows(_linuxcnc(f"o1 repeat [2]\no2 repeat [2]\n{body}o2 endrepeat\no1 endrepeat\n")) == flat
    inner = f"G90\nG0 X0Y0\nG91\no2 repeat [5]\n{'G0 X1' + chr(10)}M62 P0\nG1 Y1\nM63 P0\no2 endrepeat\n"
    deep = "".join(inner.replace("o2", f"o{k}") for k in range(10, 40))
    assert len(deep.split("\n")) > 128
    passes = _linuxcnc(f"o1 repeat [3]\n{deep}G90\no1 endrepeat\n")
    assert _rows(passes) == _rows(_linuxcnc((deep + "G90\n") * 3))
    assert passes.faults == ()
    assert _rows(_linuxcnc(f"o1 repeat [0]\n{body}o1 endrepeat\n")) == []


def test_a_loop_of_incremental_moves_goes_on_from_where_it_was() -> None:
    rows = _rows(_linuxcnc("G0 X0Y0\nG91\no1 repeat [3]\nG0 X1\no1 endrepeat\nG90\n"))
    assert [row[1] for row in rows] == [0.0, 1.0, 2.0, 3.0]


def test_a_long_loop_is_the_same_as_its_rounds_written_out() -> None:
    body = "".join(f"G0 X{k}Y{k % 7}\nM62 P0\nG1 X{k + 0.5}\nM63 P0\n" for k in range(60))
    assert _rows(_linuxcnc(f"o1 repeat [3]\n{body}o1 endrepeat\n")) == _rows(_linuxcnc(body * 3))


def test_arcs_turn_the_way_they_say_and_a_full_circle_is_one() -> None:
    read = _linuxcnc("G0 X1Y0\nM64 P0\nG3 X0Y1I-1J0\nG2 X1Y0I0J-1\nG3 X1Y0I-1J0\n")
    assert read.faults == ()
    assert np.allclose(read.laps[0].moves.sweep_rad, [0.0, np.pi / 2, -np.pi / 2, 2 * np.pi])


def test_inches_are_read_as_inches() -> None:
    read = _linuxcnc("G20\nG0 X1Y1\n")
    assert _rows(read)[0][1:3] == (25.4, 25.4)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("G0 X0Y0\nG5 X1\n", "word"),
        ("G0 X0Y0\nM106\n", "word"),
        ("G0 X0Y0\nG1 X1 Z3\n", "word"),
        ("G0 X0Y0\nG1 X1e-05\n", "word"),
        ("G0 X0Y0\nG1 X1X2\n", "word"),
        ("G0 X0Y0\nG0 G1 X2\n", "word"),
        ("G0 X#1Y0\n", "word"),
        ("o1 while [#1 LT 3]\no1 endwhile\n", "word"),
        ("o1 repeat [2]\nG0 X0Y0\n", "word"),
        ("o1 sub\no1 call\no1 endsub\no1 call\n", "word"),
        ("G0 X0Y0\nG2 X1Y0\n", "arc"),
        ("G0 X0Y0\nG2 X1Y0I0.4J0\n", "arc"),
        ("G0 X0Y0\nG1 X1I1J1\n", "arc"),
        ("M64 P0\nG1 X1Y1\n", "dark"),
        ("G1 X1Y1\n", "start"),
        ("M62 P3\nG0 X0Y0\n", "word"),
        (f"({'x' * 300})\n", "line"),
        ("G0 X0Y0\nF0\nG1 X1\n", "feed"),
    ],
)
def test_what_it_does_not_know_is_a_fault_with_its_line(body: str, rule: str) -> None:
    faults = _linuxcnc(body).faults
    assert rule in {fault.rule for fault in faults}
    assert all(fault.line > 5 for fault in faults if fault.rule == rule)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (f"{_MODES}G0 X0Y0\n", "end"),
        (_HEAD + "G0 X0Y0\nM2\n%\n", "end"),
        (f"%\n{_MODES}M65 P0\nM3 S1\nF100\nG0 X0Y0\nM64 P0\nG1 X1\nM5\nM2\n%\n", "end"),
        (_HEAD[2:] + "G0 X0Y0\n" + _TAIL, "end"),
        ("%\nG0 X0Y0\nM2\n%\n", "word"),
        (_HEAD + "G0 X0Y0\n" + _TAIL.replace("M2", "M2 G0 X900"), "end"),
        (_HEAD + "G0 X0Y0\n" + _TAIL.replace("M2", "M2\nG0 X900"), "end"),
        (_HEAD + "G0 X0Y0\n" + _TAIL + "G0 X900\n", "end"),
        (_HEAD + "G0 X0Y0\n%\n" + _TAIL, "end"),
        *((_HEAD.replace(f"{mode} ", "") + "G0 X0Y0\n" + _TAIL, "word") for mode in _MODES.split()[:-2]),
        (_HEAD.replace(" G64 P0.001", "") + "G0 X0Y0\n" + _TAIL, "word"),
        (f"%\n{_MODES}M3 S5\nM65 P0\nF600\nG0 X0Y0\n" + _TAIL, "dark"),
    ],
)
def test_a_program_ends_dark_with_an_end_code_and_says_its_units(text: str, rule: str) -> None:
    assert rule in {fault.rule for fault in interpret(text, "linuxcnc").faults}


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("G64 P0.001", True), ("G61", True), ("G64 P0.0011", False), ("G64", False), ("G64 P0", False)],
)
def test_corners_are_left_by_no_more_than_is_allowed(path: str, allowed: bool) -> None:
    text = _HEAD.replace("G64 P0.001", path) + "G0 X0Y0\n" + _TAIL
    assert [fault.rule for fault in interpret(text, "linuxcnc", 0.001).faults] == ([] if allowed else ["corner"])


@pytest.mark.parametrize(
    ("body", "dark"),
    [
        ("G0 X0Y0\nM64 P0\nG1 X1\nM65 P0\n", True),
        ("G0 X0Y0\nM64 P0\nM65 P0\nG0 X1\n", False),
        ("G0 X0Y0\nM64 P0\nS0\nM65 P0\nS500\nG0 X1\n", False),
        ("G0 X0Y0\nM64 P0\nG1 X1\nM65 P0\nM64 P0\nM65 P0\nG0 X2\n", False),
        ("o1 repeat [3]\nG0 X0Y0\nM62 P0\nG1 X1\nM65 P0\no1 endrepeat\n", True),
    ],
)
def test_a_beam_that_is_switched_on_and_off_on_one_spot_is_found(body: str, dark: bool) -> None:
    assert [fault.rule for fault in _linuxcnc(body).faults] == ([] if dark else ["dark"])


@pytest.mark.parametrize("character", ["\r", "\t", "\x18", "\x1c"])
def test_a_character_that_some_controllers_obey_is_found_in_a_comment_too(character: str) -> None:
    assert "text" in {fault.rule for fault in _grbl(f"G0X0Y0\n(a{character}G1X9)\n").faults}


def test_each_dialect_lights_the_beam_by_its_own_word() -> None:
    assert [fault.rule for fault in _grbl("M3\nG0X0Y0\nG1X1S100\nS0\n").faults] == ["word"]
    assert "word" in {fault.rule for fault in _linuxcnc("M4\nG0 X0Y0\n").faults}


def test_inches_are_a_fault_wherever_they_are_said() -> None:
    assert "word" in {fault.rule for fault in _linuxcnc("G20\nF600\nG21\nG0 X0Y0\n").faults}


def test_a_label_stands_for_one_sub_or_loop() -> None:
    again = "o9 sub\nG0 X1\no9 endsub\n"
    assert _linuxcnc(f"G0 X0Y0\n{again}o9 call\n").faults == ()
    assert "word" in {fault.rule for fault in _linuxcnc(f"G0 X0Y0\n{again}{again}o9 call\n").faults}


@pytest.mark.parametrize("body", ["M62 P0\n", "o1 repeat [2]\no1 endrepeat\n", "M67 E0 Q1\n", f"G0X{'1' * 80}\n"])
def test_grbl_does_not_know_what_linuxcnc_knows(body: str) -> None:
    assert _grbl(body).faults
