"""Yields by row, column, site, touchdown and frame; sites that read off; places that fail again and again."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from tfbpattern.model.celltable import Floats, Ints
from tfbpattern.model.results import Results
from tfbpattern.model.yields import GroupYield, Repeating, SiteOff

# (ours: one false alarm in a thousand sheets, however many sites and columns are asked about)
_ALARM = 0.001
# (ours: half the spread of the cells; less is no matter for a tester, however sure it is)
_LEAST_OFFSET = 0.5
# The standard deviation of a normal distribution by its median absolute deviation, and of its median by that of
# one value (both: any textbook of robust statistics).
_BY_MAD = 1.4826
_OF_MEDIAN = math.sqrt(math.pi / 2.0)


def group_yields(results: Results) -> dict[str, list[GroupYield]]:
    """Yields by each way in which cells are grouped; touchdowns and sites where the map has them."""
    cells, count = results.cells, len(results.frames)
    groups = {"row": np.tile(cells.row, count), "column": np.tile(cells.column, count)}
    if (cells.site >= 0).all():
        groups |= {"site": np.tile(cells.site, count), "touchdown": np.tile(cells.touchdown, count)}
    if count > 1:
        groups["frame"] = np.repeat(np.arange(results.frames.start, results.frames.stop), len(cells))
    return {name: _by(keys, results) for name, keys in groups.items()}


def _by(keys: Ints, results: Results) -> list[GroupYield]:
    tested = np.bincount(keys, results.tested)
    passed = np.bincount(keys, results.passed)
    return [GroupYield(key=key, tested=int(tested[key]), passed=int(passed[key])) for key in np.unique(keys).tolist()]


def sites_off(results: Results) -> list[SiteOff]:
    """
    Sites that read off, by column and by yield.

    A site's median is compared with the middle of the other sites' medians by the standard error of a median, from the
    median absolute deviation of the cells from their site's median; alarms are shared out over all questions asked
    (Bonferroni). What is off by less than half the spread of the cells is left alone. Of two sites both are named.
    """
    cells = results.cells
    if not (cells.site >= 0).all() or len(np.unique(cells.site)) < 2:
        return []
    site = np.tile(cells.site, len(results.frames))[results.tested]
    columns = {name: results.values(name)[results.tested] for name in results.readings.values}
    sites = np.unique(site).tolist()
    limit = -NormalDist().inv_cdf(_ALARM / 2.0 / max(len(sites) * (len(columns) + 1), 1))
    found = []
    for name, values in columns.items():
        there = ~np.isnan(values)
        found += _medians_off(name, site[there], values[there], sites, limit)
    passed = results.passed[results.tested]
    for number in sites:
        own = site == number
        n, m = int(own.sum()), int((~own).sum())
        if not n or not m:
            continue
        share, rest = float(passed[own].mean()), float(passed[~own].mean())
        pooled = float(passed.mean())
        error = math.sqrt(max(pooled * (1.0 - pooled), 1e-12) * (1.0 / n + 1.0 / m))
        # A tenth of the cells (ours) is what a tester would stop for.
        if abs(share - rest) > max(limit * error, 0.1):
            found.append(SiteOff(site=number, column="yield", offset=share - rest, sigmas=(share - rest) / error))
    return found


def _medians_off(name: str, site: Ints, values: Floats, sites: list[int], limit: float) -> list[SiteOff]:
    """Sites whose median lies apart from the middle of the other sites' medians."""
    parts = {number: values[site == number] for number in sites}
    # Of two readings there is no telling which is off.
    parts = {number: part for number, part in parts.items() if len(part) >= 3}
    if len(parts) < 2:
        return []
    medians = {number: float(np.median(part)) for number, part in parts.items()}
    residual = np.concatenate([np.abs(part - medians[number]) for number, part in parts.items()])
    spread = _BY_MAD * float(np.median(residual))
    found = []
    for number, part in parts.items():
        others = [median for other, median in medians.items() if other != number]
        error = _OF_MEDIAN * spread * math.sqrt(1.0 / len(part) + 1.0 / (len(residual) - len(part)))
        off = medians[number] - float(np.median(others))
        if abs(off) > max(limit * error, _LEAST_OFFSET * spread) and off:
            sigmas = off / error if error else math.copysign(math.inf, off)
            found.append(SiteOff(site=number, column=name, offset=off, sigmas=sigmas))
    return found


def fail_counts(results: Results) -> tuple[Ints, Ints]:
    """For each place of the map: in how many frames it was tested, and in how many it failed."""
    shape = (len(results.frames), len(results.cells))
    tested = results.tested.reshape(shape)
    return tested.sum(axis=0), (tested & ~results.passed.reshape(shape)).sum(axis=0)


def repeating_places(results: Results) -> list[Repeating]:
    """
    Places that fail more often over the frames than the whole does, beyond chance.

    The chance of as many failures is that of a binomial distribution with the yield of all cells; alarms are shared
    out over all places.
    """
    if len(results.frames) < 2:
        return []
    tested, failed = fail_counts(results)
    share = failed.sum() / max(tested.sum(), 1)
    limit = _ALARM / max(len(tested), 1)
    tails = {n: _binomial_tail(n, share) for n in np.unique(tested).tolist()}
    found = [
        Repeating(row=row, column=column, tested=n, failed=k)
        for row, column, n, k in zip(
            results.cells.row.tolist(), results.cells.column.tolist(), tested.tolist(), failed.tolist(), strict=True
        )
        if tails[n][k] < limit
    ]
    return sorted(found, key=lambda place: (-place.failed, place.row, place.column))


def _binomial_tail(n: int, share: float) -> NDArray[np.float64]:
    """Chance of k failures or more of n, for k from 0 to n."""
    if share <= 0.0 or share >= 1.0:
        return np.ones(n + 1) if share >= 1.0 else np.append(1.0, np.zeros(n))
    k = np.arange(n + 1)
    logs = np.array([math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in range(n + 1)])
    chance = np.exp(logs + k * math.log(share) + (n - k) * math.log1p(-share))
    return np.asarray(chance[::-1].cumsum()[::-1], dtype=np.float64)
