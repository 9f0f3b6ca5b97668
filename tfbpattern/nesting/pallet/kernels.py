"""The inner loops of the block search, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tfbpattern.nesting.pallet.problem import Ints


@njit(cache=True)
def guillotine(
    xs: Ints, ys: Ints, x_rest: Ints, y_rest: Ints, a: int, b: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """
    Most boxes in every rectangle xs[i] x ys[j] by guillotine cuts at the given lengths, and the first cut.

    ``x_rest[i, k]`` numbers the longest of xs up to xs[i] - xs[k]. A cut is 0: one block of upright boxes, 1: one
    of turned ones, k + 1: at xs[k], -k: at ys[k] (P. C. Gilmore, R. E. Gomory, Operations Research 13, 1965).
    """
    count = np.zeros((len(xs), len(ys)), np.int32)
    cut = np.zeros((len(xs), len(ys)), np.int32)
    for i in range(len(xs)):
        x = xs[i]
        for j in range(len(ys)):
            y = ys[j]
            best, how = (x // a) * (y // b), 0
            if (x // b) * (y // a) > best:
                best, how = (x // b) * (y // a), 1
            bound = (x * y) // (a * b)
            k = 1
            while best < bound and k < i and 2 * xs[k] <= x:
                if count[k, j] + count[x_rest[i, k], j] > best:
                    best, how = count[k, j] + count[x_rest[i, k], j], k + 1
                k += 1
            k = 1
            while best < bound and k < j and 2 * ys[k] <= y:
                if count[i, k] + count[i, y_rest[j, k]] > best:
                    best, how = count[i, k] + count[i, y_rest[j, k]], -k
                k += 1
            count[i, j] = best
            cut[i, j] = how
    return count, cut


@njit(cache=True)
def five_blocks(
    count: NDArray[np.int32],
    xs: Ints,
    ys: Ints,
    x_rest: Ints,
    y_rest: Ints,
    at_x: Ints,
    at_y: Ints,
    box: int,
    best: int,
    target: int,
    steps: int,
) -> tuple[int, int, int, int, int, int]:
    """
    A pinwheel of five blocks with more than *best* boxes, each block as full as ``count`` says.

    Blocks: [0, x2] x [0, y1], [x2, X] x [0, y2], [x1, X] x [y2, Y], [0, x1] x [y1, Y] and the middle, with x1 <= x2
    and y1 <= y2 taken from the lengths numbered by *at_x* and *at_y* (E. E. Bischoff, W. B. Dowsland, J. Opl Res.
    Soc. 33, 1982). Blocks whose waste alone rules out a better nest are passed over. Returns the count, the numbers
    of x1, x2, y1, y2 (-1 where nothing better was found), and the steps left.
    """
    last_x, last_y = len(xs) - 1, len(ys) - 1
    whole_x, whole_y = xs[last_x], ys[last_y]
    found = (-1, -1, -1, -1)
    slack = whole_x * whole_y - (best + 1) * box
    for q in at_x[::-1]:
        beyond_q = x_rest[last_x, q]
        for r in at_y:
            above_r = y_rest[last_y, r]
            first = xs[q] * ys[r] - count[q, r] * box
            if first > slack:
                continue
            for p in at_x:
                if p > q:
                    break
                steps -= 1
                second = first + xs[p] * (whole_y - ys[r]) - count[p, above_r] * box
                if second > slack:
                    continue
                beyond_p = x_rest[last_x, p]
                for s in at_y:
                    if s < r:
                        continue
                    steps -= 1
                    third = second + (whole_x - xs[q]) * ys[s] - count[beyond_q, s] * box
                    if third > slack:
                        continue
                    above_s = y_rest[last_y, s]
                    if third + (whole_x - xs[p]) * (whole_y - ys[s]) - count[beyond_p, above_s] * box > slack:
                        continue
                    boxes = (
                        count[q, r]
                        + count[p, above_r]
                        + count[beyond_q, s]
                        + count[beyond_p, above_s]
                        + count[x_rest[q, p], y_rest[s, r]]
                    )
                    if boxes > best:
                        best, found = boxes, (p, q, r, s)
                        slack = whole_x * whole_y - (best + 1) * box
                        if best >= target:
                            return best, found[0], found[1], found[2], found[3], steps
            if steps < 0:
                return best, found[0], found[1], found[2], found[3], steps
    return best, found[0], found[1], found[2], found[3], steps


@njit(cache=True)
def four_blocks(width: int, length: int, a: int, b: int) -> tuple[int, int, int, int, int]:
    """
    The best of four homogeneous blocks in the corners of width x length: upright ones lower left and upper right.

    Returns the count, the columns i and rows j of the block lower left, the columns k of the one upper left and the
    rows n of the one upper right; the rest is what fits beside them (H. J. Steudel, Management Science 25, 1979).
    For columns i and k the count is a sum of one term in j and one in n, which only the overlap of opposite blocks
    ties together.
    """
    most = length // b
    turned = np.array([(length - j * b) // a for j in range(most + 1)])
    # The fewest rows lower left that leave room for the turned block above them, beside the one below n rows.
    least = np.empty(most + 1, np.int64)
    for n in range(most + 1):
        least[n] = 0
        while least[n] <= most and (turned[least[n]] + turned[n]) * a > length:
            least[n] += 1
    best = (-1, 0, 0, 0, 0)
    # The best j up to each j, and from each j on.
    up_to, onwards = np.zeros(most + 1, np.int64), np.zeros(most + 1, np.int64)
    for i in range(width // a + 1):
        lower_right = (width - i * a) // b
        for k in range(width // b + 1):
            upper_right = (width - k * b) // a
            upright_meet = (i + upper_right) * a > width
            turned_meet = (k + lower_right) * b > width
            left = np.arange(most + 1) * i + k * turned
            onwards[most] = most
            for j in range(1, most + 1):
                up_to[j] = j if left[j] > left[up_to[j - 1]] else up_to[j - 1]
                onwards[most - j] = most - j if left[most - j] > left[onwards[most - j + 1]] else onwards[most - j + 1]
            for n in range(most + 1):
                first, last = (least[n] if turned_meet else 0), (most - n if upright_meet else most)
                if first > last:
                    continue
                if first == 0:
                    j = up_to[last]
                elif last == most:
                    j = onwards[first]
                else:
                    j = first + int(np.argmax(left[first : last + 1]))
                count = left[j] + upper_right * n + lower_right * turned[n]
                if count > best[0]:
                    best = (count, i, j, k, n)
    return best
