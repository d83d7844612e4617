"""Honest use of what attacks use: a pool of processes and one of threads, a child program, a pipe. It works, or says
that it can't, and the answers count."""

OWN = {
    "setup": """
import subprocess
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(4) as pool:
    print(list(pool.map(abs, range(-3, 3))))
print(subprocess.run(["echo", "hello"], capture_output=True, text=True).stdout)
"""
}
