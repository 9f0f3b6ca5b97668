"""Bins of a map: by status before the test, by the limits of the layout after it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tfbpattern.model.celltable import BinDefinition, BinMap, CellTable, Ints
from tfbpattern.model.tester import NO_BIN, Bin, Tester

# Two hexadecimal digits, of which FF is the empty place.
_LAST_CODE = 254


def own_codes(tester: Tester | None) -> tuple[int, int]:
    """Codes for cells that are untested and for cells marked bad: the two greatest that the layout leaves free."""
    taken = {NO_BIN, *(b.code for b in (tester.bins if tester else ()))}
    free = (code for code in range(_LAST_CODE, -1, -1) if code not in taken)
    return next(free), next(free)


def status_bins(cells: CellTable, tester: Tester | None) -> BinMap:
    """Before the test: every cell is untested, or marked bad."""
    untested, marked = own_codes(tester)
    codes = np.where(cells.marked, marked, untested)
    return BinMap(
        codes=codes,
        bins=(
            BinDefinition(code=untested, name="untested", quality="null", count=int((codes == untested).sum())),
            BinDefinition(code=marked, name="marked", quality="fail", count=int((codes == marked).sum())),
        ),
    )


def result_bins(codes: Ints, tester: Tester | None) -> BinMap:
    """After the test: the layout's bins in their order, code 99 for cells in none of them, and the untested."""
    untested, _ = own_codes(tester)
    bins: Sequence[Bin] = tester.bins if tester else ()
    known = [(b.code, b.name, b.quality) for b in bins]
    defined = [
        BinDefinition(code=code, name=name, quality=quality, count=int((codes == code).sum()))
        for code, name, quality in known
    ]
    defined.append(BinDefinition(code=NO_BIN, name="no-bin", quality="fail", count=int((codes == NO_BIN).sum())))
    defined.append(BinDefinition(code=untested, name="untested", quality="null", count=int((codes == untested).sum())))
    return BinMap(codes=codes, bins=tuple(defined))
