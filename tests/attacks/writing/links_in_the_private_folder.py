"""The own folder filled with links in place of every file that the grader might read, write, copy or delete there."""

OWN = {
    "setup": """
import json, os, shutil

at = json.load(open("targets.json"))
lesson = os.path.basename(at["outcomes"])
for name in ("targets.json", f"{lesson}.ipynb", "outcome.json", "timestamp.txt", "kernel.json", "stdout", ".ipython"):
    if os.path.lexists(name) and not os.path.isdir(name):
        os.unlink(name)
    try:
        os.symlink(at["secret"] if "." in name else at["folder"], name)
    except OSError as error:
        print(type(error).__name__)
for number in range(50):
    os.symlink("../" * number + at["folder"].lstrip("/"), f"climbing_{number}")
os.symlink(".", "loop")
os.makedirs("/".join(["deep"] * 200), exist_ok=True)
os.chmod("deep", 0)
"""
}
