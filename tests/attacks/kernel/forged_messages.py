"""Messages sent on the kernel's own socket: replies that say `ok`, results worth 1000, an idle status before its time,
for every request that may come."""

CELLS = {
    "double": """
kernel = get_ipython().kernel
session, iopub = kernel.session, kernel.iopub_socket


def double(values):
    parent = kernel.get_parent()
    for _ in range(20):
        session.send(iopub, "status", {"execution_state": "idle"}, parent)
        content = {"execution_count": 1, "data": {"text/plain": "1000"}, "metadata": {}}
        session.send(iopub, "execute_result", content, parent)
    return values


double([])
"""
}
STATUS = {"double": ("wrong", "crashed", "timed out")}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
