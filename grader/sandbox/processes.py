"""What the kernel tells of a tree of processes: who belongs to it, and how much of the machine they use."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
BLOCK = 512
"""Bytes in which the kernel counts a file's blocks."""
HAS_CHILDREN_FILE = os.path.exists("/proc/thread-self/children")


@dataclass(frozen=True)
class Process:
    """One process; `cpu` in seconds, with that of the children it has waited for; `resident` in bytes.

    `place` is its folder in /proc; that of another thread where the first one has ended, which hides the process.
    """

    pid: int
    parent: int
    user: int
    cpu: float
    threads: int
    resident: int
    place: str


def descendants(root: int) -> list[Process]:
    """All that `root` has started, at any remove, the dead that nobody has waited for left out."""
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
    """The same, on a kernel that keeps no lists of children."""
    by_parent: dict[int, list[Process]] = {}
    for process in everybody():
        by_parent.setdefault(process.parent, []).append(process)
    waiting = [root]
    while waiting:
        children = by_parent.pop(waiting.pop(), [])
        yield from children
        waiting += [child.pid for child in children]


def everybody() -> Iterator[Process]:
    with contextlib.suppress(OSError):  # no /proc
        for name in os.listdir("/proc"):
            if name.isdecimal() and (process := read(int(name))):
                yield process


def read(pid: int) -> Process | None:
    """None for a process that has ended."""
    place = f"/proc/{pid}"
    try:
        state, process = _read(pid, place)
        if state in (b"Z", b"X"):
            threads = [name for name in os.listdir(f"{place}/task") if name != str(pid)]
            if not threads:
                return None
            _, process = _read(pid, f"{place}/task/{threads[0]}")
    except OSError:
        return None
    return process


def _read(pid: int, place: str) -> tuple[bytes, Process]:
    with open(f"{place}/stat", "rb") as file:
        user, text = os.fstat(file.fileno()).st_uid, file.read()
    state, *numbers = text[text.rindex(b")") + 2 :].split()  # a name may hold spaces and brackets
    value = [int(number) for number in numbers[:21]]
    return state, Process(pid, value[0], user, sum(value[10:14]) / TICKS, value[16], value[20] * PAGE, place)


def threads_of_user(user: int) -> int:
    """What the kernel's bound on processes counts."""
    return sum(process.threads for process in everybody() if process.user == user)


def share_of_memory(process: Process) -> int:
    """Bytes of memory that are a process's own, and its part of those it shares; 0 when it has ended.

    Where the kernel doesn't say (root without the right to trace), shared ones count in full.
    """
    for name, labels in (("smaps_rollup", ("Pss:",)), ("status", ("RssAnon:", "RssShmem:"))):
        with contextlib.suppress(OSError), open(f"{process.place}/{name}") as file:
            return 1024 * sum(int(line.split()[1]) for line in file if line.startswith(labels))
    return 0


def size_of_folder(folder: str, enough_bytes: int, enough_files: int) -> tuple[int, int]:
    """Bytes on disk and number of files below a folder; counting stops when either is more than enough.

    It is, too, in a folder that can't be looked into: one without the right to, or nested too deeply.
    """
    size = files = 0
    waiting = [folder]
    while waiting and size <= enough_bytes and files <= enough_files:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    files += 1
                    size += _size(entry)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    if files > enough_files:
                        break
        except (FileNotFoundError, NotADirectoryError):  # gone meanwhile
            continue
        except OSError:
            return enough_bytes + 1, files
    return size, files


def _size(entry: os.DirEntry[str]) -> int:
    with contextlib.suppress(OSError):
        return entry.stat(follow_symlinks=False).st_blocks * BLOCK
    return 0


def open_files(processes: Iterable[Process]) -> int:
    """How many files all of them have open."""
    count = 0
    for process in processes:
        with contextlib.suppress(OSError):
            count += len(os.listdir(f"{process.place}/fd"))
    return count


def size_of_deleted(processes: Iterable[Process], folder: str, unknown: int) -> int:
    """Bytes of files that have no name any more but are still open; `unknown` for each that is only mapped."""
    sizes: dict[int, int] = {}
    inside = os.fsencode(folder)
    mapped = re.compile(rb"(\d+) +" + re.escape(inside) + rb"/.*\(deleted\)$")
    for process in processes:
        with contextlib.suppress(OSError):
            for name in os.listdir(f"{process.place}/fd"):
                with contextlib.suppress(OSError):
                    status = os.stat(f"{process.place}/fd/{name}")
                    if status.st_nlink == 0:
                        sizes[status.st_ino] = status.st_blocks * BLOCK
        with contextlib.suppress(OSError), open(f"{process.place}/maps", "rb") as file:
            for line in file:
                if inside in line and (match := mapped.search(line)):
                    sizes.setdefault(int(match[1]), unknown)
    return sum(sizes.values())
