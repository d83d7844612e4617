"""The own folder renamed, emptied and replaced by a link, so that whoever cleans up cleans up elsewhere."""

OWN = {
    "end": """
import json, os, shutil

at = json.load(open("targets.json"))
here = os.getcwd()
for way in (
    lambda: os.rename(here, here + "_moved"),
    lambda: os.symlink(at["folder"], here),
    lambda: os.rmdir(here),
    lambda: os.rename(os.path.dirname(here), "/tmp/moved"),
):
    try:
        print("done", way())
    except OSError as error:
        print(type(error).__name__)
for name in os.listdir(here) if os.path.isdir(here) else []:
    path = os.path.join(here, name)
    shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) else os.unlink(path)
os.chmod(here, 0) if os.path.isdir(here) else None
"""
}
