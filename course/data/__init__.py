"""The datasets and pretrained models of the labs, available without a network.

Each dataset is a module with a function `load(seed, n)`. Importing them imports only NumPy.
"""

from course.data import backbone, breast_cancer, diabetes, digits, full, glyphs, histories, moons, tickets, wine

__all__ = ["backbone", "breast_cancer", "diabetes", "digits", "full", "glyphs", "histories", "moons", "tickets", "wine"]
