"""A class that hands the tiny lab in, in every way that students find, and the folder it comes in."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.submissions import tiny_lab as tiny

LOOP = "while True:\n    pass"
INDENTED_LOOP = "    while True:\n        pass"


def notebooks() -> dict[str, bytes]:
    """What each student's notebook holds."""
    a = tiny.answered
    copied = a()
    copied.cells.append({**tiny.cell(copied, "test-double"), "id": "copy"})
    forged = "import IPython\nIPython.get_ipython().ast_node_interactivity = 'all'\n" + tiny.RIGHT["double"]
    deaf = "def double(x):\n    while True:\n        try:\n            while True:\n                pass\n"
    deaf += "        except BaseException:\n            pass"
    made = {
        "full": a(reflection="I learned to double."),
        "partly": a(area="def area(r):\n    return 3.142 if r == 1 else -1"),
        "wrong": a(double="def double(x):\n    return x + 2", area="def area(r):\n    return -1"),
        "untouched": tiny.released(),
        "crashing": a(double="def double(x):\n    return [][x]", area="area = 1 / 0"),
        "dying": a(double="def double(x):\n    os._exit(3)"),
        "dying_early": a(area="os._exit(3)"),
        "dying_often": a(
            double="def double(x):\n    os._exit(3)", area="os._exit(3)", seeded="def seeded(n):\n    os._exit(3)"
        ),
        "leaving": tiny.with_cell_after(a(), "test-double", "exit()"),
        "looping": a(area="def area(r):\n" + INDENTED_LOOP),
        "looping_early": a(area=LOOP),
        "deaf": a(double=deaf),
        "copied": copied,
        "deleted": tiny.without(a(), "test-double", "test-area-zero"),
        "noisy": a(double="import sys\ndef double(x):\n    print('W0000 noise', file=sys.stderr)\n    return 2 * x"),
        "flood": a(double="def double(x):\n    for _ in range(3000):\n        print('x' * 1000)\n    return 2 * x"),
        "forger": a(
            double=forged,
            area="from IPython.display import display\ndef area(r):\n"
            "    display({'text/plain': '1000'}, raw=True)\n    return -1",
        ),
        "shadow": tiny.with_cell_after(a(), "double", "math = check = student = same = None"),
        "evil": tiny.with_cell_after(
            a(double="def double(x):\n    return 2 * x  # <script>alert(1)</script>"),
            "test-area-zero",
            "from IPython.display import HTML, display\n"
            "display(HTML('<script>alert(2)</script><img src=http://x.org/a.png onerror=alert(3)>"
            "<iframe src=http://x.org></iframe><form action=http://x.org><b onclick=alert(4)>bold</b></form>'))\n"
            "print('\\n'.join(In))\nprint(In)",
        ),
    }
    content = {name: tiny.as_bytes(notebook) for name, notebook in made.items()}
    return content | {"broken": content["full"][:900], "image": b"\x89PNG\r\n\x1a\n\x00\xff"}


def hand_in(folder: Path) -> Path:
    """The class as nbgrader collects it, with one wrong file name and one missing notebook."""
    for student, content in notebooks().items():
        place = folder / student / tiny.NAME
        place.mkdir(parents=True)
        (place / f"{tiny.NAME}.ipynb").write_bytes(content)
    misnamed = folder / "misnamed" / tiny.NAME
    misnamed.mkdir(parents=True)
    (misnamed / "Untitled3.ipynb").write_bytes(notebooks()["full"])
    (misnamed / "grader.py").write_text("raise SystemExit('a module of mine')")
    (misnamed / "table.csv").write_text("a,b\n")
    report = folder / "report_only" / tiny.NAME
    report.mkdir(parents=True)
    (report / "report.docx").write_bytes(b"PK")
    return folder


def zipped(folder: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "w") as z:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                z.write(path, path.relative_to(folder))
    return archive
