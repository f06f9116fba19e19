"""A real nginx on the configuration that we ship, before web processes of a test's own."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import httpx

from tests.services.binaries import require
from tests.services.program import Program
from web.cli.local.ports import find_free_port

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


class Nginx(Program):
    """One proxy before two addresses."""

    options: tuple[str, ...] = ()
    """More arguments of the program."""

    def __init__(
        self, directory: Path, first: str, second: str, *, sticky: bool = True, **changes: str
    ) -> None:
        """`changes` are values of directives that a test cannot wait for, by name."""
        super().__init__(directory / "error.log")
        self.binary = require("nginx", "nginx-light", ["/usr/sbin/nginx"])
        self._directory = directory
        port = find_free_port()
        self.url = f"http://127.0.0.1:{port}"
        text = SHIPPED.read_text().replace("listen 8080", f"listen 127.0.0.1:{port}")
        for shipped, here in (("127.0.0.1:5000", first), ("127.0.0.1:5001", second)):
            text = text.replace(shipped, here.removeprefix("http://"))
        for name, value in changes.items():
            text, found = re.subn(rf"(?m)^( *{name}) .*;$", rf"\1 {value};", text)
            if found != 1:
                raise ValueError(f"the sample has {name} {found} times")
        self._text = text if sticky else text.replace("ip_hash;", "")

    def start(self) -> None:
        file = self._directory / "nginx.conf"
        file.write_text(_AROUND.format(place=self._directory, shipped=self._text))
        self._run([self.binary, "-c", file, "-e", self._log, *self.options])

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/livez", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """With its workers, which only it can end."""
        self._end(signal.SIGTERM)
