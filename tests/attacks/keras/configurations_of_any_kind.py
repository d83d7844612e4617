"""`get_config` that returns nonsense: functions, itself, a million entries, paths of files, names of modules to
import."""

CELLS = {
    "layer": """
class Shifted(keras.layers.Layer):
    def call(self, inputs):
        return inputs

    def get_config(self):
        loop = {"module": "os", "class_name": "system", "config": {"command": "true"}, "path": "/etc/passwd"}
        loop["self"] = loop
        loop["function"] = print
        return loop | {str(n): n for n in range(100_000)}
"""
}
STATUS = {"layer": ("wrong", "crashed")}
