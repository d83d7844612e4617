"""Garbage on the kernel's own socket: frames without a signature, JSON nested deep, an output of a type unknown."""

CELLS = {
    "double": """
kernel = get_ipython().kernel
session, iopub = kernel.session, kernel.iopub_socket


def double(values):
    parent = kernel.get_parent()
    session.send(iopub, "display_data", {"data": [1, 2], "metadata": "x"}, parent)
    session.send(iopub, "stream", {"name": 3, "text": {"a": []}}, parent)
    session.send(iopub, "error", {"ename": [], "evalue": {}, "traceback": 7}, parent)
    session.send(iopub, "comm_open", {"comm_id": 1, "target_name": []}, parent)
    session.send(iopub, "unheard_of", {}, parent)
    session.send(iopub, "update_display_data", {"transient": {"display_id": []}}, parent)
    return values


double([])
"""
}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
