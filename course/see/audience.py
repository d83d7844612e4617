"""Whether somebody looks on, who could move a slider."""

import os


def someone_is_there() -> bool:
    """A notebook's kernel runs this, and not nbgrader, for which nobody moves a slider."""
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None and not os.environ.get("NBGRADER_EXECUTION")
