"""Attempts to gain rights from the kernel, or memory that is counted for no process."""

from __future__ import annotations

import ctypes
import mmap
import os
import socket
import struct
import tempfile

from grader.sandbox import libc
from grader.sandbox.attempts.base import KERNEL, Targets, attempt, call, in_child, require


@attempt(KERNEL, "become root")
def become_root(targets: Targets) -> None:
    os.setuid(0)
    require(libc.capabilities() != 0)  # root without capabilities can do nothing more


@attempt(KERNEL, "create namespaces")
def new_namespaces(targets: Targets) -> None:
    in_child(lambda: call("unshare", 0x10000000))


@attempt(KERNEL, "create namespaces with clone")
def clone_namespaces(targets: Targets) -> None:
    sigchld, new_user = 17, 0x10000000
    if call("clone", new_user | sigchld, 0, 0, 0, 0) == 0:
        os._exit(0)


@attempt(KERNEL, "mount a file system")
def mount(targets: Targets) -> None:
    os.mkdir("mounted")
    call("mount", b"none", b"mounted", b"tmpfs", 0, None)
    call("umount2", b"mounted", 0)


@attempt(KERNEL, "change the root folder")
def change_root(targets: Targets) -> None:
    in_child(lambda: os.chroot("."))


@attempt(KERNEL, "load a BPF program")
def bpf(targets: Targets) -> None:
    create_map, attributes = 0, struct.pack("IIIII", 2, 4, 4, 1, 0) + bytes(100)
    os.close(call("bpf", create_map, attributes, len(attributes)))


@attempt(KERNEL, "read the kernel's keyrings")
def keys(targets: Targets) -> object:
    get_keyring, session = 0, -3
    return call("keyctl", get_keyring, session, 1, 0, 0)


@attempt(KERNEL, "io_uring")
def io_uring(targets: Targets) -> None:
    os.close(call("io_uring_setup", 1, ctypes.create_string_buffer(120)))


@attempt(KERNEL, "userfaultfd")
def userfaultfd(targets: Targets) -> None:
    os.close(call("userfaultfd", 1))


@attempt(KERNEL, "read performance counters")
def performance(targets: Targets) -> None:
    attributes = struct.pack("IIQ", 1, 128, 0) + bytes(112)
    os.close(call("perf_event_open", attributes, 0, -1, -1, 0))


@attempt(KERNEL, "read kernel messages")
def kernel_messages(targets: Targets) -> None:
    call("syslog", 3, ctypes.create_string_buffer(8), 8)


@attempt(KERNEL, "memory that is counted for no process")
def memory_file(targets: Targets) -> None:
    os.close(os.memfd_create("hidden"))


@attempt(KERNEL, "shared memory without a file")
def anonymous_shared(targets: Targets) -> None:
    mmap.mmap(-1, 4096).close()


@attempt(KERNEL, "unlimited memory in /dev/shm")
def dev_shm(targets: Targets) -> None:
    with tempfile.TemporaryFile(dir="/dev/shm") as file:
        file.write(bytes(100 << 20))


@attempt(KERNEL, "send an open file")
def send_open_file(targets: Targets) -> None:
    ours, theirs = socket.socketpair()
    socket.send_fds(ours, [b"!"], [0])
    theirs.close()


@attempt(KERNEL, "system calls of another architecture")
def other_architecture(targets: Targets) -> None:
    x32_getpid = 0x40000000 + 39
    in_child(lambda: require(libc.syscall(x32_getpid) > 0))
