"""Points written into the gradebook with SQL and with nbgrader's own functions, in this class and in another."""

OWN = {
    "setup": """
import json, os, sqlite3

at = json.load(open("targets.json"))
for path in (at["gradebook"], os.path.dirname(at["folder"]) + "/other_class/gradebook.db"):
    try:
        with sqlite3.connect(path, timeout=1) as database:
            database.execute("update grade set auto_score = 200, manual_score = 200")
            database.execute("update grade set score = 200")
    except Exception as error:
        print(type(error).__name__)
    try:
        open(path, "wb").close()
    except OSError as error:
        print(type(error).__name__)
"""
}
