"""uv comes from the indexes of pip's settings, also where Python has no pip."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from config.setup import uv_wheel
from config.setup.uv_wheel import NotFetched, install

NAME = "uv-9.9.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
PAGE = f'<a href="../files/{NAME}#sha256=0">uv</a><a href="uv-9.9.9-py3-none-win_amd64.whl">w</a>'


def wheel() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("uv-9.9.9.data/scripts/uv"), "#!/bin/sh\necho 9.9.9\n")
    return made.getvalue()


WHEEL = wheel()


class Index(ThreadingHTTPServer):
    """An index that needs a password; the wheel itself lies on another server behind a redirect."""

    def __init__(self, files: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = files
        self.secrets: dict[str, str | None] = {}

    @property
    def url(self) -> str:
        return f"http://ada:s%40cret@127.0.0.1:{self.server_port}/simple"


class Handler(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        secret = self.headers.get("Authorization")
        self.server.secrets[self.path] = secret
        expected = f"Basic {base64.b64encode(b'ada:s@cret').decode()}"
        if self.path.startswith("/elsewhere/"):
            self._answer(200, WHEEL)
        elif secret != expected:
            self._answer(401, b"")
        elif self.path == "/simple/uv/":
            self._answer(200, PAGE.encode())
        elif self.path.startswith("/simple/files/"):
            self._answer(302, b"", f"{self.server.files}/elsewhere/{NAME}")
        else:
            self._answer(404, b"")

    def _answer(self, status: int, body: bytes, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(server: Index) -> Iterator[Index]:
    with server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def files() -> Iterator[Index]:
    """What the redirects lead to."""
    with serving(Index()) as server:
        yield server


@pytest.fixture
def index(files: Index) -> Iterator[Index]:
    with serving(Index(files=f"http://127.0.0.1:{files.server_port}")) as server:
        yield server


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "uv.txt"
    digest = hashlib.sha256(WHEEL).hexdigest()
    path.write_text(f"uv==9.9.9 ; python_version > '3' \\\n    --hash=sha256:{digest}\n")
    return path


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """No settings of this machine."""
    return {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"}


def test_it_comes_from_an_index_with_a_password(
    index: Index, files: Index, lock: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    install(lock, tmp_path / "venv", environ | {"PIP_INDEX_URL": index.url})
    executable = tmp_path / "venv" / "bin" / "uv"
    assert executable.read_text().endswith("echo 9.9.9\n")
    assert executable.stat().st_mode & 0o111 == 0o111
    assert files.secrets[f"/elsewhere/{NAME}"] is None, "the password went to another server"


def test_settings_come_from_files_and_variables_count_more(
    index: Index, lock: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / ".config" / "pip").mkdir(parents=True)
    config = tmp_path / ".config" / "pip" / "pip.conf"
    config.write_text("[global]\nindex-url = http://127.0.0.1:9/simple\n")
    del environ["PIP_CONFIG_FILE"]
    with pytest.raises(NotFetched, match=r"127\.0\.0\.1:9"):
        install(lock, tmp_path / "venv", environ)
    config.write_text(f"[global]\nindex-url = {index.url}\n")
    install(lock, tmp_path / "venv", environ)
    with pytest.raises(NotFetched, match=r"127\.0\.0\.1:9"):
        install(lock, tmp_path, environ | {"PIP_INDEX_URL": "http://127.0.0.1:9/simple"})


def test_it_comes_from_a_directory_without_a_network(
    lock: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / NAME).write_bytes(WHEEL)
    environ |= {"PIP_FIND_LINKS": str(tmp_path / "wheels"), "PIP_NO_INDEX": "1"}
    install(lock, tmp_path / "venv", environ)
    assert (tmp_path / "venv" / "bin" / "uv").exists()


def test_another_file_is_refused_and_the_answer_shows_no_password(
    index: Index, lock: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    lock.write_text(f"uv==9.9.9 \\\n    --hash=sha256:{'0' * 64}\n")
    with pytest.raises(NotFetched, match="its hash is not in the lock") as caught:
        install(lock, tmp_path / "venv", environ | {"PIP_INDEX_URL": index.url})
    assert "s@cret" not in str(caught.value)
    assert "s%40cret" not in str(caught.value)
    assert not (tmp_path / "venv").exists()


def test_pypi_is_the_default() -> None:
    assert list(uv_wheel.places({})) == ["https://pypi.org/simple/uv/"]
