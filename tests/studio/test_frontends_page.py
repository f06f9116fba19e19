"""The pages and blocks of the documentation work as they are written, from another origin."""

from __future__ import annotations

import http.server
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from config.setup import studio
from tests.deployment import ROOT, Deployment
from tests.studio.conftest import Journey
from web.jobs import modes

SOCKET_IO = studio.SOURCE / "node_modules/socket.io-client/dist/socket.io.esm.min.js"
SERVER = 'const server = "http://127.0.0.1:5000";'


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture(scope="module")
def system(standing_deployment: Deployment) -> str:
    """The address of a whole system, whose jobs are simulated unless they say otherwise."""
    modes.set_mode(standing_deployment.services, "simulation")
    return standing_deployment.start_web()


@contextmanager
def served(folder: Path, html: str) -> Iterator[str]:
    """The address of a page, on an origin of its own."""
    folder.mkdir()
    shutil.copy(SOCKET_IO, folder)
    (folder / "favicon.ico").touch()  # browsers ask for it
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
    system: str, journey: Journey, tmp_path: Path
) -> None:
    [written] = blocks("frontends.md", "html")
    assert SERVER in written
    html = written.replace(SERVER, f'const server = "{system}";')
    with served(tmp_path / "page", html) as page:
        seen = journey("front-end", system, STUDIO_PAGE=page)
    assert re.fullmatch(rf"{system}/download/\w+/\w+-final\.mp4", seen["src"])
    assert seen["width"] > 0
    assert seen["percent"] == 100


OF_THE_SERVER_ONLY = "fetch with cookies"
"""No page of another origin sends cookies; the browser refuses the answer."""
SHOWN_ANYWHERE = {"<video>", "<img>"}
"""Elements with signed links."""


@pytest.mark.slow
def test_what_pages_of_allowed_and_of_other_origins_can_do(
    system: str, journey: Journey, tmp_path: Path
) -> None:
    with served(tmp_path / "page", "<!doctype html>") as page:
        foreign = page.replace("localhost", "pages.example")
        seen = journey("cross-origin", system, 300, STUDIO_PAGE=page, STUDIO_FOREIGN=foreign)
    assert len(seen["allowed"]) == 14
    allowed = {name for name, answer in seen["allowed"].items() if answer is True}
    assert set(seen["allowed"]) - allowed == {OF_THE_SERVER_ONLY}, seen["allowed"]
    assert {name for name, answer in seen["foreign"].items() if answer is True} == SHOWN_ANYWHERE, (
        seen["foreign"]
    )


@pytest.mark.slow
def test_the_blocks_of_the_first_design_run_in_node_and_in_a_browser(
    system: str, journey: Journey, tmp_path: Path
) -> None:
    snippets = blocks("first-design.md", "javascript")
    assert len(snippets) == 4
    snippets.append(blocks("frontends.md", "javascript")[0])  # the EventSource
    with served(tmp_path / "page", "<!doctype html>") as page:
        seen = journey(
            "first-design", system, 500, STUDIO_PAGE=page, STUDIO_SNIPPETS="\n".join(snippets)
        )
    assert set(seen) == {"node", "browser"}
    for found in seen.values():
        check(found)
    assert seen["browser"]["streamed"][0] == "processing_started"
    assert "stage_completed" in seen["browser"]["streamed"]


def check(found: dict[str, Any]) -> None:
    """What the blocks have shown: progress that rises, and a video over both transports."""
    assert found["begun"] == "processing_started"
    assert [output["filename"] for output in found["outputs"]] == [
        f"{found['job_id']}-final.mp4",
        f"{found['job_id']}-final.mp4",
    ]
    assert found["sessions"] == [True, None]
    assert all(
        isinstance(percent, int | float) and isinstance(message, str)
        for percent, message in found["shown"]
    )
    assert max(percent for percent, _ in found["shown"]) == 100
