"""nbgrader's configuration for a class: where everything is, and how a lab is made from the instructor's notebook.

    JUPYTER_CONFIG_PATH=$PWD/course nbgrader generate_assignment 01_lifecycle

nbgrader reads this file from JUPYTER_CONFIG_PATH, or from the folder in which it is started. For its pages in
JupyterLab, start the server in a folder above the course directory, as `make formgrader` does. The course directory
holds one class: source/, submitted/, autograded/, feedback/ and the gradebook. It is ./classroom, unless COURSE_ROOT
is set. GRADEBOOK takes any database URL that SQLAlchemy accepts.
"""

import os
import sys
from pathlib import Path

from grader import paths
from grader.lessons.preprocessors import GENERATE

c = get_config()  # noqa: F821 (nbgrader provides it)

# nbgrader runs `alembic` as a command: make it find the one in this environment.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

root = Path(os.environ.get("COURSE_ROOT", paths.ROOT / "classroom")).resolve()
root.mkdir(parents=True, exist_ok=True)

c.CourseDirectory.course_id = "keras"
c.CourseDirectory.root = str(root)
c.CourseDirectory.release_directory = os.environ.get("COURSE_RELEASE", str(paths.LABS))
# Several processes write grades, and may wait for each other longer than SQLite's default of five seconds.
c.CourseDirectory.db_url = os.environ.get("GRADEBOOK", f"sqlite:///{root / 'gradebook.db'}?timeout=60")

# nbgrader's own preprocessors, except that each exercise may have its own stub or broken listing.
c.GenerateAssignment.preprocessors = GENERATE
c.GenerateAssignment.force = True
