"""Ways around a sandbox that the kernel itself offers: namespaces, mounts, keys, BPF, io_uring, userfaultfd, memfd."""

NEVER = ("MOUNTED",)
OWN = {
    "setup": """
import ctypes, os, subprocess

libc = ctypes.CDLL(None, use_errno=True)
for flags in (0x10000000, 0x00020000, 0x20000000, 0x7E020000):
    print(libc.unshare(flags), ctypes.get_errno())
os.makedirs("mounted", exist_ok=True)
if libc.mount(b"none", b"mounted", b"tmpfs", 0, None) == 0 or libc.mount(b"/", b"mounted", None, 4096, None) == 0:
    print("MOUNTED", os.listdir("mounted"))
print(libc.prctl(38, 0, 0, 0, 0), libc.prctl(22, 0, 0), ctypes.get_errno())
for words in (["unshare", "-rm", "id"], ["nsenter", "-t", "1", "-a", "id"], ["bwrap", "--dev-bind", "/", "/", "id"]):
    try:
        print(subprocess.run(words, capture_output=True, timeout=2).returncode)
    except Exception as error:
        print(type(error).__name__)
"""
}
