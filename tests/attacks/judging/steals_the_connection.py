"""The judge's connection, handed by the agent to a process that outlives the cell and answers in its place."""

CELLS = {
    "last": """
import ctypes, os, time
import grader.judge.agent as agent

real, answer_all = agent.serve, agent.answer_all


def stolen(connection, *args):
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, b"attackd")
        time.sleep(1)
        answer_all(connection, *args)
        time.sleep(1000)
        os._exit(0)


agent.answer_all = stolen


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent.answer_all = answer_all"}
EARNS = {"last": 0, "pick": (0, 1)}
