"""Measurements of this course's own tools beside other ways of doing the same; nothing here is needed to use it."""
