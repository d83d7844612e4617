"""Restricts which files a submission may access, with Landlock, a feature of the Linux kernel.

Written by hand because the C library has no functions for Landlock's three system calls. They are few and stable, and
the code between the grader and a submission should depend on little. The restriction needs no privilege and cannot be
lifted.
"""

from __future__ import annotations

import os
import stat
import struct
import sys
from collections.abc import Iterable
from enum import IntFlag

from grader.sandbox import libc

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_ASKED, PATH_BENEATH = 1, 1


class Access(IntFlag):
    """Rights on a file or on all files below a folder. Later ones need a newer kernel."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13  # ABI 2
    TRUNCATE = 1 << 14  # ABI 3
    IOCTL_DEV = 1 << 15  # ABI 5

    LIST = READ_DIR
    READ = READ_FILE | READ_DIR
    RUN = READ | EXECUTE
    SOCKETS = READ | WRITE_FILE | MAKE_SOCK | REMOVE_FILE
    DEVICE = READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV
    WRITE = RUN | WRITE_FILE | TRUNCATE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | MAKE_FIFO | REFER
    OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV


def known(abi: int) -> Access:
    """All rights that a kernel with this ABI version knows."""
    bits = {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)
    return Access((1 << bits) - 1)


def abi() -> int:
    """The kernel's ABI version of Landlock; 0 if it has none."""
    if sys.platform != "linux":
        return 0
    try:
        return libc.syscall(CREATE_RULESET, None, 0, VERSION_ASKED)
    except OSError:
        return 0


def restrict(rules: Iterable[tuple[str, Access]], abi: int) -> None:
    """Restrict this process, and everything it will start, to the files that `rules` name. Raises OSError.

    If the kernel can, it also blocks TCP, and signals and abstract sockets to processes outside. Paths that do not
    exist are skipped.
    """
    all_rights = known(abi)
    no_tcp, no_signal_or_abstract_socket = 0b11, 0b11
    fields = [int(all_rights)] + [no_tcp] * (abi >= 4) + [no_signal_or_abstract_socket] * (abi >= 6)
    attributes = struct.pack(f"{len(fields)}Q", *fields)
    ruleset = libc.syscall(CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path, access in rules:
            _allow(ruleset, path, access & all_rights)
        quiet = 1 if abi >= 7 else 0  # keep refusals out of the system's audit log
        libc.syscall(RESTRICT_SELF, ruleset, quiet)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, access: Access) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= Access.OF_FILES
        if access:
            libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", access, descriptor), 0)
    finally:
        os.close(descriptor)
