"""A JupyterLab of our own (loopback, no network, settings in a temporary folder) and a notebook opened in Chromium."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

from grader import paths

EDGE = 8  # above and below what is photographed, in pixels of the page
START = 90  # seconds for the server, and for a page, to be there
IDLE = "panel.sessionContext.session?.kernel?.status === 'idle' && !panel.sessionContext.pendingInput"


def missing() -> str:
    """Why no browser test can run here, or an empty string."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "Playwright is not installed; pip install '.[dev]'"
    if not chromium():
        return "no Chromium found; on Debian: apt-get install chromium"
    return ""


def chromium() -> str | None:
    """Debian's Chromium: Playwright's own download does not work everywhere."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextlib.contextmanager
def browser():
    """A headless Chromium that calls nobody."""
    from playwright.sync_api import sync_playwright

    quiet = ("background-networking", "component-update", "default-apps", "extensions", "sync", "gpu")
    flags = [f"--disable-{feature}" for feature in quiet]
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(
            executable_path=chromium(),
            # The pages are our own, and containers seldom allow Chromium's sandbox.
            args=[*flags, "--no-sandbox", "--no-first-run", "--disable-dev-shm-usage"],
        )
        try:
            yield chrome
        finally:
            chrome.close()


@dataclass(frozen=True)
class Server:
    """A running JupyterLab and the folder it shows."""

    folder: Path
    url: str
    token: str


@contextlib.contextmanager
def jupyter_lab(lab: Path, theme: str = "JupyterLab Light") -> Iterator[Server]:
    """Serve a copy of the folder `lab`; the copy, the server and its kernels are gone afterwards.

    Raises RuntimeError with the end of the server's log when it does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as scratch:
        home, folder = Path(scratch, "home"), Path(scratch, "course", lab.name)
        shutil.copytree(lab, folder)
        _write_settings(home / "settings", theme)
        server = Server(folder, f"http://127.0.0.1:{_free_port()}", secrets.token_hex(16))
        log = Path(scratch, "server.log")
        with log.open("w") as sink:
            process = subprocess.Popen(
                _command(server),
                cwd=folder,
                env=_environment(home),
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _wait_until_up(server, process, log)
            yield server
        finally:
            _stop(process)


def _command(server: Server) -> list[str]:
    return [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"),
        f"--ServerApp.root_dir={server.folder}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={server.url.rsplit(':', 1)[1]}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={server.token}",
        # Nothing that would ask the network.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]


def _environment(home: Path) -> dict[str, str]:
    """The caller's environment, with every place where Jupyter keeps things moved into `home`."""
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    kept = {name: value for name, value in os.environ.items() if name != "NBGRADER_EXECUTION"}
    return kept | {name: str(home / folder) for name, folder in places.items()}


def _write_settings(folder: Path, theme: str) -> None:
    settings = {
        "notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
        "themes": {"theme": theme, "adaptive-theme": False},
    }
    for plugin, values in settings.items():
        path = folder / "@jupyterlab" / "apputils-extension" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_up(server: Server, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{server.url}/api/status?token={server.token}", timeout=5).close()
            return
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start. The end of its log:\n{log.read_text()[-2000:]}")


def _stop(process: subprocess.Popen) -> None:
    """Ask the server, which stops its kernels; whatever stays in its session goes with it."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def opened(chrome, lab: str) -> Iterator[Notebook]:
    """The notebook of a lab, named as its folder, as a student has just opened it."""
    folder = paths.LABS / lab
    with jupyter_lab(folder) as server:
        page = chrome.new_page(viewport={"width": 1280, "height": 1000})
        yield Notebook(page, server, f"{folder.name}.ipynb")
        page.close()


def keep(take: Callable[[], bytes], name: str) -> None:
    """Take and keep a photograph for whoever asks for one: `PHOTOGRAPHS=FOLDER` in the environment."""
    if folder := os.environ.get("PHOTOGRAPHS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, f"{name}.png").write_bytes(take())


class Notebook:
    """A notebook open in JupyterLab. Cells go by their grade_id, or by their place."""

    def __init__(self, page, server: Server, name: str):
        self.page = page
        self.asked = set()  # every address that the page asked for
        page.on("request", lambda request: self.asked.add(request.url))
        page.set_default_timeout(START * 1000)
        page.goto(f"{server.url}/lab/tree/{name}?token={server.token}&reset")
        self._wait(f"panel?.context?.isReady && {IDLE}", START)
        self.names = [_grade_id(cell) for cell in self.cells()]

    def cells(self) -> list[dict]:
        """All cells as they now stand, in the notebook's own format."""
        return self._do("cells.map(cell => cell.model.toJSON())")

    def place(self, cell: str | int) -> int:
        return cell if isinstance(cell, int) else self.names.index(cell)

    def find(self, text: str) -> int:
        """The place of the one code cell whose source holds `text`."""
        cells = enumerate(self.cells())
        (place,) = (n for n, cell in cells if cell["cell_type"] == "code" and text in cell["source"])
        return place

    def run_all(self, timeout: float) -> None:
        self._command("notebook:run-all-cells", timeout)

    def run(self, *cells: str | int, timeout: float = 60) -> None:
        for cell in cells:
            self._do(f"(panel.content.deselectAll(), panel.content.activeCellIndex = {self.place(cell)})")
            self._command("notebook:run-cell", timeout)

    def write(self, cell: str | int, source: str) -> bool:
        """Type `source` over what the cell holds, as a student would; False when the cell is read-only."""
        self.node(cell).query_selector(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)
        return self.cells()[self.place(cell)]["source"] == source

    def outputs(self, cell: str | int) -> list[dict]:
        return self.cells()[self.place(cell)]["outputs"]

    def seen(self, cell: str | int) -> str:
        """The text of the cell's outputs as the page shows it."""
        return "\n".join(area.inner_text() for area in self.node(cell).query_selector_all(".jp-OutputArea-output"))

    def node(self, cell: str | int):
        """The cell's element on the page, scrolled into view."""
        self._do(f"panel.content.scrollToItem({self.place(cell)})")
        node = self.page.evaluate_handle(f"jupyterapp.shell.currentWidget.content.widgets[{self.place(cell)}].node")
        node = node.as_element()
        node.scroll_into_view_if_needed()
        return node

    def wait_for(self, cell: str | int, selector: str, seconds: float = 120):
        """An element inside the cell, once it shows. The page may draw a cell anew: its element is looked up again."""
        from playwright.sync_api import TimeoutError

        tries = max(1, round(seconds / 10))
        for _ in range(tries - 1):
            with contextlib.suppress(TimeoutError):
                return self.node(cell).wait_for_selector(selector, timeout=10_000)
        return self.node(cell).wait_for_selector(selector, timeout=10_000)

    def photograph(self, *cells: str | int) -> bytes:
        """A PNG of the page, cropped to the rectangle around these cells when any are named."""
        if not cells:
            return self.page.screenshot()
        before = self.page.viewport_size
        self.page.set_viewport_size({**before, "height": 4000})  # so that none of them is scrolled away
        self._do("(panel.content.deselectAll(), panel.content.activeCellIndex = 0)")  # no frame, no buttons
        boxes = [node.bounding_box() for node in map(self.node, cells)]
        left, top = min(box["x"] for box in boxes), min(box["y"] for box in boxes)
        right = max(box["x"] + box["width"] for box in boxes)
        bottom = max(box["y"] + box["height"] for box in boxes)
        clip = {"x": left, "y": top - EDGE, "width": right - left, "height": bottom - top + 2 * EDGE}
        image = self.page.screenshot(clip=clip)
        self.page.set_viewport_size(before)
        return image

    @property
    def hosts(self) -> set[str | None]:
        """Whom the page has asked for anything over a network."""
        return {urlparse(address).hostname for address in self.asked if address.startswith(("http", "ws"))}

    def collapse_sidebar(self) -> None:
        self.page.evaluate("jupyterapp.shell.collapseLeft()")

    def _command(self, command: str, timeout: float) -> None:
        """Start a command, wait until the kernel has done everything that it was sent."""
        # The command's own promise ends too early when a cell that may raise does so; the kernel's queue tells.
        self.page.evaluate(
            """command => {
                const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const run = async () => {
                    await jupyterapp.commands.execute(command);
                    await kernel.requestKernelInfo();
                };
                window.finished = false;
                run().finally(() => { window.finished = true; });
            }""",
            command,
        )
        self._wait(f"window.finished && {IDLE}", timeout)

    def _wait(self, condition: str, timeout: float) -> None:
        script = f"() => {{ const panel = window.jupyterapp?.shell.currentWidget; return !!({condition}) }}"
        self.page.wait_for_function(script, timeout=timeout * 1000)

    def _do(self, expression: str):
        return self.page.evaluate(
            "() => { const panel = jupyterapp.shell.currentWidget; const cells = panel.content.widgets;"
            f" return {expression} }}"
        )


def _grade_id(cell: dict) -> str | None:
    return cell["metadata"].get("nbgrader", {}).get("grade_id")
