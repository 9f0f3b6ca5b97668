"""
The tester's results (CSV) read in blocks by pyarrow into typed columns: a roll's text never stands in memory whole.

A file has comment lines (``# layout_sha256: ...`` among them), a header, and rows. Everything that is wrong with the
rows of a file is told at once, the first ten with their lines and how many there are.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from tfbpattern.errors import InputError
from tfbpattern.model.celltable import CellTable, Ints
from tfbpattern.model.results import NO_TIME, Readings

CELL, TIME = "cell_id", "timestamp"
NUMBERS = ("ocv_v", "z_ohm", "phase_deg", "capacity_uah")
"""Columns that the contract gives a meaning; all numbers."""

_TOLD = 10
_SHOWN = 40
_BLOCK_BYTES = 8 << 20
# A header that is longer is no header.
_HEADER_BYTES = 1 << 20
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_ID = r"^(?P<roll>.*)-(?P<frame>[0-9]{4,})-(?P<place>R[0-9]{3,}C[0-9]{3,})$"
_TIME = re.compile(r"[-0-9:TZ+., ]+\Z")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_SUM = re.compile(r"#\s*layout_sha256:\s*(\S+)\s*$")


@dataclass(slots=True)
class _Faults:
    """What is wrong with the rows of one file: the first ten by line, and how many."""

    name: str
    count: int = 0
    told: list[tuple[int, str]] = field(default_factory=list)

    def add(self, lines: Sequence[int], message: Callable[[int], str]) -> None:
        """One fault a line; *message* is given the place in *lines*."""
        self.count += len(lines)
        self.told += [(line, message(k)) for k, line in enumerate(lines[:_TOLD])]

    def raise_any(self) -> None:
        if not self.count:
            return
        first = [f"{self.name}:{line}: {message}" for line, message in sorted(self.told)[:_TOLD]]
        more = f"\n(and {self.count - len(first)} more)" if self.count > len(first) else ""
        rows = "row is" if self.count == 1 else "rows are"
        raise InputError(f"{self.count} {rows} at fault in {self.name}\n" + "\n".join(first) + more)


def read_results(paths: Sequence[Path], cells: CellTable, frames: range, needed: Sequence[str] = ()) -> Readings:
    """
    The rows of all files, joined to the cells of *frames* by id.

    *needed* are columns that must be numbers besides those of the contract. A column that holds anything else in any
    file is kept as text.

    Raises:
        InputError: a file cannot be read, belongs to another layout, or has rows that are at fault.
    """
    parts = []
    for path in paths:
        head = _head(path, cells.layout_sha256)
        parts.append(_File(path, head, cells, frames, {*NUMBERS, *needed}).read())
    columns = list(dict.fromkeys(name for part in parts for name in part.columns))
    as_text = {name for part in parts for name, column in part.columns.items() if column.dtype == object}
    total = sum(len(part.cell) for part in parts)
    return Readings(
        cell=_joined([part.cell for part in parts], np.int64),
        values={
            name: _joined([p.columns.get(name, np.full(len(p.cell), np.nan)) for p in parts], np.float64)
            for name in columns
            if name not in as_text
        },
        texts={
            name: _joined([_texts(p.columns.get(name), len(p.cell)) for p in parts], object)
            for name in columns
            if name in as_text
        },
        time_us=_joined([part.time_us for part in parts], np.int64),
        timestamp=_joined([part.timestamp for part in parts], object),
        source=np.concatenate([np.column_stack([np.full(len(p.line), k), p.line]) for k, p in enumerate(parts)])
        if total
        else np.empty((0, 2), dtype=np.int64),
    )


def _joined(parts: list[Any], kind: Any) -> Any:
    return np.concatenate([np.empty(0, dtype=kind), *parts]).astype(kind, copy=False)


def _texts(column: Any, count: int) -> Any:
    """A column as text: numbers as they would be written."""
    if column is None:
        return np.full(count, None, dtype=object)
    if column.dtype == object:
        return column
    return np.array([None if np.isnan(v) else repr(v) for v in column.tolist()], dtype=object)


@dataclass(frozen=True, slots=True)
class _Head:
    """Names of the columns, and how many lines stand before the first row."""

    names: list[str]
    lines: int


def _head(path: Path, layout_sha256: str) -> _Head:
    """The comments and the header of a file, checked."""
    try:
        with path.open("rb") as file:
            start = file.read(_HEADER_BYTES)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    try:
        text = start.decode("utf-8-sig", errors="strict" if len(start) < _HEADER_BYTES else "ignore")
    except UnicodeDecodeError as error:
        line = start[: error.start].count(b"\n") + 1
        raise InputError(f"{path}:{line}: is not UTF-8 text") from None
    if not text.strip():
        raise InputError(f"{path}: is empty; a header with the column {CELL} is needed")
    for number, words in enumerate(text.splitlines(), start=1):
        if words.startswith("#"):
            match = _SUM.match(words)
            if match and match.group(1) != layout_sha256:
                raise InputError(
                    f"{path}:{number}: the results are for layout {match.group(1)[:_SHOWN]}, the cells are those of"
                    f" layout {layout_sha256}"
                )
            continue
        if not words.strip():
            continue
        return _Head(_names(path, number, words), number)
    raise InputError(f"{path}: has comments only; a header with the column {CELL} is needed")


def _names(path: Path, number: int, line: str) -> list[str]:
    names = [name.strip().strip('"') for name in line.split(",")]
    if CELL not in names:
        found = ", ".join(repr(name[:_SHOWN]) for name in names[:_TOLD])
        raise InputError(f"{path}:{number}: no column {CELL} in the header; found {found}")
    for k, name in enumerate(names):
        # They become names of files, on systems too to which case is nothing.
        if not _NAME.match(name):
            raise InputError(
                f"{path}:{number}: column {k + 1} of the header is {name[:_SHOWN]!r}; names of columns hold letters,"
                " digits, '-' and '_', 64 at most"
            )
        if name.lower() in [other.lower() for other in names[:k]]:
            raise InputError(f"{path}:{number}: the header has two columns {name!r}")
    if len(names) == 1:
        raise InputError(f"{path}:{number}: the header has no measured column beside {CELL}")
    return names


class _File:
    """One file, block by block."""

    def __init__(self, path: Path, head: _Head, cells: CellTable, frames: range, numbers: set[str]) -> None:
        self.path, self.head, self.cells, self.frames = path, head, cells, frames
        self.numbers = numbers
        self.faults = _Faults(str(path))
        self.places = pa.array([name.rpartition("-")[2] for name in cells.ids])
        self.cell = np.empty(0, dtype=np.int64)
        self.line = np.empty(0, dtype=np.int64)
        self.time_us = np.empty(0, dtype=np.int64)
        self.timestamp = np.empty(0, dtype=object)
        self.columns: dict[str, Any] = {}

    def read(self) -> _File:
        """
        All rows.

        Raises:
            InputError: any of them is at fault.
        """
        found: dict[str, list[Any]] = {}
        cell, line, time_us, timestamp = [], [], [], []
        begin = self.head.lines + 1
        for batch in self._batches():
            lines = np.arange(begin, begin + batch.num_rows)
            begin += batch.num_rows
            cell.append(self._cells(batch.column(CELL), lines))
            line.append(lines)
            stamp = batch.column(TIME) if TIME in batch.schema.names else pa.nulls(len(lines), pa.string())
            time_us.append(self._times(stamp, lines))
            timestamp.append(np.array(stamp.to_pylist(), dtype=object))
            for name in self.head.names:
                if name not in (CELL, TIME):
                    found.setdefault(name, []).append(self._column(name, batch.column(name), lines))
        self.faults.raise_any()
        self.cell, self.line = _joined(cell, np.int64), _joined(line, np.int64)
        self.time_us, self.timestamp = _joined(time_us, np.int64), _joined(timestamp, object)
        for name, parts in found.items():
            text = any(part.dtype == object for part in parts)
            self.columns[name] = (
                _joined([_texts(p, len(p)) for p in parts], object) if text else _joined(parts, np.float64)
            )
        if not len(self.cell):
            raise InputError(f"{self.path}: has a header and no rows")
        return self

    def _batches(self) -> Iterator[pa.RecordBatch]:
        names = self.head.names
        skipped = 0

        def invalid(row: Any) -> str:
            nonlocal skipped
            line = (row.number or 0) + self.head.lines
            found = f"{row.actual_columns} values, the header has {row.expected_columns} columns"
            self.faults.count += 1
            if len(self.faults.told) < _TOLD:
                self.faults.told.append((line, found))
            return "skip"

        try:
            with self.path.open("rb") as file:
                for _ in range(self.head.lines):
                    file.readline()
                # One byte ahead says whether there is anything to read.
                if not file.peek(1):
                    return
                reader = pcsv.open_csv(
                    file,
                    # One thread, so that rows are counted as they stand.
                    read_options=pcsv.ReadOptions(column_names=names, block_size=_BLOCK_BYTES, use_threads=False),
                    parse_options=pcsv.ParseOptions(ignore_empty_lines=False, invalid_row_handler=invalid),
                    convert_options=pcsv.ConvertOptions(
                        column_types={name: pa.string() for name in names},
                        strings_can_be_null=True,
                        quoted_strings_can_be_null=True,
                        null_values=[""],
                    ),
                )
                yield from reader
        except pa.ArrowInvalid as error:
            self.faults.raise_any()
            raise InputError(f"{self.path}: is no CSV: {str(error)[:200]}") from None
        except OSError as error:
            raise InputError(f"{self.path}: {error.strerror or error}") from None

    def _cells(self, ids: pa.StringArray, lines: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Numbers of the cells; unknown ids are faults."""
        parts = pc.extract_regex(ids, _ID)
        place = pc.index_in(pc.struct_field(parts, "place"), value_set=self.places)
        digits = pc.struct_field(parts, "frame")
        # An id's frame has four digits or more, so a number that is padded further is another id.
        canonical = pc.equal(pc.utf8_lpad(pc.utf8_ltrim(digits, "0"), 4, "0"), digits)
        known = pc.and_(
            pc.and_(pc.is_valid(place), pc.fill_null(canonical, False)),
            pc.fill_null(pc.equal(pc.struct_field(parts, "roll"), self.cells.roll), False),
        )
        short = pc.and_(known, pc.less_equal(pc.utf8_length(pc.fill_null(digits, "")), 9))
        frame = pc.cast(pc.if_else(short, digits, "0"), pa.int64()).to_numpy(zero_copy_only=False)
        offset: Ints = frame - self.frames.start
        ok = short.to_numpy(zero_copy_only=False) & (offset >= 0) & (offset < len(self.frames))
        bad = np.flatnonzero(~ok)
        if len(bad):
            shown = [ids[int(k)].as_py() for k in bad[:_TOLD]]
            self.faults.add(
                lines[bad].tolist(),
                lambda k: f"{shown[k][:_SHOWN]!r} is no cell of this map" if shown[k] else f"{CELL} is empty",
            )
        at = pc.fill_null(place, 0).to_numpy(zero_copy_only=False).astype(np.int64)
        return np.asarray(np.where(ok, offset * len(self.cells) + at, -1), dtype=np.int64)

    def _column(self, name: str, values: pa.StringArray, lines: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Numbers; or, where a column need not be numbers and is not, the texts."""
        try:
            numbers = pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False)
            if not np.isinf(numbers).any() and np.isnan(numbers).sum() == values.null_count:
                return np.asarray(numbers, dtype=np.float64)
        except pa.ArrowInvalid:
            pass
        sound = pc.fill_null(pc.match_substring_regex(values, _NUMBER), True).to_numpy(zero_copy_only=False)
        if sound.all():
            # Digits so many that only infinity is as large.
            sound = ~np.isinf(pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False))
        if name not in self.numbers:
            return np.array(values.to_pylist(), dtype=object)
        bad = np.flatnonzero(~sound)
        shown = [values[int(k)].as_py()[:_SHOWN] for k in bad[:_TOLD]]
        self.faults.add(lines[bad].tolist(), lambda k: f"{name} = {shown[k]!r} is no finite number")
        return np.full(len(lines), np.nan)

    def _times(self, values: pa.StringArray, lines: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Microseconds since 1970, universal time where no zone is written."""
        for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
            try:
                times = pc.cast(pc.cast(values, kind), pa.int64())
            except pa.ArrowInvalid:
                continue
            return np.asarray(pc.fill_null(times, NO_TIME).to_numpy(zero_copy_only=False), dtype=np.int64)
        found = np.full(len(lines), NO_TIME, dtype=np.int64)
        bad: list[int] = []
        for k, text in enumerate(values.to_pylist()):
            if text is None:
                continue
            try:
                # The standard library takes any character between date and time.
                time = datetime.datetime.fromisoformat(text if _TIME.match(text) else "")
            except ValueError:
                bad.append(k)
                continue
            time = time if time.tzinfo else time.replace(tzinfo=datetime.UTC)
            found[k] = (time - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(microseconds=1)
        shown = [values[k].as_py()[:_SHOWN] for k in bad[:_TOLD]]
        self.faults.add(
            [int(lines[k]) for k in bad], lambda k: f"{TIME} = {shown[k]!r} is no time as in 2026-01-31T12:00:00"
        )
        return found


def doubled_rows(paths: Sequence[Path], readings: Readings, ids: Callable[[int], str]) -> InputError | None:
    """
    What is wrong where a cell has several rows: each of them needs a time of its own, or the latest is not known.

    *ids* gives the id of a cell's number.
    """
    order = np.lexsort((np.arange(len(readings.cell)), readings.time_us, readings.cell))
    cell, time = readings.cell[order], readings.time_us[order]
    again = np.flatnonzero((cell[1:] == cell[:-1]) & ((time[1:] == time[:-1]) | (time[:-1] == NO_TIME))) + 1
    if not len(again):
        return None
    # Told of the row that was read later, naming the one before it.
    pairs = sorted({tuple(sorted((int(order[k - 1]), int(order[k])))) for k in again.tolist()}, key=lambda p: p[1])

    def where(row: int) -> str:
        file, line = readings.source[row].tolist()
        return f"{paths[file]}:{line}"

    told = [
        f"{where(later)}: {ids(int(readings.cell[later]))} has a row already, {where(first)}, and no later timestamp"
        for first, later in pairs[:_TOLD]
    ]
    more = f"\n(and {len(pairs) - len(told)} more)" if len(pairs) > len(told) else ""
    rows = "row repeats" if len(pairs) == 1 else "rows repeat"
    return InputError(f"{len(pairs)} {rows} a cell without a later time\n" + "\n".join(told) + more)
