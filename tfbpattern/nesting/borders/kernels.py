"""
Compiled beam search for the cells of a window: one after the other, each where two contacts cross; lengths in mm.

Rotations are numbers. What they keep clear of is given as rings (see :mod:`tfbpattern.nesting.contact.rings`) with
owners: those of rotation b against a are ``owners[a * rotations + b]`` to ``owners[a * rotations + b + 1]``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from tfbpattern.nesting.contact.kernels import ring_holds

# Rounding puts crossings this far off the lines they are on: a picometre.
_SAME = 1e-9
# Places that are kept of one state, those farthest along the way first (ours: windows of six cells have about 100).
_MOST_PLACES = 400
# Places and edges of one window, enough for outlines of 64 corners at four rotations.
_ROOM = 4000


class Contacts(NamedTuple):
    """Rings of pairs of rotations: ``border`` where two cells touch, ``inner`` a touch inside of it."""

    rotations: int
    border: Any
    border_begins: Any
    border_owners: Any
    inner: Any
    inner_begins: Any
    inner_boxes: Any
    inner_owners: Any


class Surroundings(NamedTuple):
    """
    What a window's cells keep clear of, less themselves.

    ``window`` (4,) bounds the places, ``rooms`` (rotations, 4) are those in which cells lie on the sheet. The zones of
    what is in the way are rings like those of :class:`Contacts`, ``zone_owners[a]`` being the first of rotation a. The
    first ``frozen`` of ``kinds``, ``xs`` and ``ys`` are the cells around; behind them is room for those placed.
    """

    window: Any
    rooms: Any
    zone_border: Any
    zone_border_begins: Any
    zone_inner: Any
    zone_inner_begins: Any
    zone_inner_boxes: Any
    zone_owners: Any
    kinds: Any
    xs: Any
    ys: Any
    frozen: int


@njit(cache=True)
def _held(points: Any, begins: Any, boxes: Any, first: int, last: int, x: float, y: float) -> bool:
    """Whether one of some rings holds a place."""
    for ring in range(first, last):
        if (
            boxes[ring, 0] < x < boxes[ring, 2]
            and boxes[ring, 1] < y < boxes[ring, 3]
            and ring_holds(points, begins[ring], begins[ring + 1], x, y)
        ):
            return True
    return False


@njit(cache=True)
def _is_free(contacts: Any, around: Any, placed: int, kind: int, x: float, y: float) -> bool:
    """Whether a cell may stand at a place, with the cells around and the first *placed* of the new ones."""
    room = around.rooms[kind]
    if x < room[0] - _SAME or x > room[2] + _SAME or y < room[1] - _SAME or y > room[3] + _SAME:
        return False
    if _held(
        around.zone_inner,
        around.zone_inner_begins,
        around.zone_inner_boxes,
        around.zone_owners[kind],
        around.zone_owners[kind + 1],
        x,
        y,
    ):
        return False
    for k in range(around.frozen + placed):
        pair = around.kinds[k] * contacts.rotations + kind
        if _held(
            contacts.inner,
            contacts.inner_begins,
            contacts.inner_boxes,
            contacts.inner_owners[pair],
            contacts.inner_owners[pair + 1],
            x - around.xs[k],
            y - around.ys[k],
        ):
            return False
    return True


@njit(cache=True)
def _kept(edges: Any, count: int, window: Any, ax: float, ay: float, bx: float, by: float) -> int:
    """The edge, if it passes through the window, put behind the first *count*; how many there are then."""
    if (
        count < len(edges)
        and max(ax, bx) >= window[0]
        and min(ax, bx) <= window[2]
        and max(ay, by) >= window[1]
        and min(ay, by) <= window[3]
    ):
        edges[count, 0], edges[count, 1], edges[count, 2], edges[count, 3] = ax, ay, bx, by
        count += 1
    return count


@njit(cache=True)
def _ring_edges(
    points: Any, begins: Any, first: int, last: int, x: float, y: float, window: Any, edges: Any, count: int
) -> int:
    """The edges of some rings moved by (x, y) that pass through the window, put behind the first *count*."""
    for ring in range(first, last):
        before = begins[ring + 1] - 1
        for k in range(begins[ring], begins[ring + 1]):
            count = _kept(
                edges, count, window, points[before, 0] + x, points[before, 1] + y, points[k, 0] + x, points[k, 1] + y
            )
            before = k
    return count


@njit(cache=True)
def _edges_around(contacts: Any, around: Any, kind: int, edges: Any) -> int:
    """The edges on which a cell touches what is around, and how many there are."""
    window, room = around.window, around.rooms[kind]
    count = _kept(edges, 0, window, room[0], window[1], room[0], window[3])
    count = _kept(edges, count, window, room[2], window[1], room[2], window[3])
    count = _kept(edges, count, window, window[0], room[1], window[2], room[1])
    count = _kept(edges, count, window, window[0], room[3], window[2], room[3])
    count = _ring_edges(
        around.zone_border,
        around.zone_border_begins,
        around.zone_owners[kind],
        around.zone_owners[kind + 1],
        0.0,
        0.0,
        window,
        edges,
        count,
    )
    for k in range(around.frozen):
        pair = around.kinds[k] * contacts.rotations + kind
        first, last = contacts.border_owners[pair], contacts.border_owners[pair + 1]
        count = _ring_edges(
            contacts.border,
            contacts.border_begins,
            first,
            last,
            around.xs[k],
            around.ys[k],
            window,
            edges,
            count,
        )
    return count


@njit(cache=True)
def _put(contacts: Any, around: Any, placed: int, kind: int, x: float, y: float, count: int, found: Any) -> int:
    """The place, if it lies in the window and a cell may stand there, as ``found[count]``; how many there are then."""
    window = around.window
    if (
        count < len(found)
        and window[0] <= x <= window[2]
        and window[1] <= y <= window[3]
        and _is_free(contacts, around, placed, kind, x, y)
    ):
        found[count, 0], found[count, 1], found[count, 2] = kind, x, y
        count += 1
    return count


@njit(cache=True)
def _begins(contacts: Any, around: Any, placed: int, kind: int, edges: Any, size: int, count: int, found: Any) -> int:
    """Free places where edges begin, from ``found[count]`` on; how many there are then."""
    for i in range(size):
        count = _put(contacts, around, placed, kind, edges[i, 0], edges[i, 1], count, found)
    return count


@njit(cache=True)
def _crossings(
    contacts: Any,
    around: Any,
    placed: int,
    kind: int,
    edges: Any,
    size: int,
    others: Any,
    other_size: int,
    same: bool,
    count: int,
    found: Any,
) -> int:
    """
    Free places where edges cross others, from ``found[count]`` on; how many there are then.

    Where the others are the *same* edges, every pair counts once.
    """
    for i in range(size):
        x0, y0, x1, y1 = edges[i, 0], edges[i, 1], edges[i, 2], edges[i, 3]
        left, right = min(x0, x1) - _SAME, max(x0, x1) + _SAME
        low, high = min(y0, y1) - _SAME, max(y0, y1) + _SAME
        ax, ay = x1 - x0, y1 - y0
        for j in range(i if same else other_size):
            u0, v0, u1, v1 = others[j, 0], others[j, 1], others[j, 2], others[j, 3]
            if max(u0, u1) < left or min(u0, u1) > right or max(v0, v1) < low or min(v0, v1) > high:
                continue
            bx, by = u1 - u0, v1 - v0
            across = ax * by - ay * bx
            if abs(across) < 1e-12:
                continue
            px, py = u0 - x0, v0 - y0
            s, t = (px * by - py * bx) / across, (px * ay - py * ax) / across
            if -_SAME <= s <= 1.0 + _SAME and -_SAME <= t <= 1.0 + _SAME:
                count = _put(contacts, around, placed, kind, x0 + s * ax, y0 + s * ay, count, found)
    return count


@njit(cache=True)
def _sorted(found: Any, along_x: float, along_y: float) -> Any:
    """Places (n, 3) by their way along, each once, no more than are kept."""
    order = np.argsort(found[:, 1] * along_x + found[:, 2] * along_y, kind="mergesort")
    kept = np.empty((min(len(found), _MOST_PLACES), 3))
    count = 0
    for k in order:
        if count == len(kept):
            break
        again = False
        # Places at the same way along stand next to each other.
        for other in range(max(count - 4, 0), count):
            if (
                kept[other, 0] == found[k, 0]
                and abs(kept[other, 1] - found[k, 1]) < 1e-6
                and abs(kept[other, 2] - found[k, 2]) < 1e-6
            ):
                again = True
                break
        if not again:
            kept[count] = found[k]
            count += 1
    return kept[:count]


@njit(cache=True)
def contacts_around(contacts: Any, around: Any) -> Any:
    """
    The edges (rotations, n, 4) on which cells touch what is around, how many of each rotation, the places (n, 3) where
    two of them cross and a cell may stand, as (rotation, x, y), and the steps taken.
    """
    found = np.empty((_ROOM, 3))
    edges = np.empty((contacts.rotations, _ROOM, 4))
    sizes = np.empty(contacts.rotations, dtype=np.int64)
    count, steps = 0, 0
    for kind in range(contacts.rotations):
        sizes[kind] = _edges_around(contacts, around, kind, edges[kind])
        size = sizes[kind]
        count = _begins(contacts, around, 0, kind, edges[kind], size, count, found)
        count = _crossings(contacts, around, 0, kind, edges[kind], size, edges[kind], size, True, count, found)
        steps += size * size // 2
    return edges, sizes, found[:count].copy(), steps


@njit(cache=True)
def refilled(
    contacts: Any,
    around: Any,
    edges: Any,
    sizes: Any,
    first_places: Any,
    most: int,
    along_x: float,
    along_y: float,
    beam: int,
    branches: int,
) -> Any:
    """
    *Most* cells for a window, or one less where so many are not found, each pressed against one way.

    A beam search from the contacts of :func:`contacts_around`: each state is put on by its *branches* first places of
    every rotation, and the *beam* states whose cells have come the least way along (*along_x*, *along_y*) go on.
    Returned are the cells (n, 3) as (rotation, x, y), none where not even one less than *most* are found, and the steps
    taken.
    """
    steps = 0
    rotations = contacts.rotations
    cells = np.empty((1, most, 3))
    ways = np.zeros(1)
    begin = _sorted(first_places, along_x, along_y)
    places = np.empty((beam, _MOST_PLACES, 3))
    counts = np.zeros(beam, dtype=np.int64)
    places[0, : len(begin)] = begin
    counts[0] = len(begin)
    new = np.empty((_ROOM, 3))
    own = np.empty((_ROOM, 4))
    other = np.empty((_ROOM, 4))
    states = 1
    nearly = np.empty((0, 3))
    for depth in range(most):
        size = 0
        children = np.empty((states * rotations * branches, 3))
        for state in range(states):
            for kind in range(rotations):
                taken = 0
                for k in range(counts[state]):
                    if places[state, k, 0] == kind:
                        way = ways[state] + places[state, k, 1] * along_x + places[state, k, 2] * along_y
                        children[size, 0], children[size, 1], children[size, 2] = way, state, k
                        size += 1
                        taken += 1
                        if taken == branches:
                            break
        if not size:
            break
        order = np.argsort(children[:size, 0], kind="mergesort")
        next_cells = np.empty((beam, most, 3))
        next_ways = np.zeros(beam)
        next_places = np.empty((beam, _MOST_PLACES, 3))
        next_counts = np.zeros(beam, dtype=np.int64)
        done = 0
        for child in order:
            if done == beam:
                break
            way = children[child, 0]
            # The same cells in another order have come the same way.
            if done and abs(next_ways[done - 1] - way) < 1e-7:
                continue
            state, chosen = int(children[child, 1]), int(children[child, 2])
            next_cells[done, :depth] = cells[state, :depth]
            next_cells[done, depth] = places[state, chosen]
            next_ways[done] = way
            if depth + 1 == most:
                return next_cells[done], steps
            for k in range(depth + 1):
                around.kinds[around.frozen + k] = int(next_cells[done, k, 0])
                around.xs[around.frozen + k] = next_cells[done, k, 1]
                around.ys[around.frozen + k] = next_cells[done, k, 2]
            last, x, y = int(places[state, chosen, 0]), places[state, chosen, 1], places[state, chosen, 2]
            count = 0
            for k in range(counts[state]):
                pair = last * rotations + int(places[state, k, 0])
                if count < len(new) and not _held(
                    contacts.inner,
                    contacts.inner_begins,
                    contacts.inner_boxes,
                    contacts.inner_owners[pair],
                    contacts.inner_owners[pair + 1],
                    places[state, k, 1] - x,
                    places[state, k, 2] - y,
                ):
                    new[count] = places[state, k]
                    count += 1
            steps += counts[state]
            for kind in range(rotations):
                pair = last * rotations + kind
                first, end = contacts.border_owners[pair], contacts.border_owners[pair + 1]
                some = _ring_edges(contacts.border, contacts.border_begins, first, end, x, y, around.window, own, 0)
                count = _begins(contacts, around, depth + 1, kind, own, some, count, new)
                count = _crossings(
                    contacts, around, depth + 1, kind, own, some, edges[kind], sizes[kind], False, count, new
                )
                steps += some * sizes[kind]
                # Edges of those placed before are made again: they are few.
                for k in range(depth):
                    pair = int(next_cells[done, k, 0]) * rotations + kind
                    first, end = contacts.border_owners[pair], contacts.border_owners[pair + 1]
                    size_k = _ring_edges(
                        contacts.border,
                        contacts.border_begins,
                        first,
                        end,
                        next_cells[done, k, 1],
                        next_cells[done, k, 2],
                        around.window,
                        other,
                        0,
                    )
                    count = _crossings(contacts, around, depth + 1, kind, own, some, other, size_k, False, count, new)
                    steps += some * size_k
            kept = _sorted(new[:count], along_x, along_y)
            next_places[done, : len(kept)] = kept
            next_counts[done] = len(kept)
            done += 1
        cells, ways, places, counts, states = next_cells, next_ways, next_places, next_counts, done
        if depth + 2 == most:
            nearly = cells[0, : depth + 1].copy()
    return nearly, steps
