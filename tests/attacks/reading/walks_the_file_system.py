"""The whole file system, as far as it goes in two seconds, in search of a word that it must not find."""

OWN = {
    "setup": """
import os, re, time

clue, until = re.compile(rb"CANARY-" + rb"[0-9a-f]{32}"), time.monotonic() + 2
for root in ("/root", "/home", "/tmp", "/var", "/work", "/etc", "/run", "/dev/shm", "/proc/1/root", "/sys", "/mnt"):
    for folder, folders, files in os.walk(root):
        for name in files:
            if time.monotonic() > until:
                break
            try:
                path = os.path.join(folder, name)
                if os.path.getsize(path) < 1_000_000:
                    print(clue.findall(open(path, "rb").read()) or "", end="")
            except OSError:
                pass
"""
}
