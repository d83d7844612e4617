"""Unix sockets of the machine's services: Docker, D-Bus, systemd, an agent of keys; by path, by name, by datagram."""

NEVER = ("CONNECTED",)
OWN = {
    "setup": """
import glob, json, os, socket

at = json.load(open("targets.json"))
streams = [at["unix"], "\\0" + at["abstract"], "/var/run/docker.sock", "/run/podman/podman.sock"]
streams += ["/run/dbus/system_bus_socket", *glob.glob("/tmp/ssh-*/*"), *glob.glob("/run/*.sock")]
for address in streams:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        try:
            with socket.socket(socket.AF_UNIX, kind) as sock:
                sock.settimeout(0.5)
                sock.connect(address)
                print("CONNECTED", kind)
        except OSError as error:
            print(type(error).__name__)
try:
    for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM):
        end.sendto(b"secret", at["datagram"])
except OSError as error:
    print(type(error).__name__)
"""
}
