"""Runs a submission's tests in a process of its own, on what the student's process sends: plain data and handles."""
