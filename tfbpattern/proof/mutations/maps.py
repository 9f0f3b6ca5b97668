"""Faults in the cell map: the CSV follows along, so that only other files can tell."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

from tfbpattern.proof.mutations.mutant import Mutant, Original

_MOVED_MM = 0.002
Records = list[dict[str, Any]]


def missing(original: Original) -> Mutant | None:
    """A cell that is marked and cut is not in the map, nor in the manifest's count."""

    def change(records: Records) -> str:
        return f"{records.pop(len(records) // 2)['id']} is lost to the tester"

    if len(original.map[1]) < 2:
        return None
    nest = copy.deepcopy(original.emitted.manifest["nest"])
    gone = original.map[0]["cells"][len(original.map[1]) // 2]["type"]
    nest["cells"] -= 1
    nest["by_type"][gone] -= 1
    mutant = _changed(original, change)
    return Mutant(texts=mutant.texts, harm=mutant.harm, manifest={"nest": nest})


def moved(original: Original) -> Mutant | None:
    """A cell with its terminals stands elsewhere in the map."""

    def change(records: Records) -> str:
        record = records[len(records) // 2]
        for place in (record, *record["terminals"]):
            place["x_mm"] = round(place["x_mm"] + _MOVED_MM, 6)
        return f"{record['id']} is probed {_MOVED_MM:g} mm beside its place"

    return _changed(original, change)


def turned(original: Original) -> Mutant | None:
    """A cell is turned by a quarter in the map, where that is another cell or another place of a terminal."""
    cell = original.emitted.job.cells[0]
    x_min, y_min, x_max, y_max = cell.outline.bounds_mm
    if abs((x_max - x_min) - (y_max - y_min)) < 1e-3:
        return None

    def change(records: Records) -> str:
        record = records[len(records) // 2]
        record["rotation_deg"] = (record["rotation_deg"] + 90) % 360
        return f"{record['id']} lies the other way"

    return _changed(original, change)


def ids_swapped(original: Original) -> Mutant | None:
    """Two cells under each other's ids, rows and columns: the map is sound in itself."""
    if len(original.map[1]) < 2:
        return None

    def change(records: Records) -> str:
        one, other = records[0], records[-1]
        for key in ("id", "row", "column"):
            one[key], other[key] = other[key], one[key]
        return f"results of {one['id']} and {other['id']} are taken for each other's"

    return _changed(original, change)


def id_twice(original: Original) -> Mutant | None:
    """One id for two cells."""
    if len(original.map[1]) < 2:
        return None

    def change(records: Records) -> str:
        records[1]["id"] = records[0]["id"]
        return f"{records[0]['id']} stands for two cells"

    return _changed(original, change)


def terminal_moved(original: Original) -> Mutant | None:
    """The probe comes down beside the pad."""
    if not original.emitted.job.cells[0].terminals:
        return None

    def change(records: Records) -> str:
        record = records[len(records) // 2]
        record["terminals"][0]["y_mm"] = round(record["terminals"][0]["y_mm"] + 2.0 * _MOVED_MM, 6)
        return f"{record['id']} is probed {2.0 * _MOVED_MM:g} mm beside its pad"

    return _changed(original, change)


def rows_swapped(original: Original) -> Mutant | None:
    """The CSV tells two cells' places under each other's ids."""
    lines = original.text("cells_csv").split("\n")
    if len(lines) < 4:
        return None
    (one, rest_one), (other, rest_other) = (line.split(",", 1) for line in (lines[1], lines[2]))
    lines[1], lines[2] = f"{one},{rest_other}", f"{other},{rest_one}"
    return Mutant(texts={"cells_csv": "\n".join(lines)}, harm=f"{one} and {other} are told at each other's place")


def digit_of_the_table(original: Original) -> Mutant | None:
    """The last digit of a place in the CSV."""
    lines = original.text("cells_csv").split("\n")
    columns = lines[0].split(",")
    row = lines[len(lines) // 2].split(",")
    k = columns.index("x_mm")
    row[k] = f"{float(row[k]) + _MOVED_MM:.6f}".rstrip("0")
    lines[len(lines) // 2] = ",".join(row)
    return Mutant(texts={"cells_csv": "\n".join(lines)}, harm=f"{row[0]} is told {_MOVED_MM:g} mm off")


def sites_swapped(original: Original) -> Mutant | None:
    """Two cells under each other's probes."""
    first, last = original.map[0]["cells"][0], original.map[0]["cells"][-1]
    if "site" not in first or first is last:
        return None

    def change(records: Records) -> str:
        one, other = records[0], records[-1]
        for key in ("touchdown", "site"):
            one[key], other[key] = other[key], one[key]
        return f"results of {one['id']} and {other['id']} change places"

    return _changed(original, change)


def needles_moved(original: Original) -> Mutant | None:
    """The prober lands a site farther on."""
    if "prober" not in original.emitted.names:
        return None
    lines = original.text("prober").split("\n")
    row = lines[1].split(",")
    row[1] = f"{float(row[1]) + original.map[0]['probe_card']['pitch_mm'][0]:.6f}"
    lines[1] = ",".join(row)
    return Mutant(texts={"prober": "\n".join(lines)}, harm="cells of the first touchdown get their neighbours' results")


def site_masked(original: Original) -> Mutant | None:
    """A site of the prober does not test the cell under it."""
    if "prober" not in original.emitted.names:
        return None
    head, row, rest = original.text("prober").split("\n", 2)
    *told, count, mask = row.split(",")
    changed = ",".join([*told, str(int(count) - 1), mask.replace("1", "0", 1)])
    return Mutant(texts={"prober": "\n".join([head, changed, rest])}, harm="a cell is never tested")


def place_twice(original: Original) -> Mutant | None:
    """A cell has two places: some readers take the first, some the last."""
    text = original.text("cells_json")
    at = text.index('"x_mm"', text.index('"cells"'))
    changed = f'{text[:at]}"x_mm": 0.0, {text[at:]}'
    return Mutant(texts={"cells_json": changed}, harm="the tester may look for a cell at the edge of the web")


def other_layout(original: Original) -> Mutant | None:
    """A map with the hash of another layout: its ids mean other cells."""
    text = original.text("cells_json")
    told = original.emitted.layout_sha256
    return Mutant(texts={"cells_json": text.replace(told, told[::-1])}, harm="ids of one layout are read by another")


def cut_off(original: Original) -> Mutant | None:
    """The map ends in the middle."""
    text = original.text("cells_json")
    return Mutant(texts={"cells_json": text[: len(text) // 2]}, harm="half of the cells are lost to the tester")


def e142_ids_swapped(original: Original) -> Mutant | None:
    """The substrate map gives two cells each other's ids."""
    ids = original.map[1].ids
    if "e142" not in original.emitted.names or len(ids) < 2:
        return None
    one, other = ids[0], ids[-1]
    text = original.text("e142")
    swapped = text.replace(f">{one}<", ">\0<").replace(f">{other}<", f">{one}<").replace(">\0<", f">{other}<")
    return Mutant(texts={"e142": swapped}, harm=f"{one} and {other} are tested for each other")


def e142_cell_dropped(original: Original) -> Mutant | None:
    """The substrate map has no bin for a cell."""
    if "e142" not in original.emitted.names:
        return None
    text = original.text("e142")
    at = text.index("<BinCode>") + len("<BinCode>")
    end = text.index("</BinCode>", at)
    codes = text[at:end]
    place = next(k for k in range(0, len(codes), 2) if codes[k : k + 2] != "FF")
    changed = text[:at] + codes[:place] + "FF" + codes[place + 2 :] + text[end:]
    return Mutant(texts={"e142": changed}, harm="a cell is no device of the substrate")


def e142_quality(original: Original) -> Mutant | None:
    """The substrate map calls cells good that nobody has tested."""
    return _e142(original, 'BinQuality="Null"', 'BinQuality="Pass"', "cells are taken for good that are not tested")


def e142_upside_down(original: Original) -> Mutant | None:
    """The rows of the substrate map are counted from the other side."""
    return _e142(original, '"LowerLeft"', '"UpperLeft"', "rows are counted from the wrong side")


def e142_reference_moved(original: Original) -> Mutant | None:
    """The cell by which the substrate map is laid on the web is said to be elsewhere."""
    x = re.search(r'<Position X="([0-9.]+)"', original.text("e142")) if "e142" in original.emitted.names else None
    if x is None:
        return None
    moved = f'<Position X="{float(x.group(1)) + _MOVED_MM:.6f}"'
    return _e142(original, x.group(0), moved, f"all cells are looked for {_MOVED_MM:g} mm beside their places")


def _e142(original: Original, old: str, new: str, harm: str) -> Mutant | None:
    if "e142" not in original.emitted.names:
        return None
    text = original.text("e142")
    changed = text.replace(old, new, 1)
    return Mutant(texts={"e142": changed}, harm=harm) if changed != text else None


def _changed(original: Original, change: Callable[[Records], str]) -> Mutant:
    """Map and CSV with changed records."""
    document = copy.deepcopy(original.map[0])
    harm = change(document["cells"])
    head = original.text("cells_csv").split("\n", 1)[0]
    names = [column[: -len("_x_mm")] for column in head.split(",")[8:] if column.endswith("_x_mm")]
    rows = [head]
    for record in document["cells"]:
        at = {terminal["name"]: terminal for terminal in record["terminals"]}
        plain = ("id", "type", "row", "column", "x_mm", "y_mm", "rotation_deg", "status")
        values = [str(record[key]) for key in plain]
        values += [str(at[name][f"{axis}_mm"]) if name in at else "" for name in names for axis in "xy"]
        values += [
            " ".join(record["neighbours"]),
            *(str(record[key]) for key in ("touchdown", "site") if key in record),
        ]
        rows.append(",".join(values))
    return Mutant(texts={"cells_json": json.dumps(document), "cells_csv": "\n".join(rows) + "\n"}, harm=harm)
