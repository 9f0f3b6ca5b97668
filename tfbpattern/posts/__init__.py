"""
Toolpath to the text of a machine: one module a dialect.

A post is a pure function from a toolpath to lines. A new one is a module of its own and a line in :data:`POSTS`.
"""

from __future__ import annotations

from collections.abc import Mapping

from tfbpattern.posts import grbl, linuxcnc
from tfbpattern.posts.post import Post

POSTS: Mapping[str, Post] = {"grbl": grbl.post, "linuxcnc": linuxcnc.post}
