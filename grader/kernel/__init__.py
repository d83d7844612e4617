"""Jupyter kernels that start at once, as forks of a warm process that has imported Keras but not used it.

Jupyter sees this package as the kernel provisioner `course-provisioner`, which starts an ordinary kernel whenever no
warm process is available. `client.start` and `client.start_confined` run something other than a kernel in a fork.

The client side:

    provisioner.py     starts kernels for Jupyter, also in a sandbox; program.py does so without a warm process
    client.py          asks for a fork and, if there is no warm process yet, starts one
    runtime_dir.py     the folder of the sockets through which warm processes are found
    compatibility.py   which kernels a warm process may serve
    __main__.py        `python -m grader.kernel`: start the warm process ahead of time

The warm process:

    server.py          accepts connections and forks
    preload.py         what it imports; tuning.py sets up TensorFlow and garbage collection for many small processes
    child.py           what a new fork does first; threads.py restores its number of threads
    app.py             the body of a fork that becomes a kernel
    wire.py            the messages between the two sides
    jupyter/           the kernelspec that names the provisioner

The warm process never reads a request; its forks do. So nothing from one request can leak into the next.
"""
