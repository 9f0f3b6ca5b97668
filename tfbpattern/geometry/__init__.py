"""Plane geometry of chains of lines and arcs: numpy and shapely in and out, no battery, no file, no terminal."""
