"""Settings that IPython, Jupyter, Keras and matplotlib look for in the folder they start in: start-up lines, another
traceback handler, another backend. None comes to be read before the lab's own."""

_LINES = '{"InteractiveShellApp": {"exec_lines": ["import os; os._exit(3)"]}, "Application": {"log_level": 0}}'
FILES = {
    "ipython_config.json": _LINES,
    "ipython_kernel_config.json": _LINES,
    "jupyter_config.json": _LINES,
    ".ipython/profile_default/startup/00.py": "import os; os._exit(3)",
    ".keras/keras.json": '{"backend": "none_of_them", "floatx": "float16"}',
    ".pdbrc": "import os; os._exit(3)",
    "pyvenv.cfg": "home = /tmp",
    "nbgrader_config.py": "c = get_config()\nc.Grader.points = 200",
}
