"""How a threshold is found: what right answers reach over many seeds, and how rarely one of them would fail.

command.py      `grader calibrate`
collect.py      runs answers over many seeds, and collects the numbers that are compared with thresholds
tails.py        estimates from them how often a right answer would fail
record.py       writes calibration.json next to the lesson, and checks whether it still applies
"""
