"""Signals to every process there may be: the parent, the grader, the judge, all of the user's, all of the group."""

OWN = {
    "setup": """
import json, os, signal

at = json.load(open("targets.json"))
numbers = [os.getppid(), at["pid"], at["grader"], 1, *range(max(1, os.getpid() - 500), os.getpid() + 50)]
for number in numbers:
    if number in (os.getpid(),):
        continue
    for name in ("SIGKILL", "SIGSTOP", "SIGTERM", "SIGUSR1"):
        try:
            os.kill(number, getattr(signal, name))
            print("sent", name, number == os.getppid())
        except OSError:
            pass
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for way in (lambda: os.killpg(0, signal.SIGTERM), lambda: os.kill(-1, signal.SIGTERM)):
    try:
        way()
    except OSError as error:
        print(type(error).__name__)
"""
}
EARNS = {"first": (0, 1), "double": (0, 3), "last": (0, 1), "pick": (0, 1)}
