"""The datasets of the labs: one `load(seed, n)` each, no network, nothing imported but NumPy. And trained models."""

from course.data import backbone, breast_cancer, diabetes, digits, full, glyphs, histories, moons, tickets, wine

__all__ = ["backbone", "breast_cancer", "diabetes", "digits", "full", "glyphs", "histories", "moons", "tickets", "wine"]
