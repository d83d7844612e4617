"""Every open file that the process was born with, read, and asked where it leads."""

OWN = {
    "setup": """
import os, socket

for number in map(int, os.listdir("/proc/self/fd")):
    try:
        where = os.readlink(f"/proc/self/fd/{number}")
        print(number, where)
        if where.startswith("/") and not where.startswith("/dev"):
            print(os.pread(number, 1_000_000, 0))
            print(open(f"/proc/self/fd/{number}", "rb").read(1_000_000))
        os.listdir(f"/proc/self/fd/{number}/..")
    except OSError as error:
        print(type(error).__name__)
"""
}
