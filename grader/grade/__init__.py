"""Grading a class: reassemble each submission, run it, score it, record it in nbgrader's gradebook."""
