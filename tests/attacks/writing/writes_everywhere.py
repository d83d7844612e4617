"""Files made, changed, emptied, renamed and deleted in a folder that is open to everybody."""

OWN = {
    "setup": """
import json, os, shutil

at = json.load(open("targets.json"))
folder = at["folder"]
ways = [
    lambda: open(f"{folder}/made", "w").close(),
    lambda: open(f"{folder}/secret", "a").write("x"),
    lambda: open(f"{folder}/secret", "w").close(),
    lambda: os.truncate(f"{folder}/secret", 0),
    lambda: os.unlink(f"{folder}/to_delete"),
    lambda: os.rename(f"{folder}/to_rename", f"{folder}/renamed"),
    lambda: os.rename(f"{folder}/to_rename", "renamed"),
    lambda: os.mkdir(f"{folder}/made"),
    lambda: os.symlink("/etc/passwd", f"{folder}/link"),
    lambda: os.chmod(f"{folder}/profile", 0o4777),
    lambda: os.chown(f"{folder}/profile", 0, 0),
    lambda: os.utime(f"{folder}/profile", (1, 1)),
    lambda: os.setxattr(f"{folder}/profile", "user.grade", b"200"),
    lambda: os.link(f"{folder}/profile", f"{folder}/linked"),
    lambda: os.mkfifo(f"{folder}/pipe"),
    lambda: shutil.rmtree(folder),
]
for way in ways:
    try:
        print("done", way())
    except OSError as error:
        print(type(error).__name__)
"""
}
