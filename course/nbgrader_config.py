"""nbgrader's configuration for a class: where things lie, and how a lab is made from the instructor's notebook.

    JUPYTER_CONFIG_PATH=$PWD/course nbgrader generate_assignment 01_lifecycle

nbgrader reads this file from there, or from the folder it is started in. Its pages in JupyterLab want the server to
be started in a folder above the course directory, as `make formgrader` does. The course directory holds one class:
source/, submitted/, autograded/, feedback/ and the gradebook. It is ./classroom unless COURSE_ROOT says otherwise;
GRADEBOOK takes any address that SQLAlchemy understands.
"""

import os
import sys
from pathlib import Path

from grader import paths
from grader.lessons.preprocessors import GENERATE

c = get_config()  # noqa: F821 (nbgrader provides it)

# nbgrader calls `alembic` by its name: let it find the one of this environment.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

root = Path(os.environ.get("COURSE_ROOT", paths.ROOT / "classroom")).resolve()
root.mkdir(parents=True, exist_ok=True)

c.CourseDirectory.course_id = "keras"
c.CourseDirectory.root = str(root)
c.CourseDirectory.release_directory = os.environ.get("COURSE_RELEASE", str(paths.LABS))
# Several processes write grades; SQLite's own five seconds are too short to wait for one another.
c.CourseDirectory.db_url = os.environ.get("GRADEBOOK", f"sqlite:///{root / 'gradebook.db'}?timeout=60")

# nbgrader's own preprocessors, with stubs and broken listings instead of one stub for all.
c.GenerateAssignment.preprocessors = GENERATE
c.GenerateAssignment.force = True
