"""
Toolpath to the text of a machine: one module a dialect.

A post is a pure function from a toolpath to lines. A new one is a module of its own, its name in
:data:`tfbpattern.model.machine.PostName`, and a line in :data:`POSTS`.
"""

from __future__ import annotations

from collections.abc import Mapping

from tfbpattern.model.machine import PostName
from tfbpattern.posts import grbl, iso6983, linuxcnc
from tfbpattern.posts.post import Post

POSTS: Mapping[PostName, Post] = {"grbl": grbl.post, "iso6983": iso6983.post, "linuxcnc": linuxcnc.post}
