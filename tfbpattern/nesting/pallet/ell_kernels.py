"""
The L-approach, compiled: rectangles and Ls divided into two Ls until blocks fill them.

An L is [0, X] x [0, y] and [0, x] x [0, Y]; with x = X and y = Y it is a rectangle. All lengths are numbers of the
lengths that sides of boxes add up to. What a piece must waste at least is known from its area and from colourings;
a division that wastes more than is left for it is never entered, which leaves few of them.

L. Lins, S. Lins, R. Morabito, "An L-approach for packing (l, w)-rectangles into rectangular and L-shaped pieces",
J. Opl Res. Soc. 54, 2003; E. G. Birgin, R. D. Lobato, R. Morabito, "An effective recursive partitioning approach for
the packing of identical rectangles in a rectangle", J. Opl Res. Soc. 61, 2010.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tfbpattern.nesting.pallet.problem import Ints

# Colours of both rods that are tried for one L (ours: beyond it they cost more time than the divisions they rule out).
MOST_COLORS = 256

MOST_LENGTHS = 1024
"""Numbers of lengths are packed into ten bits each."""


@njit(cache=True)
def _colored(width: int, length: int, rod: int, color: int) -> int:
    """Unit cells (i, j) of a rectangle with i + j = color modulo rod."""
    r, s = width % rod, length % rod
    count = (width * length - r * s) // rod
    for total in (color, color + rod):
        count += max(min(r - 1, total) - max(0, total - s + 1) + 1, 0)
    return count


@njit(cache=True)
def _rods(width: int, length: int, foot: int, stem: int, rod: int) -> int:
    """
    Most rods of 1 x rod in an L (x = stem, y = foot): each covers every colour of a diagonal colouring once.

    Both diagonals are tried.
    """
    most = width * length
    for color in range(rod):
        one = _colored(width, foot, rod, color) + _colored(stem, length - foot, rod, (color - foot) % rod)
        rise = length - foot
        other = _colored(stem, rise, rod, color) + _colored(width, foot, rod, (color - rise) % rod)
        most = min(most, one, other)
    return most


@njit(cache=True)
def least_waste(lengths: Ints, a: int, b: int, ell: tuple[int, int, int, int], memo: Any) -> int:
    """Area of the L (numbers of X, Y, x, y) that no boxes can cover, at least."""
    key = ((ell[0] * 1024 + ell[1]) * 1024 + ell[2]) * 1024 + ell[3]
    if key in memo:
        return memo[key]  # type: ignore[no-any-return]  # a numba dictionary of whole numbers
    width, length, stem, foot = lengths[ell[0]], lengths[ell[1]], lengths[ell[2]], lengths[ell[3]]
    area = width * foot + stem * (length - foot)
    boxes = area // (a * b)
    if a + b <= MOST_COLORS:
        boxes = min(boxes, _rods(width, length, foot, stem, a) // b, _rods(width, length, foot, stem, b) // a)
    memo[key] = area - boxes * a * b
    return int(area - boxes * a * b)


@njit(cache=True)
def standing(ell: tuple[int, int, int, int]) -> tuple[int, int, int, int, bool]:
    """The L as a rectangle where it is one, lying on its longer side, and whether its axes were exchanged for that."""
    width, length, stem, foot = ell
    stem, foot = min(stem, width), min(foot, length)
    if stem == 0:
        length, stem = foot, width
    elif foot == 0:
        width, foot = stem, length
    elif stem == width or foot == length:
        stem, foot = width, length
    if stem == width:
        foot = length
    if width < length or (width == length and stem < foot):
        return length, width, foot, stem, True
    return width, length, stem, foot, False


@njit(cache=True)
def pieces(
    rest: Ints, ell: tuple[int, int, int, int], kind: int, p: int, q: int, r: int
) -> tuple[bool, tuple[int, int, int, int], tuple[int, int, int, int]]:
    """
    The two Ls that division *kind* at p (across), q (along) and r makes of an L, and whether it makes any.

    0 to 2: a cut with one bend at (p, q), from top to right, left to top, right to bottom. 3 to 6: with two bends,
    ending in the inner corner. 7 and 8: with two bends through a rectangle, from p (q) to r at height q (p).
    """
    width, length, stem, foot = ell
    none = (0, 0, 0, 0)
    if kind == 0 and p <= stem and q <= foot:
        return True, (width, length, p, q), (rest[width, p], rest[length, q], rest[stem, p], rest[foot, q])
    if kind == 1 and p >= stem and q <= foot:
        return True, (p, rest[length, q], stem, rest[foot, q]), (width, foot, rest[width, p], q)
    if kind == 2 and p <= stem and q >= foot:
        return True, (rest[width, p], q, rest[stem, p], foot), (stem, length, p, rest[length, q])
    if kind == 3 and p < stem and q <= foot:
        return True, (stem, length, p, rest[length, q]), (rest[width, p], foot, rest[width, stem], q)
    if kind == 4 and p > stem and q <= foot:
        return True, (p, length, stem, q), (rest[width, stem], foot, rest[width, p], rest[foot, q])
    if kind == 5 and q < foot and p <= stem:
        return True, (width, foot, rest[width, p], q), (stem, rest[length, q], p, rest[length, foot])
    if kind == 6 and q > foot and p <= stem:
        return True, (width, q, p, foot), (stem, rest[length, foot], rest[stem, p], rest[length, q])
    if kind == 7 and p < r:
        return True, (r, length, p, rest[length, q]), (rest[width, p], length, rest[width, r], q)
    if kind == 8 and q < r:
        return True, (r, width, q, rest[width, p]), (rest[length, q], width, rest[length, r], p)
    return False, none, none


@njit(cache=True)
def fill(
    lengths: Ints,
    rest: Ints,
    count: NDArray[np.int32],
    a: int,
    b: int,
    ell: tuple[int, int, int, int],
    slack: int,
    failed: Any,
    cuts: Any,
    memo: Any,
    steps: Ints,
) -> int:
    """
    Waste of a nest that fills the L with no more waste than *slack*, or -1 where none was found.

    ``count`` has the boxes of every rectangle by guillotine cuts. ``failed`` keeps, by L, the slack that was too
    little; ``cuts`` the division that was enough, as (waste, kind, p, q, r); ``steps[0]`` counts down.
    """
    own_area = lengths[ell[0]] * lengths[ell[3]] + lengths[ell[2]] * (lengths[ell[1]] - lengths[ell[3]])
    width, length, stem, foot, _ = standing(ell)
    ell = (width, length, stem, foot)
    area = lengths[width] * lengths[foot] + lengths[stem] * (lengths[length] - lengths[foot])
    lost = own_area - area
    slack -= lost
    box = a * b
    if stem == width:
        boxes = count[width, length]
    else:
        boxes = max(
            count[width, foot] + count[stem, rest[length, foot]], count[stem, length] + count[rest[width, stem], foot]
        )
    if area - boxes * box <= slack:
        return int(area - boxes * box + lost)
    if width == 0 or length == 0 or least_waste(lengths, a, b, ell, memo) > slack:
        return -1
    key = ((width * 1024 + length) * 1024 + stem) * 1024 + foot
    if key in failed and failed[key] >= slack:
        return -1
    if key in cuts and cuts[key][0] <= slack:
        return int(cuts[key][0] + lost)
    first_kind, last_kind = (7, 9) if stem == width else (0, 7)
    for kind in range(first_kind, last_kind):
        previous_p = -1
        for k in range(width, -1, -1):
            p = rest[width, k]
            if p == previous_p:
                continue
            previous_p, previous_q = p, -1
            for m in range(length, -1, -1):
                q = rest[length, m]
                if q == previous_q:
                    continue
                previous_q = q
                first_r, last_r = (1, width if kind == 7 else length) if stem == width else (0, 1)
                for r in range(first_r, last_r):
                    steps[0] -= 1
                    if steps[0] < 0:
                        return -1
                    some, one, two = pieces(rest, ell, kind, p, q, r)
                    if not some or one[2] > one[0] or one[3] > one[1] or two[2] > two[0] or two[3] > two[1]:
                        continue
                    area_one = lengths[one[0]] * lengths[one[3]] + lengths[one[2]] * (lengths[one[1]] - lengths[one[3]])
                    area_two = lengths[two[0]] * lengths[two[3]] + lengths[two[2]] * (lengths[two[1]] - lengths[two[3]])
                    if area_one == 0 or area_two == 0:
                        continue
                    gone = area - area_one - area_two
                    if gone + area_one % box + area_two % box > slack:
                        continue
                    low_one = least_waste(lengths, a, b, one, memo)
                    if gone + low_one + area_two % box > slack:
                        continue
                    low_two = least_waste(lengths, a, b, two, memo)
                    if gone + low_one + low_two > slack:
                        continue
                    waste_one = fill(lengths, rest, count, a, b, one, slack - gone - low_two, failed, cuts, memo, steps)
                    if waste_one < 0:
                        continue
                    waste_two = fill(
                        lengths, rest, count, a, b, two, slack - gone - waste_one, failed, cuts, memo, steps
                    )
                    if waste_two < 0 and waste_one > low_one:
                        # The first piece may do with less, and leave more to the second.
                        waste_two = fill(
                            lengths, rest, count, a, b, two, slack - gone - low_one, failed, cuts, memo, steps
                        )
                        if waste_two >= 0:
                            waste_one = fill(
                                lengths, rest, count, a, b, one, slack - gone - waste_two, failed, cuts, memo, steps
                            )
                    if waste_one >= 0 and waste_two >= 0:
                        waste = gone + waste_one + waste_two
                        cuts[key] = (waste, kind, p, q, r)
                        return int(waste + lost)
    failed[key] = slack
    return -1
