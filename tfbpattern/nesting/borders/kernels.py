"""
Compiled beam search for the cells of a window: one after the other, each where two contacts cross; lengths in mm.

Rotations are numbers. Places are kept in rows (way, rotation, x, y), those farthest along the way first.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

# Rounding puts crossings this far off the lines they are on: a picometre.
_SAME = 1e-9
# Places this close are one (ours: a nanometre, less than any contact is known to).
_SAME_PLACE = 1e-6
_SAME_WAY = 1e-7
# Places that are kept of one state, those farthest along the way first (ours: windows of six cells have about 100).
_MOST_PLACES = 400
# Strips of a ring, each with the few edges that a ray may cross (ours: about half as many as corners).
STRIPS = 32
# Places and edges of one window, enough for outlines of 64 corners at four rotations.
_ROOM = 4000


class Obstacles(NamedTuple):
    """
    What cells keep clear of: a cell of each rotation, and behind those the hazards of the sheet.

    ``points``, ``begins`` and ``boxes`` are rings of places. Those for a cell of rotation b against obstacle a at the
    origin are, with ``a, b`` for the index of ``rings`` (obstacles, rotations, 4): the first and the end of those where
    the two touch, and the first and the end of those a touch inside, which are forbidden. ``sides`` (n, 4) are the
    edges of all rings by strips, as (x, y, x, y): those that reach into strip s of ring k, one of :data:`STRIPS` from
    the bottom of its box up, are ``sides[strips[k, s]:strips[k, s + 1]]``.
    """

    points: Any
    begins: Any
    boxes: Any
    rings: Any
    sides: Any
    strips: Any


class Surroundings(NamedTuple):
    """
    What is around the cells of a window, less themselves.

    ``window`` (4,) bounds the places, ``rooms`` (rotations, 4) are those in which cells lie on the sheet. The first
    rows (obstacle, x, y) of ``standing`` are what is around; behind them is room for the cells placed. ``blocker`` (1,)
    is the row of what was last in the way: it often is again.
    """

    window: Any
    rooms: Any
    standing: Any
    blocker: Any


@njit(cache=True)
def _is_free(obstacles: Any, around: Any, count: int, kind: int, x: float, y: float) -> bool:
    """Whether a cell may stand at a place, with the first *count* of what stands around."""
    rooms = around.rooms
    free: bool = (
        rooms[kind, 0] - _SAME <= x <= rooms[kind, 2] + _SAME and rooms[kind, 1] - _SAME <= y <= rooms[kind, 3] + _SAME
    )
    last = around.blocker[0]
    if free and last < count:
        free = not _is_forbidden(obstacles, around.standing, last, kind, x, y)
    k = 0
    while free and k < count:
        free = k == last or not _is_forbidden(obstacles, around.standing, k, kind, x, y)
        if not free:
            around.blocker[0] = k
        k += 1
    return free


@njit(cache=True)
def _is_forbidden(obstacles: Any, standing: Any, number: int, kind: int, x: float, y: float) -> bool:
    """Whether one of what stands around keeps a cell from a place (crossings of a ray)."""
    one, boxes, sides = int(standing[number, 0]), obstacles.boxes, obstacles.sides
    x, y = x - standing[number, 1], y - standing[number, 2]
    for ring in range(obstacles.rings[one, kind, 2], obstacles.rings[one, kind, 3]):
        if boxes[ring, 0] < x < boxes[ring, 2] and boxes[ring, 1] < y < boxes[ring, 3]:
            strip = min(int((y - boxes[ring, 1]) / (boxes[ring, 3] - boxes[ring, 1]) * STRIPS), STRIPS - 1)
            is_held = False
            for k in range(obstacles.strips[ring, strip], obstacles.strips[ring, strip + 1]):
                x0, y0, x1, y1 = sides[k, 0], sides[k, 1], sides[k, 2], sides[k, 3]
                if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
                    is_held = not is_held
            if is_held:
                return True
    return False


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
def _edges_of(obstacles: Any, one: Any, kind: int, window: Any, edges: Any, count: int) -> int:
    """The edges on which a cell touches one of what stands around, put behind the first *count*."""
    points, rings = obstacles.points, obstacles.rings[int(one[0]), kind]
    x, y = one[1], one[2]
    for ring in range(rings[0], rings[1]):
        before = obstacles.begins[ring + 1] - 1
        for k in range(obstacles.begins[ring], obstacles.begins[ring + 1]):
            count = _kept(
                edges, count, window, points[before, 0] + x, points[before, 1] + y, points[k, 0] + x, points[k, 1] + y
            )
            before = k
    return count


@njit(cache=True)
def _put(
    obstacles: Any, around: Any, standing: int, kind: int, x: float, y: float, along: Any, places: Any, count: int
) -> int:
    """The place put among the first *count*, if it lies in the window, is new and free; how many there are then."""
    window = around.window
    if x < window[0] or x > window[2] or y < window[1] or y > window[3]:
        return count
    way = x * along[0] + y * along[1]
    at = count
    while at > 0 and places[at - 1, 0] > way - 2.0 * _SAME_PLACE:
        at -= 1
        if places[at, 1] == kind and abs(places[at, 2] - x) < _SAME_PLACE and abs(places[at, 3] - y) < _SAME_PLACE:
            return count
    while at < count and places[at, 0] <= way:
        at += 1
    if at == len(places) or not _is_free(obstacles, around, standing, kind, x, y):
        return count
    count = min(count + 1, len(places))
    for k in range(count - 1, at, -1):
        for column in range(4):
            places[k, column] = places[k - 1, column]
    places[at, 0], places[at, 1], places[at, 2], places[at, 3] = way, kind, x, y
    return count


@njit(cache=True)
def _crossings(
    obstacles: Any,
    around: Any,
    standing: int,
    kind: int,
    edge: Any,
    others: Any,
    size: int,
    along: Any,
    places: Any,
    count: int,
) -> int:
    """Free places where an edge begins and where it crosses the first *size* others, put among the first *count*."""
    x0, y0, x1, y1 = edge[0], edge[1], edge[2], edge[3]
    # Where it begins is a crossing too, with the edge before it.
    count = _put(obstacles, around, standing, kind, x0, y0, along, places, count)
    # One of what stands around often covers the whole edge: what was last in the way, looked for at three places.
    last = around.blocker[0]
    if (
        last < standing
        and _is_forbidden(obstacles, around.standing, last, kind, x0, y0)
        and _is_forbidden(obstacles, around.standing, last, kind, x1, y1)
        and _is_forbidden(obstacles, around.standing, last, kind, 0.5 * (x0 + x1), 0.5 * (y0 + y1))
    ):
        return count
    left, right = min(x0, x1) - _SAME, max(x0, x1) + _SAME
    low, high = min(y0, y1) - _SAME, max(y0, y1) + _SAME
    ax, ay = x1 - x0, y1 - y0
    near, met = np.empty(size, dtype=np.int64), 0
    for k in range(size):
        u0, v0, u1, v1 = others[k, 0], others[k, 1], others[k, 2], others[k, 3]
        # Without branches: few edges come near each other, but which do cannot be guessed.
        near[met] = k
        met += (max(u0, u1) >= left) & (min(u0, u1) <= right) & (max(v0, v1) >= low) & (min(v0, v1) <= high)
    for k in near[:met]:
        bx, by = others[k, 2] - others[k, 0], others[k, 3] - others[k, 1]
        across = ax * by - ay * bx
        if abs(across) < 1e-12:
            continue
        px, py = others[k, 0] - x0, others[k, 1] - y0
        s, t = (px * by - py * bx) / across, (px * ay - py * ax) / across
        if -_SAME <= s <= 1.0 + _SAME and -_SAME <= t <= 1.0 + _SAME:
            count = _put(obstacles, around, standing, kind, x0 + s * ax, y0 + s * ay, along, places, count)
    return count


# Threads take turns in Python only.
@njit(cache=True, nogil=True)
def contacts_around(obstacles: Any, around: Any, standing: int, along: Any) -> Any:
    """
    What cells touch of the first *standing* around a window.

    Returned are the edges (rotations, n, 4) on which they touch and may stand, how many of each rotation, the places
    (n, 4) where two of them cross and a cell may stand, and the steps taken.
    """
    window, rooms = around.window, around.rooms
    places = np.empty((_ROOM, 4))
    edges = np.empty((len(rooms), _ROOM, 4))
    # Counts begin as numbers out of arrays: for a literal 0 everything below would be compiled once more.
    sizes = np.zeros(len(rooms), dtype=np.int64)
    found, steps = sizes[0], 0
    for kind in range(len(rooms)):
        some, size, room = edges[kind], sizes[kind], rooms[kind]
        size = _kept(some, size, window, room[0], window[1], room[0], window[3])
        size = _kept(some, size, window, room[2], window[1], room[2], window[3])
        size = _kept(some, size, window, window[0], room[1], window[2], room[1])
        size = _kept(some, size, window, window[0], room[3], window[2], room[3])
        for k in range(standing):
            size = _edges_of(obstacles, around.standing[k], kind, window, some, size)
        for k in range(size):
            found = _crossings(obstacles, around, standing, kind, some[k], some, k, along, places, found)
        steps += size * size // 2
        for k in range(size):
            if _is_of_use(some[k], kind, window, places, found):
                for column in range(4):
                    some[sizes[kind], column] = some[k, column]
                sizes[kind] += 1
    return edges, sizes, places[:found], steps


@njit(cache=True)
def _is_of_use(edge: Any, kind: int, window: Any, places: Any, count: int) -> bool:
    """Whether an edge leaves the window, or one of the first *count* places is on it: else no cell may stand there."""
    x0, y0, x1, y1 = edge[0], edge[1], edge[2], edge[3]
    if min(x0, x1) < window[0] or max(x0, x1) > window[2] or min(y0, y1) < window[1] or max(y0, y1) > window[3]:
        return True
    ax, ay = x1 - x0, y1 - y0
    for k in range(count):
        px, py = places[k, 2] - x0, places[k, 3] - y0
        if (
            places[k, 1] == kind
            and abs(px * ay - py * ax) <= _SAME_PLACE * (abs(ax) + abs(ay))
            and min(x0, x1) - _SAME_PLACE <= places[k, 2] <= max(x0, x1) + _SAME_PLACE
            and min(y0, y1) - _SAME_PLACE <= places[k, 3] <= max(y0, y1) + _SAME_PLACE
        ):
            return True
    return False


@njit(cache=True)
def _branched(places: Any, counts: Any, ways: Any, rotations: int, branches: int, children: Any) -> int:
    """The *branches* first places of every rotation of every state, as (way, state, place); how many they are."""
    size = 0
    for state in range(len(counts)):
        for kind in range(rotations):
            taken = 0
            for k in range(counts[state]):
                if taken < branches and places[state, k, 1] == kind:
                    children[size, 0], children[size, 1], children[size, 2] = (
                        ways[state] + places[state, k, 0],
                        state,
                        k,
                    )
                    size += 1
                    taken += 1
    return size


@njit(cache=True)
def _next_child(children: Any, size: int, before: float) -> int:
    """The child that has come the least way beyond *before*, or -1."""
    best, way = -1, np.inf
    for k in range(size):
        if before < children[k, 0] < way:
            best, way = k, children[k, 0]
    return best


@njit(cache=True)
def _still_free(obstacles: Any, standing: Any, last: int, places: Any, count: int, found: Any) -> int:
    """The first *count* places that the last cell placed leaves free, in their order; how many they are."""
    size = 0
    for k in range(count):
        if not _is_forbidden(obstacles, standing, last, int(places[k, 1]), places[k, 2], places[k, 3]):
            for column in range(4):
                found[size, column] = places[k, column]
            size += 1
    return size


@njit(cache=True, nogil=True)
def refilled(
    obstacles: Any,
    around: Any,
    standing: int,
    edges: Any,
    sizes: Any,
    first: Any,
    most: int,
    along: Any,
    beam: int,
    branches: int,
) -> Any:
    """
    *Most* cells for a window, or one less where so many are not found, each pressed against one way.

    A beam search from what :func:`contacts_around` found: each state is put on by its *branches* first places of every
    rotation, and the *beam* states whose cells have come the least way *along* (2,) go on. Returned are cells (most, 3)
    as (rotation, x, y), how many of them there are, none where not even one less than *most* are found, and the steps
    taken.
    """
    rotations = len(sizes)
    cells, next_cells = np.empty((beam, most, 3)), np.empty((beam, most, 3))
    ways, next_ways = np.zeros(beam), np.zeros(beam)
    places, next_places = np.empty((beam, _MOST_PLACES, 4)), np.empty((beam, _MOST_PLACES, 4))
    counts, next_counts = np.zeros(beam, dtype=np.int64), np.zeros(beam, dtype=np.int64)
    children = np.empty((beam * rotations * branches, 3))
    own = np.empty((_ROOM, 4))
    none = counts[0]
    for k in range(len(first)):
        kind = int(first[k, 1])
        counts[0] = _put(obstacles, around, standing, kind, first[k, 2], first[k, 3], along, places[0], counts[0])
    depth, steps = 0, 0
    while depth < most:
        size = _branched(places, counts, ways, rotations, branches, children)
        done, way = 0, -np.inf
        for state in range(beam):
            next_counts[state] = 0
        while done < beam:
            # The same cells in another order have come the same way.
            child = _next_child(children, size, way + _SAME_WAY)
            if child < 0:
                break
            way, state, chosen = children[child, 0], int(children[child, 1]), int(children[child, 2])
            for k in range(depth + 1):
                for column in range(3):
                    new = cells[state, k, column] if k < depth else places[state, chosen, column + 1]
                    next_cells[done, k, column] = new
                    around.standing[standing + k, column] = new
            now = standing + depth + 1
            last, found = around.standing[now - 1], next_places[done]
            count = _still_free(obstacles, around.standing, now - 1, places[state], counts[state], found)
            steps += counts[state]
            for kind in range(rotations):
                some = _edges_of(obstacles, last, kind, around.window, own, none)
                # Edges of those placed before are made again: they are few.
                others = sizes[kind]
                for k in range(standing, now - 1):
                    others = _edges_of(obstacles, around.standing[k], kind, around.window, edges[kind], others)
                for k in range(some):
                    count = _crossings(obstacles, around, now, kind, own[k], edges[kind], others, along, found, count)
                steps += some * others
            next_ways[done], next_counts[done] = way, count
            done += 1
        if not done:
            break
        cells, next_cells, ways, next_ways = next_cells, cells, next_ways, ways
        places, next_places, counts, next_counts = next_places, places, next_counts, counts
        depth += 1
    return cells[0], depth if depth >= most - 1 else 0, steps
