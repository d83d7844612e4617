"""UDP, and what is made of it: a name server asked for a name that holds the answer, raw packets, multicast."""

OWN = {
    "setup": """
import json, socket

at = json.load(open("targets.json"))
kinds = [(socket.AF_INET, socket.SOCK_DGRAM), (socket.AF_INET, socket.SOCK_RAW), (socket.AF_INET6, socket.SOCK_DGRAM)]
for family, kind in kinds:
    try:
        with socket.socket(family, kind) as sock:
            sock.sendto(b"secret", ("127.0.0.1", at["udp"]))
            sock.sendto(b"secret", ("8.8.8.8", 53))
    except (OSError, socket.gaierror) as error:
        print(type(error).__name__)
try:
    socket.getaddrinfo("secret.example.org", 80)
except OSError as error:
    print(type(error).__name__)
"""
}
