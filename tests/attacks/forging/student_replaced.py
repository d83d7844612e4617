"""`student`, `check` and `task` bound anew, in the notebook and in the modules: tests name their own."""

CELLS = {
    "double": """
import sys
import types


class Everything(types.ModuleType):
    def __getattr__(self, name):
        return lambda *args, **kwargs: Everything(name)

    __call__ = __enter__ = lambda self, *args: self
    __exit__ = lambda self, *_: True
    __iter__ = lambda self: iter(())


student = check = task = np = Everything("grader.student")
sys.modules["grader.student"] = sys.modules["grader.check"] = student


def double(values):
    return values
"""
}
STATUS = {"double": "wrong"}
