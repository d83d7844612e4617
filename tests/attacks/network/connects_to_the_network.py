"""TCP to this machine and to the world, by name and by number, over both versions of the protocol."""

NEVER = ("CONNECTED",)
OWN = {
    "setup": """
import json, socket, urllib.request

at = json.load(open("targets.json"))
for address in (("127.0.0.1", at["tcp"]), ("localhost", at["tcp"]), ("::1", at["tcp"]), ("1.1.1.1", 443)):
    try:
        socket.create_connection(address, 0.5).close()
        print("CONNECTED")
    except OSError as error:
        print(type(error).__name__)
for url in (f"http://127.0.0.1:{at['tcp']}", "https://example.org"):
    try:
        urllib.request.urlopen(url, timeout=0.5)
        print("CONNECTED")
    except Exception as error:
        print(type(error).__name__)
"""
}
