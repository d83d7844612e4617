"""The same without Python's `socket`: system calls by number, by libc, and in another architecture's table."""

NEVER = ("CONNECTED",)
OWN = {
    "setup": """
import ctypes, json, socket, struct

at = json.load(open("targets.json"))
libc = ctypes.CDLL(None, use_errno=True)
address = struct.pack("!HH4s8x", socket.AF_INET << 8, at["tcp"], bytes([127, 0, 0, 1]))
makers = [lambda: libc.socket(2, 1, 0), lambda: libc.syscall(41, 2, 1, 0), lambda: libc.syscall(0x40000029, 2, 1, 0)]
for make in makers:
    number = make()
    print(number, ctypes.get_errno())
    if number >= 0 and libc.connect(number, address, 16) == 0:
        print("CONNECTED")
for call in (425, 426, 427, 438, 434, 272, 308, 310, 311, 101, 165, 321, 298, 323):
    print(call, libc.syscall(call, 0, 0, 0, 0, 0), ctypes.get_errno())
"""
}
