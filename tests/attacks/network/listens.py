"""A server of its own, to which somebody outside could connect: on TCP, or in another folder."""

NEVER = ("LISTENING",)
OWN = {
    "setup": """
import json, socket

at = json.load(open("targets.json"))
for family, address in (
    (socket.AF_INET, ("0.0.0.0", 0)),
    (socket.AF_INET6, ("::", 0)),
    (socket.AF_UNIX, at["folder"] + "/socket"),
):
    try:
        sock = socket.socket(family)
        sock.bind(address)
        sock.listen()
        print("LISTENING", address)
    except OSError as error:
        print(type(error).__name__)
"""
}
