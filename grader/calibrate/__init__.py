"""How a threshold is found: what right answers reach over many seeds, and how rarely one of them would fail.

<<<<<<< HEAD
command.py      `grader calibrate`
collect.py      runs answers over many seeds, and collects the numbers that are compared with thresholds
tails.py        estimates from them how often a right answer would fail
record.py       writes calibration.json next to the lesson, and checks whether it still applies
=======
- `command`: the command `grader calibrate`
- `collect`: runs answers over many seeds and gathers the numbers that their checks compare with a threshold
- `tails`: the statistics: how often a right answer would fail a threshold, estimated from some tens of runs
- `record`: `calibration.json` next to each lesson, and whether it still holds
>>>>>>> wt-tests
"""
