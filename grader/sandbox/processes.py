"""Reads a tree of processes from /proc: which ones belong to it and what they use.

Written without psutil because the supervisor imports as little as it can and needs more: the sizes of deleted files
that are still open, and processes whose first thread has ended.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

TICKS_PER_SECOND, PAGE_SIZE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
BLOCK = 512
"""The unit, in bytes, in which the kernel counts a file's blocks."""
HAS_CHILDREN_FILE = os.path.exists("/proc/thread-self/children")


@dataclass(frozen=True)
class Process:
    """One process. `cpu` is in seconds and includes children it has waited for; `resident` is in bytes.

    `directory` is its folder in /proc, or that of another thread if the first has ended, which hides the process.
    """

    pid: int
    parent: int
    user: int
    cpu: float
    threads: int
    resident: int
    directory: str


def descendants(root: int) -> list[Process]:
    """All direct and indirect children of `root`, without those that have ended but were not waited for."""
    return list(_walk(root) if HAS_CHILDREN_FILE else _search(root))


def _walk(root: int) -> Iterator[Process]:
    waiting, seen = _children(root), set()
    while waiting:
        pid = waiting.pop()
        if pid in seen:
            continue
        seen.add(pid)
        waiting += _children(pid)
        if process := read(pid):
            yield process


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children") as file:
                found += map(int, file.read().split())
    return found


def _search(root: int) -> Iterator[Process]:
    """The same on a kernel that keeps no lists of children."""
    by_parent: dict[int, list[Process]] = {}
    for process in all_processes():
        by_parent.setdefault(process.parent, []).append(process)
    waiting = [root]
    while waiting:
        children = by_parent.pop(waiting.pop(), [])
        yield from children
        waiting += [child.pid for child in children]


def all_processes() -> Iterator[Process]:
    with contextlib.suppress(OSError):  # no /proc
        for name in os.listdir("/proc"):
            if name.isdecimal() and (process := read(int(name))):
                yield process


def read(pid: int) -> Process | None:
    """None for a process that has ended."""
    directory = f"/proc/{pid}"
    try:
        state, process = _read(pid, directory)
        if state in (b"Z", b"X"):
            threads = [name for name in os.listdir(f"{directory}/task") if name != str(pid)]
            if not threads:
                return None
            _, process = _read(pid, f"{directory}/task/{threads[0]}")
    except OSError:
        return None
    return process


def _read(pid: int, directory: str) -> tuple[bytes, Process]:
    with open(f"{directory}/stat", "rb") as file:
        user, text = os.fstat(file.fileno()).st_uid, file.read()
    state, *numbers = text[text.rindex(b")") + 2 :].split()  # the name may contain spaces and parentheses
    value = [int(number) for number in numbers[:21]]
    return state, Process(
        pid, value[0], user, sum(value[10:14]) / TICKS_PER_SECOND, value[16], value[20] * PAGE_SIZE, directory
    )


def threads_of_user(user: int) -> int:
    """The number that the kernel's limit on processes applies to."""
    return sum(process.threads for process in all_processes() if process.user == user)


def share_of_memory(process: Process) -> int:
    """A process's own memory plus its share of shared memory, in bytes; 0 if it has ended.

    If the kernel does not tell (root without the right to trace), shared memory counts in full.
    """
    for name, labels in (("smaps_rollup", ("Pss:",)), ("status", ("RssAnon:", "RssShmem:"))):
        with contextlib.suppress(OSError), open(f"{process.directory}/{name}") as file:
            return 1024 * sum(int(line.split()[1]) for line in file if line.startswith(labels))
    return 0


def size_of_folder(folder: str, max_bytes: int, max_files: int) -> tuple[int, int]:
    """Bytes on disk and number of files below a folder. Counting stops when either exceeds its limit.

    A folder that cannot be read, because of its permissions or its depth, counts as over the limit.
    """
    size = files = 0
    waiting = [folder]
    while waiting and size <= max_bytes and files <= max_files:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    files += 1
                    size += _size(entry)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    if files > max_files:
                        break
        except (FileNotFoundError, NotADirectoryError):  # removed in the meantime
            continue
        except OSError:
            return max_bytes + 1, files
    return size, files


def _size(entry: os.DirEntry[str]) -> int:
    with contextlib.suppress(OSError):
        return entry.stat(follow_symlinks=False).st_blocks * BLOCK
    return 0


def open_files(processes: Iterable[Process]) -> int:
    """How many files all processes have open together."""
    count = 0
    for process in processes:
        with contextlib.suppress(OSError):
            count += len(os.listdir(f"{process.directory}/fd"))
    return count


def size_of_deleted(processes: Iterable[Process], folder: str, unknown: int) -> int:
    """Bytes of deleted files that are still open; a file that is only mapped counts as `unknown` bytes."""
    sizes: dict[int, int] = {}
    inside = os.fsencode(folder)
    mapped = re.compile(rb"(\d+) +" + re.escape(inside) + rb"/.*\(deleted\)$")
    for process in processes:
        with contextlib.suppress(OSError):
            for name in os.listdir(f"{process.directory}/fd"):
                with contextlib.suppress(OSError):
                    status = os.stat(f"{process.directory}/fd/{name}")
                    if status.st_nlink == 0:
                        sizes[status.st_ino] = status.st_blocks * BLOCK
        with contextlib.suppress(OSError), open(f"{process.directory}/maps", "rb") as file:
            for line in file:
                if inside in line and (match := mapped.search(line)):
                    sizes.setdefault(int(match[1]), unknown)
    return sum(sizes.values())
