"""A kernel of another language, and one whose name climbs out of the folder of kernels: the lab's own is used."""

SAYS = ("asked for the kernel",)


def edit(notebook):
    notebook["metadata"]["kernelspec"] = {"name": "../../../tmp/evil", "display_name": "R", "language": "bash"}
