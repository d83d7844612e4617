"""Ordinary work is not affected by a sandbox."""

import os

import pytest

from grader.sandbox.backends import Landlock
from tests.sandbox.helpers import BACKENDS, IDS, kernel, needs_landlock


@needs_landlock
@pytest.mark.parametrize("backend", BACKENDS, ids=IDS)
class TestOrdinaryWork:
    @pytest.fixture
    def works(self, inside, backend):
        if backend.missing():
            pytest.skip(backend.missing())

        def run(code, *arguments, **settings):
            result = inside(code, *arguments, backend=backend, python=(), **settings)
            assert result.ended.ok, result
            return result.out.split()

        return run

    def test_numpy_and_the_course_are_there(self, works):
        code = "import numpy as np, course, grader.verdict; print((np.ones((50, 50)) @ np.ones(50)).sum())"
        assert works(code) == ["2500.0"]

    def test_python_starts_python(self, works):
        code = "import subprocess as s, sys; print(s.check_output([sys.executable, '-c', 'print(6 * 7)'], text=True))"
        assert works(code) == ["42"]

    def test_a_process_ends_one_that_it_started(self, works, backend):
        if backend == Landlock(abi=1) and os.geteuid() != 0:
            pytest.skip("before Landlock's ABI 6 an ordinary user's submission may signal itself alone")
        assert works("import subprocess; p = subprocess.Popen(['sleep', '60']); p.kill(); print(p.wait())") == ["-9"]

    def test_files_of_its_own(self, works):
        code = (
            "import os, pathlib, shutil, tempfile, zipfile\n"
            "home = pathlib.Path.home()\n"
            "print(home == pathlib.Path.cwd(), tempfile.gettempdir().startswith(str(home)))\n"
            "pathlib.Path('a').write_text('1'); shutil.copy('a', 'b'); shutil.move('b', 'c')\n"
            "zipfile.ZipFile('z', 'w').write('c'); zipfile.ZipFile('z').extractall('out')\n"
            "print(os.access('.', os.W_OK), open('out/c').read()); shutil.rmtree('out')"
        )
        assert works(code) == ["True", "True", "True", "1"]

    def test_matplotlib_has_a_place_for_its_cache(self, works, own):
        config, cache = works("import matplotlib as m; print(m.get_configdir(), m.get_cachedir())")
        assert config == cache == f"{own}/.matplotlib"

    def test_what_may_be_read_can_be_read(self, works, tmp_path):
        (tmp_path / "data.csv").write_text("1,2")
        assert works("import sys; print(open(sys.argv[1]).read())", tmp_path / "data.csv", readable=(tmp_path,)) == [
            "1,2"
        ]

    def test_a_kernel_answers(self, own, backend):
        if backend.missing():
            pytest.skip(backend.missing())
        with kernel(own, backend) as client:
            replies = []
            client.execute_interactive(
                "import os; print(os.getcwd(), 6 * 7)", timeout=60, output_hook=lambda m: replies.append(m["content"])
            )
            said = [content["text"] for content in replies if "text" in content]
            assert said == [f"{own}/work 42\n"]
