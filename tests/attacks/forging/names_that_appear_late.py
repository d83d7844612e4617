"""A namespace that makes up a right-looking object for every name: what it makes up is judged like anything else."""

CELLS = {
    "double": """
class Namespace(dict):
    def __missing__(self, name):
        return lambda *args, **kwargs: 0.0

    def __contains__(self, name):
        return True


del first
shell = get_ipython()
shell.user_ns = Namespace(shell.user_ns)
"""
}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
