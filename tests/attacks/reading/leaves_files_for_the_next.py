"""Notes left for a friend who is graded later, in every folder that anybody may write to: nobody finds any."""

TIMES = 2
NEVER = ("FOUND A NOTE",)
OWN = {
    "setup": """
import glob, json, os, tempfile

me = json.load(open("targets.json"))["student"]
places = ["/tmp", "/var/tmp", "/dev/shm", "/run/lock", os.path.expanduser("~"), tempfile.gettempdir(), "..", "/"]
for place in places:
    for path in glob.glob(f"{place}/note_for_*") + glob.glob(f"{place}/*/note_for_*"):
        if me not in path:
            print("FOUND A NOTE", path)
    try:
        open(f"{place}/note_for_{me}", "w").write("the answer is 42")
        os.chmod(f"{place}/note_for_{me}", 0o777)
    except OSError as error:
        print(type(error).__name__)
"""
}
