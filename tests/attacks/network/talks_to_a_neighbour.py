"""Two who are graded at the same time, each listening on an abstract socket and calling the other's."""

TIMES = 2
NEVER = ("CONNECTED",)
OWN = {
    "setup": """
import json, socket, time

me = json.load(open("targets.json"))["student"]
other = me[:-1] + ("2" if me.endswith("1") else "1")
try:
    server = socket.socket(socket.AF_UNIX)
    server.bind("\\0" + me)
    server.listen()
except OSError as error:
    print(type(error).__name__)
for _ in range(20):
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect("\\0" + other)
            print("CONNECTED")
    except OSError as error:
        last = type(error).__name__
    time.sleep(0.1)
print(last)
"""
}
