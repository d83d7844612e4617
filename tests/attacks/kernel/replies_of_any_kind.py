"""Replies of the kernel's own whose parts are of the wrong type: a status that is a number, a payload of numbers,
counts that are texts, errors without a name."""

CELLS = {
    "double": """
kernel = get_ipython().kernel
odd = [
    {"status": 7, "payload": [1, "x", None], "execution_count": "many", "user_expressions": []},
    {"status": "ok", "payload": "ask_exit", "execution_count": -1},
    {"status": "error", "ename": ["x"], "evalue": {}, "traceback": 7, "execution_count": None},
    {"status": "aborted"},
    {},
]
asked = []


async def do_execute(*args, **kwargs):
    asked.append(1)
    return odd[len(asked) % len(odd)]


kernel.do_execute = do_execute


def double(values):
    return values
"""
}
OWN = {"test_double_others": "1", "double": "2"}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
