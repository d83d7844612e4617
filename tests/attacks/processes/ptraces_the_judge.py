"""Every process in sight traced, its memory read and written, its open files taken: the judge's holds the hidden
tests."""

NEVER = ("TRACED",)
OWN = {
    "setup": """
import ctypes, json, os

at = json.load(open("targets.json"))
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(4096)
numbers = {os.getppid(), at["pid"], at["grader"], *range(max(1, os.getpid() - 500), os.getpid() + 50)}
for number in numbers - {os.getpid()}:
    if libc.ptrace(0x4206, number, 0, 0) == 0:
        print("TRACED", number)
    for name in ("mem", "maps", "environ", "cmdline", "fd/0", "root/etc/passwd", "cwd"):
        try:
            with open(f"/proc/{number}/{name}", "rb") as file:
                print(name, file.read(1000))
        except OSError:
            pass
    pidfd = libc.syscall(434, number, 0)
    if pidfd >= 0 and libc.syscall(438, pidfd, 0, 0) >= 0:
        print("TRACED by its files", number)
    span = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 4096)
    there = (ctypes.c_size_t * 2)(0x400000, 4096)
    if libc.process_vm_readv(number, span, 1, there, 1, 0) > 0:
        print("TRACED by its memory", number)
"""
}
