"""A secret read by detours: links, `/proc/self/root`, a mount, `/dev/fd`, the working folder's parents, O_PATH."""

OWN = {
    "setup": """
import json, os, shutil, subprocess

at = json.load(open("targets.json"))
secret = at["secret"]


def by_link(make):
    make(secret, make.__name__ + "ed")
    return open(make.__name__ + "ed").read()


def by_path():
    number = os.open(secret, os.O_PATH)
    return open(f"/proc/self/fd/{number}").read()


ways = [
    lambda: open(secret).read(),
    lambda: by_link(os.symlink),
    lambda: by_link(os.link),
    lambda: open("/proc/self/root" + secret).read(),
    lambda: open("/proc/self/cwd/" + "../" * 20 + secret).read(),
    by_path,
    lambda: subprocess.run(["cat", secret], capture_output=True).stdout,
    lambda: subprocess.run(["/bin/sh", "-c", f"exec < {secret}; cat"], capture_output=True).stdout,
    lambda: shutil.copytree(at["folder"], "copied"),
    lambda: os.rename(secret, "moved") or open("moved").read(),
    lambda: os.chdir(at["folder"]) or open("secret").read(),
]
for way in ways:
    try:
        print(way())
    except Exception as error:
        print(type(error).__name__)
"""
}
