"""The datasets of the labs: one `load(seed, n)` each, no network, nothing imported but NumPy."""

from course.data import breast_cancer, diabetes, histories, moons, tickets, wine

__all__ = ["breast_cancer", "diabetes", "histories", "moons", "tickets", "wine"]
