"""The class's folder: who handed in, what, and what became of it."""

OWN = {
    "setup": """
import glob, json, os

at = json.load(open("targets.json"))
paths = [at["neighbour"], at["course"] + "/submitted", *glob.glob(at["course"] + "/**", recursive=True)]
for path in paths:
    try:
        print(os.listdir(path) if os.path.isdir(path) else open(path).read())
    except OSError as error:
        print(type(error).__name__)
"""
}
