"""Kernels that are ready at once: forked from a warm process, which has imported Keras and used none of it.

Jupyter meets it as the kernel provisioner `course-provisioner` (provisioner.py), which starts an ordinary kernel
wherever it can't have a warm one. `client.start` and `client.start_confined` run something else in a fork.

    client.py       asks for a fork, and starts the warm process where there is none
    server.py       the warm process; preload.py is what it imports, compatibility.py whom it may serve
    child.py        what a fresh fork does first; then it is the body that was asked for, app.py for a kernel

The warm process never reads a request: a fork of it does. So nothing of one fork can be found in the next.
"""
