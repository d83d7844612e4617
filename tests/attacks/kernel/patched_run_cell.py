"""The shell's and the kernel's own functions replaced: every cell is said to have run without an error."""

CELLS = {
    "double": """
import asyncio

shell = get_ipython()
answer = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}


async def nothing(*args, **kwargs):
    return answer


shell.kernel.do_execute = nothing
shell.showtraceback = shell._showtraceback = lambda *args, **kwargs: None
shell.run_cell = shell.run_cell_async = nothing


def double(values):
    return values
"""
}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
