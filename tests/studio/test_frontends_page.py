"""The page of docs/frontends.md works as it is written, in a browser and from another origin."""

from __future__ import annotations

import http.server
import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.deployment import ROOT
from tests.studio.conftest import Journey

SOCKET_IO = Path(__file__).parent / "socket.io.esm.min.js"
SERVER = 'const server = "http://127.0.0.1:5000";'


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def page(system: str, tmp_path: Path) -> Iterator[str]:
    """The address of the page, which knows the system's."""
    folder = tmp_path / "page"
    folder.mkdir()
    shutil.copy(SOCKET_IO, folder)
    (folder / "favicon.ico").touch()  # browsers ask for it
    written = re.search(r"```html\n(.*?)```", (ROOT / "docs/frontends.md").read_text(), re.DOTALL)
    assert written is not None
    assert SERVER in written[1]
    html = written[1].replace(SERVER, f'const server = "{system}";')
    (folder / "index.html").write_text(html)
    handler = partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://localhost:{server.server_port}/"
        finally:
            server.shutdown()
            serving.join()


def test_a_page_of_another_origin_makes_and_shows_a_video(
    page: str, system: str, journey: Journey
) -> None:
    seen = journey("front-end", system, STUDIO_PAGE=page)
    assert re.fullmatch(rf"{system}/download/\w+/\w+-final\.mp4", seen["src"])
    assert seen["width"] > 0
    assert seen["percent"] == 100
