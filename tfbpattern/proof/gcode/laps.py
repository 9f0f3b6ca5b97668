"""Motion as a controller makes it, in laps that may be made many times over."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfbpattern.proof.curves import Floats, Moves


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lap:
    """
    Motion that is made ``times`` times over, one array element a motion.

    ``code`` is that of the G word, ``power`` and ``feed_mm_s`` what the beam has (power 0: dark).
    """

    moves: Moves
    code: NDArray[np.int8]
    power: Floats
    feed_mm_s: Floats
    line: NDArray[np.int64]
    times: int

    def __len__(self) -> int:
        return len(self.code)

    @property
    def lit(self) -> NDArray[np.bool_]:
        """Which motions are made with the beam on."""
        return self.power > 0.0

    def again(self, times: int) -> Lap:
        """The same motion, so many times as often."""
        return dataclasses.replace(self, times=self.times * times)

    def since(self, begin: int) -> Lap:
        """The motion from one of its numbers on."""
        rest = slice(begin, None)
        return Lap(
            moves=self.moves.taken(rest),
            code=self.code[rest],
            power=self.power[rest],
            feed_mm_s=self.feed_mm_s[rest],
            line=self.line[rest],
            times=self.times,
        )

    def then(self, other: Lap) -> Lap:
        """This motion and after it another, as often as this."""
        return dataclasses.replace(
            Lap.one_of([dataclasses.replace(lap, times=1) for lap in (self, other)]), times=self.times
        )

    @classmethod
    def one_of(cls, laps: Sequence[Lap]) -> Lap:
        """All laps as often as they are made, one after the other, as one that is made once."""
        every = [lap for lap in laps for _ in range(lap.times)]
        return cls(
            moves=Moves.joined([lap.moves for lap in every]),
            times=1,
            **{
                key: np.concatenate([getattr(lap, key) for lap in every])
                for key in ("code", "power", "feed_mm_s", "line")
            },
        )


def moves_of(start: Floats, end: Floats, centre: Floats, code: NDArray[np.int8]) -> Moves:
    """Codes and centres as sweeps; an arc that ends where it starts is a full circle."""
    sweep = np.zeros(len(start))
    arc = code >= 2
    a, b = start[arc] - centre[arc], end[arc] - centre[arc]
    angle = np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1))
    same = (start[arc] == end[arc]).all(axis=1)
    left = code[arc] == 3
    turned = np.where(left, angle % (2.0 * np.pi), -((-angle) % (2.0 * np.pi)))
    sweep[arc] = np.where(same, np.where(left, 2.0 * np.pi, -2.0 * np.pi), turned)
    return Moves(
        start=start,
        end=end,
        centre=np.where(arc[:, None], centre, start),
        sweep_rad=sweep,
        owner=np.zeros(len(start), dtype=np.int64),
    )
