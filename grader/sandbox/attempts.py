"""Attempts to get out of a sandbox, made from within. An attempt that is refused raises an exception.

None does harm when it succeeds: it touches what was put there for it, asks without acting, or undoes what it did.

Whether one that was not refused did any harm is seen from outside, where it can be: some calls that are refused seem
to succeed. Needs nothing but the standard library; run as `python -c … main()` with the targets as JSON.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import json
import mmap
import os
import resource
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox import libc, syscalls
from grader.sandbox.runtime import HIDDEN


@dataclass(frozen=True)
class Targets:
    """What an attempt aims at: made for the purpose, all but `home` and the course's `hidden` tests.

    `pid` is a process that runs as the grader does. In `sockets` a Unix socket may be made.
    """

    secret: str
    folder: str
    hidden: str
    home: str
    pid: int
    tcp: int
    udp: int
    unix: str
    datagram: str
    abstract: str
    sockets: str


@dataclass(frozen=True)
class Attempt:
    group: str
    title: str
    make: Callable[[Targets], object]


ATTEMPTS: dict[str, Attempt] = {}
FILES, NETWORK, PROCESSES, KERNEL = "files", "network", "other processes", "kernel"


def attempt(group: str, title: str) -> Callable[[Callable[[Targets], object]], Callable[[Targets], object]]:
    def keep(function: Callable[[Targets], object]) -> Callable[[Targets], object]:
        ATTEMPTS[function.__name__] = Attempt(group, title, function)
        return function

    return keep


def call(name: str, *arguments: object) -> int:
    """A system call by name. Raises OSError, also where the architecture has none of that name."""
    number = syscalls.number(name)
    if number is None:
        raise OSError(f"no {name} here")
    return libc.syscall(number, *arguments)


# Files of others


@attempt(FILES, "read a file")
def read_file(at: Targets) -> object:
    return Path(at.secret).read_text()


@attempt(FILES, "read a file through a symbolic link")
def read_symlink(at: Targets) -> object:
    os.symlink(at.secret, "symlink")
    return Path("symlink").read_text()


@attempt(FILES, "read a file through a hard link")
def read_hardlink(at: Targets) -> object:
    os.link(at.secret, "hardlink")
    return Path("hardlink").read_text()


@attempt(FILES, "read a file through /proc/self/root")
def read_proc_root(at: Targets) -> object:
    return Path(f"/proc/self/root{at.secret}").read_text()


@attempt(FILES, "read a file by its handle")
def read_by_handle(at: Targets) -> object:
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    mount = ctypes.c_int()
    call("name_to_handle_at", -100, os.fsencode(at.secret), handle, ctypes.byref(mount), 0)
    return os.read(call("open_by_handle_at", os.open(".", os.O_RDONLY), handle, os.O_RDONLY), 1)


@attempt(FILES, "run a program that lies elsewhere")
def execute(at: Targets) -> None:
    _in_child(lambda: os.execv(f"{at.folder}/program", ["program"]))


@attempt(FILES, "list a folder")
def list_folder(at: Targets) -> object:
    return os.listdir(at.folder)


@attempt(FILES, "list the grader's home")
def list_home(at: Targets) -> object:
    return os.listdir(at.home)


@attempt(FILES, "read the hidden tests of the course")
def read_hidden_tests(at: Targets) -> object:
    here = [path for folder in HIDDEN for path in folder.glob("*/lab.py")]  # in an image they lie elsewhere
    return [path.read_text() for path in (*here, Path(at.hidden))]


@attempt(FILES, "watch a folder for names")
def watch(at: Targets) -> object:
    number = call("inotify_init1", 0)
    return ctypes.CDLL(None).inotify_add_watch(number, os.fsencode(at.folder), 0x100)


@attempt(FILES, "write to a file")
def write_file(at: Targets) -> object:
    with open(at.secret, "a") as file:
        return file.write("written")


@attempt(FILES, "make a file")
def make_file(at: Targets) -> object:
    return open(f"{at.folder}/made", "w").close()


@attempt(FILES, "make a folder")
def make_folder(at: Targets) -> object:
    return os.mkdir(f"{at.folder}/made_folder")


@attempt(FILES, "delete a file")
def delete(at: Targets) -> object:
    return os.unlink(f"{at.folder}/to_delete")


@attempt(FILES, "rename a file")
def rename(at: Targets) -> object:
    return os.rename(f"{at.folder}/to_rename", f"{at.folder}/renamed")


@attempt(FILES, "take a file into its own folder")
def take(at: Targets) -> object:
    return os.rename(f"{at.folder}/to_take", "taken")


@attempt(FILES, "put a file of its own elsewhere")
def put(at: Targets) -> object:
    open("to_put", "w").close()
    return os.rename("to_put", f"{at.folder}/put")


@attempt(FILES, "put a symbolic link elsewhere")
def put_symlink(at: Targets) -> object:
    return os.symlink("/etc/passwd", f"{at.folder}/put_symlink")


@attempt(FILES, "empty a file by its path")
def truncate(at: Targets) -> object:
    return os.truncate(f"{at.folder}/to_truncate", 0)


@attempt(FILES, "empty a file by opening it to read")
def truncate_reading(at: Targets) -> object:
    return os.close(os.open(f"{at.folder}/to_empty", os.O_RDONLY | os.O_TRUNC))


@attempt(FILES, "change a file's mode")
def change_mode(at: Targets) -> object:
    os.chmod(f"{at.folder}/to_change", 0o640)
    return _must(os.stat(f"{at.folder}/to_change").st_mode & 0o777 == 0o640)


@attempt(FILES, "change a file's times")
def change_times(at: Targets) -> object:
    os.utime(f"{at.folder}/to_change", (1, 1))
    return _must(os.stat(f"{at.folder}/to_change").st_mtime == 1)


@attempt(FILES, "change a file's attributes")
def change_attributes(at: Targets) -> object:
    os.setxattr(f"{at.folder}/to_change", "user.grade", b"200")
    return os.getxattr(f"{at.folder}/to_change", "user.grade")


@attempt(FILES, "make a device")
def make_device(at: Targets) -> object:
    os.mknod("device", 0o20666, os.makedev(1, 1))
    return os.stat("device")


# Network


def _connect(family: int, address: object) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(1)
        sock.connect(address)  # type: ignore[arg-type]


@attempt(NETWORK, "TCP")
def tcp(at: Targets) -> None:
    _connect(socket.AF_INET, ("127.0.0.1", at.tcp))


@attempt(NETWORK, "TCP over IPv6")
def tcp6(at: Targets) -> None:
    _connect(socket.AF_INET6, ("::ffff:127.0.0.1", at.tcp))


@attempt(NETWORK, "listen on a port")
def listen(at: Targets) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()


@attempt(NETWORK, "UDP")
def udp(at: Targets) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"out", ("127.0.0.1", at.udp))


@attempt(NETWORK, "Unix socket of others")
def unix(at: Targets) -> None:
    _connect(socket.AF_UNIX, at.unix)


@attempt(NETWORK, "Unix datagram")
def unix_datagram(at: Targets) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"out", at.datagram)


@attempt(NETWORK, "Unix datagram from a pair")
def unix_pair(at: Targets) -> None:
    ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.sendto(b"out", at.datagram)


@attempt(NETWORK, "abstract Unix socket")
def abstract(at: Targets) -> None:
    _connect(socket.AF_UNIX, "\0" + at.abstract)


@attempt(NETWORK, "netlink")
def netlink(at: Targets) -> None:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()


@attempt(NETWORK, "raw and packet sockets, kernel cryptography")
def other_families(at: Targets) -> object:
    for family, kind in ((socket.AF_INET, socket.SOCK_RAW), (17, socket.SOCK_RAW), (38, socket.SOCK_SEQPACKET)):
        try:
            return socket.socket(family, kind).close()
        except OSError:
            continue
    raise OSError("none")


# Other processes


@attempt(PROCESSES, "send a signal to the grader")
def send_signal(at: Targets) -> None:
    os.kill(at.pid, 0)


@attempt(PROCESSES, "queue a signal to the grader")
def queue_signal(at: Targets) -> None:
    call("rt_sigqueueinfo", at.pid, 0, struct.pack("iii", 0, 0, -1) + bytes(128))


@attempt(PROCESSES, "have the kernel signal the grader")
def signal_by_kernel(at: Targets) -> None:
    reading, _ = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETOWN, at.pid)


@attempt(PROCESSES, "signal everybody")
def signal_all(at: Targets) -> None:
    os.kill(-1, 0)
    os.kill(at.pid, 0)  # with a PID namespace of its own, everybody is itself


@attempt(PROCESSES, "trace the grader")
def trace(at: Targets) -> None:
    seize = 0x4206
    call("ptrace", seize, at.pid, 0, 0)


@attempt(PROCESSES, "read the grader's memory")
def read_memory(at: Targets) -> object:
    address = int(Path(f"/proc/{at.pid}/maps").read_text().split("-")[0], 16)
    with open(f"/proc/{at.pid}/mem", "rb") as file:
        file.seek(address)
        return file.read(1)


@attempt(PROCESSES, "read the grader's memory in one call")
def read_memory_by_call(at: Targets) -> None:
    ours, nowhere = ctypes.create_string_buffer(8), 8
    local, remote = (struct.pack("QQ", address, 8) for address in (ctypes.addressof(ours), nowhere))
    try:
        call("process_vm_readv", at.pid, local, 1, remote, 1, 0)
    except OSError as error:
        if error.errno != errno.EFAULT:  # there is nothing at that address, but it was looked at
            raise


@attempt(PROCESSES, "read the grader's environment")
def read_environment(at: Targets) -> object:
    return Path(f"/proc/{at.pid}/environ").read_bytes()


@attempt(PROCESSES, "read the grader's command line")
def read_command_line(at: Targets) -> object:
    return Path(f"/proc/{at.pid}/cmdline").read_bytes()


@attempt(PROCESSES, "take an open file of the grader's")
def take_open_file(at: Targets) -> object:
    return call("pidfd_getfd", call("pidfd_open", at.pid, 0), 0, 0)


@attempt(PROCESSES, "open a file of the grader's")
def open_open_file(at: Targets) -> object:
    return os.stat(f"/proc/{at.pid}/fd/0")


@attempt(PROCESSES, "change the grader's limits")
def change_limits(at: Targets) -> None:
    resource.prlimit(at.pid, resource.RLIMIT_CORE)


@attempt(PROCESSES, "change the grader's priority")
def change_priority(at: Targets) -> None:
    os.setpriority(os.PRIO_PROCESS, at.pid, os.getpriority(os.PRIO_PROCESS, at.pid))


@attempt(PROCESSES, "change the priority of all the user's processes")
def change_priorities(at: Targets) -> None:
    nobody_here = 0x6FFFFFFF
    with contextlib.suppress(ProcessLookupError):  # it may, but that user has no process
        os.setpriority(os.PRIO_USER, nobody_here, 0)


@attempt(PROCESSES, "move the grader to one processor")
def move(at: Targets) -> None:
    before = os.sched_getaffinity(at.pid)
    os.sched_setaffinity(at.pid, [min(before)])
    _must(len(before) == 1 or os.sched_getaffinity(at.pid) != before)


@attempt(PROCESSES, "shared memory of System V")
def shared_memory(at: Targets) -> object:
    private, create = 0, 0o1600
    number = call("shmget", private, 4096, create)
    return call("shmctl", number, 0, None)


# The kernel


def _in_child(action: Callable[[], object]) -> None:
    """Raises OSError when `action` fails, or ends the child process that it is tried in."""
    if child := os.fork():
        if os.waitpid(child, 0)[1] != 0:
            raise OSError("refused")
        return
    try:
        action()
    except BaseException:
        os._exit(1)
    os._exit(0)


@attempt(KERNEL, "become root")
def become_root(at: Targets) -> None:
    os.setuid(0)
    _must(libc.capabilities() != 0)  # root by name only can do nothing more


@attempt(KERNEL, "namespaces of its own")
def new_namespaces(at: Targets) -> None:
    _in_child(lambda: call("unshare", 0x10000000))


@attempt(KERNEL, "namespaces of its own, with clone")
def clone_namespaces(at: Targets) -> None:
    sigchld, new_user = 17, 0x10000000
    if call("clone", new_user | sigchld, 0, 0, 0, 0) == 0:
        os._exit(0)


@attempt(KERNEL, "mount a file system")
def mount(at: Targets) -> None:
    os.mkdir("mounted")
    call("mount", b"none", b"mounted", b"tmpfs", 0, None)
    call("umount2", b"mounted", 0)


@attempt(KERNEL, "change the root folder")
def change_root(at: Targets) -> None:
    _in_child(lambda: os.chroot("."))


@attempt(KERNEL, "load a BPF program")
def bpf(at: Targets) -> None:
    create_map, attributes = 0, struct.pack("IIIII", 2, 4, 4, 1, 0) + bytes(100)
    os.close(call("bpf", create_map, attributes, len(attributes)))


@attempt(KERNEL, "keys of the kernel")
def keys(at: Targets) -> object:
    get_keyring, session = 0, -3
    return call("keyctl", get_keyring, session, 1, 0, 0)


@attempt(KERNEL, "io_uring")
def io_uring(at: Targets) -> None:
    os.close(call("io_uring_setup", 1, ctypes.create_string_buffer(120)))


@attempt(KERNEL, "userfaultfd")
def userfaultfd(at: Targets) -> None:
    os.close(call("userfaultfd", 1))


@attempt(KERNEL, "performance counters")
def performance(at: Targets) -> None:
    attributes = struct.pack("IIQ", 1, 128, 0) + bytes(112)
    os.close(call("perf_event_open", attributes, 0, -1, -1, 0))


@attempt(KERNEL, "kernel messages")
def kernel_messages(at: Targets) -> None:
    call("syslog", 3, ctypes.create_string_buffer(8), 8)


@attempt(KERNEL, "memory that belongs to no process")
def memory_file(at: Targets) -> None:
    os.close(os.memfd_create("hidden"))


@attempt(KERNEL, "shared memory without a file")
def anonymous_shared(at: Targets) -> None:
    mmap.mmap(-1, 4096).close()


@attempt(KERNEL, "memory in /dev/shm, not bounded")
def dev_shm(at: Targets) -> None:
    with tempfile.TemporaryFile(dir="/dev/shm") as file:
        file.write(bytes(100 << 20))


@attempt(KERNEL, "send an open file away")
def send_open_file(at: Targets) -> None:
    ours, theirs = socket.socketpair()
    socket.send_fds(ours, [b"!"], [0])
    theirs.close()


@attempt(KERNEL, "system calls of another architecture's table")
def other_architecture(at: Targets) -> None:
    x32_getpid = 0x40000000 + 39
    _in_child(lambda: _must(libc.syscall(x32_getpid) > 0))


def _must(condition: bool) -> None:
    if not condition:
        raise OSError("without effect")


# What honest work needs


def needs(at: Targets) -> dict[str, str]:
    """What should work and doesn't, with the reason."""
    failed = {}
    for title, function in _NEEDS.items():
        try:
            function(at)
        except BaseException as error:
            failed[title] = f"{type(error).__name__}: {error}"
    return failed


def _files(at: Targets) -> None:
    with tempfile.NamedTemporaryFile("w+") as file:
        file.write("x")
    os.makedirs("a/b", exist_ok=True)
    with open("a/b/file", "w") as file:
        file.write("text")
    os.rename("a/b/file", "a/b/renamed")
    _must(Path("a/b/renamed").read_text() == "text")


def _threads(at: Targets) -> None:
    done: list[int] = []
    threads = [threading.Thread(target=done.append, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _must(len(done) == 8)


def _program(at: Targets) -> None:
    pid = os.posix_spawn(sys.executable, [sys.executable, "-I", "-S", "-c", "print()"], dict(os.environ))
    _must(os.waitpid(pid, 0)[1] == 0)


def _socket(at: Targets) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(f"{at.sockets}/own")
        sock.listen()


def _random(at: Targets) -> None:
    with open("/dev/urandom", "rb", 0) as file:
        _must(len(os.urandom(8)) == 8 and len(file.read(8)) == 8)


_NEEDS: dict[str, Callable[[Targets], None]] = {
    "files in its own folder": _files,
    "threads": _threads,
    "other programs": _program,
    "a Unix socket in its own folder": _socket,
    "random numbers": _random,
}


def main() -> None:
    """Make all attempts; print which were not refused, and what honest work was."""
    at = Targets(**json.loads(sys.argv[1]))
    refused = {}
    for name, attempt in ATTEMPTS.items():
        try:
            attempt.make(at)
        except BaseException as error:
            refused[name] = f"{type(error).__name__}: {error}"
    print(json.dumps({"refused": refused, "failed": needs(at)}))
