"""Environment variables, those of the own process as it was started and those of every process around it."""

OWN = {
    "setup": """
import glob, os

print(dict(os.environ))
for path in ["/proc/self/environ", *glob.glob("/proc/[0-9]*/environ"), *glob.glob("/proc/[0-9]*/cmdline")]:
    try:
        print(open(path, "rb").read())
    except OSError:
        pass
"""
}
