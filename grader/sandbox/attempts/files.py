"""Attempts to read, change, and create files outside the submission's folder."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

from grader.sandbox.attempts.base import FILES, Targets, attempt, call, in_child, require
from grader.sandbox.runtime import HIDDEN


@attempt(FILES, "read a file")
def read_file(targets: Targets) -> object:
    return Path(targets.secret).read_text()


@attempt(FILES, "read a file through a symbolic link")
def read_symlink(targets: Targets) -> object:
    os.symlink(targets.secret, "symlink")
    return Path("symlink").read_text()


@attempt(FILES, "read a file through a hard link")
def read_hardlink(targets: Targets) -> object:
    os.link(targets.secret, "hardlink")
    return Path("hardlink").read_text()


@attempt(FILES, "read a file through /proc/self/root")
def read_proc_root(targets: Targets) -> object:
    return Path(f"/proc/self/root{targets.secret}").read_text()


@attempt(FILES, "read a file by its handle")
def read_by_handle(targets: Targets) -> object:
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    mount = ctypes.c_int()
    call("name_to_handle_at", -100, os.fsencode(targets.secret), handle, ctypes.byref(mount), 0)
    return os.read(call("open_by_handle_at", os.open(".", os.O_RDONLY), handle, os.O_RDONLY), 1)


@attempt(FILES, "run a program from another folder")
def execute(targets: Targets) -> None:
    in_child(lambda: os.execv(f"{targets.folder}/program", ["program"]))


@attempt(FILES, "list a folder")
def list_folder(targets: Targets) -> object:
    return os.listdir(targets.folder)


@attempt(FILES, "list the grader's home")
def list_home(targets: Targets) -> object:
    return os.listdir(targets.home)


@attempt(FILES, "read the hidden tests of the course")
def read_hidden_tests(targets: Targets) -> object:
    here = [path for folder in HIDDEN for path in folder.glob("*/lab.py")]  # in an image their paths differ
    return [path.read_text() for path in (*here, Path(targets.hidden))]


@attempt(FILES, "watch a folder for new files")
def watch(targets: Targets) -> object:
    number = call("inotify_init1", 0)
    return ctypes.CDLL(None).inotify_add_watch(number, os.fsencode(targets.folder), 0x100)


@attempt(FILES, "write to a file")
def write_file(targets: Targets) -> object:
    with open(targets.secret, "a") as file:
        return file.write("written")


@attempt(FILES, "create a file")
def make_file(targets: Targets) -> object:
    return open(f"{targets.folder}/made", "w").close()


@attempt(FILES, "create a folder")
def make_folder(targets: Targets) -> object:
    return os.mkdir(f"{targets.folder}/made_folder")


@attempt(FILES, "delete a file")
def delete(targets: Targets) -> object:
    return os.unlink(f"{targets.folder}/to_delete")


@attempt(FILES, "rename a file")
def rename(targets: Targets) -> object:
    return os.rename(f"{targets.folder}/to_rename", f"{targets.folder}/renamed")


@attempt(FILES, "move a file into its own folder")
def take(targets: Targets) -> object:
    return os.rename(f"{targets.folder}/to_take", "taken")


@attempt(FILES, "move its own file elsewhere")
def put(targets: Targets) -> object:
    open("to_put", "w").close()
    return os.rename("to_put", f"{targets.folder}/put")


@attempt(FILES, "create a symbolic link elsewhere")
def put_symlink(targets: Targets) -> object:
    return os.symlink("/etc/passwd", f"{targets.folder}/put_symlink")


@attempt(FILES, "empty a file by its path")
def truncate(targets: Targets) -> object:
    return os.truncate(f"{targets.folder}/to_truncate", 0)


@attempt(FILES, "empty a file by opening it for reading")
def truncate_reading(targets: Targets) -> object:
    return os.close(os.open(f"{targets.folder}/to_empty", os.O_RDONLY | os.O_TRUNC))


@attempt(FILES, "change a file's mode")
def change_mode(targets: Targets) -> object:
    os.chmod(f"{targets.folder}/to_change", 0o640)
    return require(os.stat(f"{targets.folder}/to_change").st_mode & 0o777 == 0o640)


@attempt(FILES, "change a file's times")
def change_times(targets: Targets) -> object:
    os.utime(f"{targets.folder}/to_change", (1, 1))
    return require(os.stat(f"{targets.folder}/to_change").st_mtime == 1)


@attempt(FILES, "change a file's attributes")
def change_attributes(targets: Targets) -> object:
    os.setxattr(f"{targets.folder}/to_change", "user.grade", b"200")
    return os.getxattr(f"{targets.folder}/to_change", "user.grade")


@attempt(FILES, "create a device")
def make_device(targets: Targets) -> object:
    os.mknod("device", 0o20666, os.makedev(1, 1))
    return os.stat("device")
