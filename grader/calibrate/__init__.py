"""How a threshold is found: what right answers reach over many seeds, and how rarely one of them would fail.

- `command`: the command `grader calibrate`
- `collect`: runs answers over many seeds and gathers the numbers that their checks compare with a threshold
- `tails`: the statistics: how often a right answer would fail a threshold, estimated from some tens of runs
- `record`: `calibration.json` next to each lesson, and whether it still holds
"""
