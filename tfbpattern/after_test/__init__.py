"""The stages after the test: results to bins and yields, maps, charts, other views, stacks, the second cut."""

from __future__ import annotations

from tfbpattern.after_test.charting import chart
from tfbpattern.after_test.maps import heatmap
from tfbpattern.after_test.merging import merge
from tfbpattern.after_test.singulating import singulate
from tfbpattern.after_test.stacking import stack
from tfbpattern.after_test.views import EXPORTS, diff, export

__all__ = ["EXPORTS", "chart", "diff", "export", "heatmap", "merge", "singulate", "stack"]
