"""`python -m grader.kernel`: start a warm process, so that the next kernel finds one."""

from __future__ import annotations

import sys


def main() -> None:
    if sys.platform != "linux":  # ordinary kernels are started there
        return
    from grader.kernel import client

    try:
        client.warm_up()
    except (client.Unavailable, OSError) as error:
        print(f"Kernels start the slow way here: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
