"""A program of its own with the set-user-ID bit, as root's and as the grader's: it gives no right that was not
there."""

OWN = {
    "setup": """
import ctypes, os, shutil, subprocess

shutil.copy("/bin/sh", "shell")
for way in (
    lambda: os.chmod("shell", 0o6755),
    lambda: os.chown("shell", 0, 0),
    lambda: os.setuid(0),
    lambda: os.setresuid(0, 0, 0),
    lambda: os.setgroups([0]),
    lambda: os.chroot("."),
    lambda: os.mknod("memory", 0o20666, os.makedev(1, 1)),
    lambda: subprocess.run(["sudo", "-n", "id"], check=True),
    lambda: subprocess.run(["su", "-c", "id"], check=True, stdin=subprocess.DEVNULL, timeout=2),
):
    try:
        print("done", way())
    except Exception as error:
        print(type(error).__name__)
"""
}
