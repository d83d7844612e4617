"""Start-up files, compiled modules and packages of the environment that everybody is graded with, rewritten."""

NEVER = ("OPENED",)
OWN = {
    "setup": """
import glob, os, site, sys, sysconfig
import grader, keras, numpy

evil = "import os; os._exit(3)"
packages = sysconfig.get_path("purelib")
paths = [
    f"{packages}/sitecustomize.py",
    f"{packages}/evil.pth",
    f"{sys.prefix}/bin/python",
    grader.__file__,
    keras.__file__,
    *glob.glob(os.path.dirname(grader.__file__) + "/check/__pycache__/*.pyc")[:3],
    *glob.glob(os.path.dirname(numpy.__file__) + "/__pycache__/*.pyc")[:3],
    os.path.expanduser("~root/.bashrc"),
    "/etc/profile.d/evil.sh",
    "/etc/ld.so.preload",
    "/var/spool/cron/crontabs/root",
]
for path in paths:
    for mode in ("a", "r+"):
        try:
            with open(path, mode) as file:
                print("OPENED", path)
        except OSError as error:
            print(type(error).__name__)
"""
}
