"""The grader slowed down: its priority, its limits, its processor, its place in the queue; and its own raised."""

OWN = {
    "setup": """
import json, os, resource

at = json.load(open("targets.json"))
for number in (at["pid"], at["grader"], os.getppid()):
    for way in (
        lambda: os.setpriority(os.PRIO_PROCESS, number, 19),
        lambda: os.setpriority(os.PRIO_USER, 0, 19),
        lambda: os.sched_setaffinity(number, [0]),
        lambda: resource.prlimit(number, resource.RLIMIT_CPU, (1, 1)),
        lambda: os.sched_setscheduler(number, os.SCHED_IDLE, os.sched_param(0)),
        lambda: resource.setrlimit(resource.RLIMIT_DATA, (-1, -1)),
        lambda: resource.setrlimit(resource.RLIMIT_NPROC, (-1, -1)),
    ):
        try:
            print(way())
        except (OSError, ValueError) as error:
            print(type(error).__name__)
"""
}
