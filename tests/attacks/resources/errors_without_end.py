"""Error messages sent on the kernel's own socket by the thousand, each of a megabyte: errors are kept, but not all."""

OWN = {
    "test_first": """
kernel = get_ipython().kernel
parent = kernel.get_parent()
content = {"ename": "E", "evalue": "x", "traceback": ["x" * 1_000_000]}
for _ in range(300):
    kernel.session.send(kernel.iopub_socket, "error", content, parent)
"""
}
EARNS = {"first": 1, "double": (0, 3), "last": (0, 1), "pick": (0, 1)}
