"""The gradebook opened as a database and as a file, that of this class and that of another."""

OWN = {
    "setup": """
import json, os, sqlite3

at = json.load(open("targets.json"))
for path in (at["gradebook"], os.path.dirname(at["folder"]) + "/other_class/gradebook.db"):
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            tables = [row[0] for row in database.execute("select name from sqlite_master")]
            print([list(database.execute(f"select * from {table}")) for table in tables])
    except Exception as error:
        print(type(error).__name__)
    try:
        print(open(path, "rb").read())
    except OSError as error:
        print(type(error).__name__)
"""
}
