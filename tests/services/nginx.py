"""A real nginx on the configuration that we ship, before web processes of a test's own."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.services.binaries import require
from tests.services.waiting import until
from web.system.ports import a_free_one

SHIPPED = Path(__file__).resolve().parents[2] / "docker" / "nginx" / "callsheet.conf"
_AROUND = """\
daemon off;
worker_processes 1;
pid {place}/pid;
error_log {place}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
{shipped}
}}
"""


class Nginx:
    """One proxy before two addresses."""

    def __init__(self, directory: Path, first: str, second: str, *, sticky: bool = True) -> None:
        self._binary = require("nginx", "nginx-light", ["/usr/sbin/nginx"])
        self._directory = directory
        port = a_free_one()
        self.url = f"http://127.0.0.1:{port}"
        text = SHIPPED.read_text().replace("listen 8080", f"listen 127.0.0.1:{port}")
        for shipped, here in (("127.0.0.1:5000", first), ("127.0.0.1:5001", second)):
            text = text.replace(shipped, here.removeprefix("http://"))
        self._text = text if sticky else text.replace("ip_hash;", "")
        self._process: subprocess.Popen[bytes] | None = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._directory / "error.log").read_text()
        try:
            return httpx.get(f"{self.url}/livez", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def __enter__(self) -> Self:
        file = self._directory / "nginx.conf"
        file.write_text(_AROUND.format(place=self._directory, shipped=self._text))
        self._process = subprocess.Popen(
            [self._binary, "-c", str(file), "-e", str(self._directory / "error.log")]
        )
        until(self._answers, "nginx answers", 30)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
