"""Children that leave their parent, their session and their group, and sleep for a year."""

OWN = {
    "setup": """
import os, subprocess

for _ in range(3):
    subprocess.Popen(["sleep", "31536123"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("nohup", ["nohup", "sleep", "31536123"])
    os._exit(0)
subprocess.Popen("(setsid sleep 31536123 &) &", shell=True)
"""
}
