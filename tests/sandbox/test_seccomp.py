"""The system call filter refuses what it should, with errors that libraries can handle."""

import errno
import json
import os
import platform
import re
import struct
from pathlib import Path

import pytest

from grader.sandbox import seccomp, syscalls
from tests.sandbox.helpers import BACKENDS, IDS, needs_landlock

SYSCALLS_TRIED = """
import ctypes, json, sys
libc = ctypes.CDLL(None, use_errno=True)
answers = []
for number, *arguments in json.loads(sys.argv[1]):
    ctypes.set_errno(0)
    result = libc.syscall(number, *(ctypes.c_long(a) for a in arguments))
    answers.append([result, ctypes.get_errno()])
print(json.dumps(answers))
"""


@needs_landlock
@pytest.mark.parametrize("backend", BACKENDS[:2], ids=IDS[:2])
def test_refusals_that_libraries_rely_on(inside, backend):
    number = syscalls.number
    clone_vm_sighand_thread = 0x100 | 0x800 | 0x10000
    calls = {
        (number("socket"), 16, 3, 0): (-1, errno.EOPNOTSUPP),  # netlink
        (number("socket"), 2, 1, 0): (-1, errno.EAFNOSUPPORT),
        (number("socket"), 10, 2, 0): (-1, errno.EAFNOSUPPORT),
        (number("clone3"), 0, 0): (-1, errno.ENOSYS),
        (number("clone"), clone_vm_sighand_thread, 0, 0, 0, 0): (-1, errno.EPERM),
        (number("sched_setscheduler"), 12345, 0, 0): (0, 0),
        (number("fchmod"), 0, 0o777): (0, 0),
        (number("shmat"), 0, 0, 0): (-1, errno.EACCES),
        (number("memfd_secret"), 0): (-1, errno.EACCES),
        (number("openat2"), 0, 0, 0, 0): (-1, errno.ENOSYS),
        (syscalls.LAST + 1, 0): (-1, errno.ENOSYS),
    }
    result = inside(SYSCALLS_TRIED, json.dumps(list(calls)), backend=backend)
    assert [tuple(answer) for answer in json.loads(result.out)] == list(calls.values()), result


def verdict_of(program, architecture, number, *arguments):
    """What a filter says of a call, as the kernel's own interpreter would."""
    lines = [struct.unpack_from("HBBI", program, 8 * i) for i in range(len(program) // 8)]
    data = struct.pack("IIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    at = accumulator = 0
    while True:
        code, if_true, if_false, value = lines[at]
        at += 1
        if code == seccomp.LOAD:
            accumulator = struct.unpack_from("I", data, value)[0]
        elif code == seccomp.AND:
            accumulator &= value
        elif code == seccomp.RETURN:
            return value
        else:
            hit = accumulator == value if code == seccomp.EQUAL else accumulator > value
            at += if_true if hit else if_false


@pytest.mark.parametrize("machine", syscalls.ARCHITECTURES)
def test_filter(machine, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    architecture = syscalls.ARCHITECTURES[machine]
    program = seccomp.assemble(seccomp.refusals(abi=1, pid=77, shares_user=True))

    def says(call, *arguments):
        return verdict_of(program, architecture, syscalls.number(call), *arguments)

    refused = {
        says("socket", 2, 1): errno.EAFNOSUPPORT,
        says("socket", 16, 3): errno.EOPNOTSUPP,
        says("socket", 1, 2): errno.EACCES,
        says("kill", 78, 9): errno.EPERM,
        says("kill", 0xFFFFFFFF, 9): errno.EPERM,
        says("clone", 0x10000000): errno.EPERM,
        says("openat", 0, 0, os.O_TRUNC): errno.EACCES,
        says("mmap", 0, 4096, 3, 0x21): errno.EPERM,
        says("prlimit64", 1): errno.EPERM,
        says("ptrace"): errno.EPERM,
        says("fchmodat"): 0,
    }
    assert all(seen == seccomp.ERRNO | error for seen, error in refused.items())
    for call, *arguments in (
        ("socket", 1, 1 | 0x80000),
        ("kill", 77, 9),
        ("clone", 0x3D0F00),  # a thread, as glibc starts one
        ("clone", 17),
        ("openat", 0, 0, os.O_TRUNC | os.O_WRONLY),
        ("mmap", 0, 4096, 3, 0x22),
        ("mmap", 0, 4096, 3, 0x01),
        ("prlimit64", 0),
        ("fcntl", 0, 3),
        ("ioctl", 0, 0x5401),
    ):
        assert says(call, *arguments) == seccomp.ALLOW, call
    assert verdict_of(program, architecture ^ 1, 0) == seccomp.KILL_PROCESS
    assert verdict_of(program, architecture, seccomp.X32 + 41) == seccomp.KILL_PROCESS
    assert verdict_of(program, architecture, 10_000) == seccomp.ERRNO | errno.ENOSYS


@pytest.mark.parametrize(
    "header, column",
    [("x86_64-linux-gnu/asm/unistd_64.h", 0), ("asm-generic/unistd.h", 1)],
    ids=["x86_64", "aarch64"],
)
def test_numbers_agree_with_the_kernels_headers(header, column):
    path = Path("/usr/include", header)
    if not path.exists():
        pytest.skip(f"there is no {path}")
    found = dict(re.findall(r"#define __NR(?:3264)?_(?:3264_)?(\w+)\s+(\d+)", path.read_text()))
    for name, numbers in syscalls.NUMBERS.items():
        if name in found and numbers[column] is not None:
            assert numbers[column] == int(found[name]), name
