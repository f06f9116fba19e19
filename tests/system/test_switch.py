"""`docker/release/switch.sh`: blue/green and canary behind a real nginx, and the way back."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from config.installation import ROOT
from tests.services.nginx import Nginx

pytestmark = pytest.mark.slow
SCRIPT = ROOT / "docker" / "release" / "switch.sh"
# In place of `callsheet smoke`: a request that must be answered by a healthy version.
SMOKE = """\
#!/bin/sh
echo "$1" >> {calls}
exec python3 -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1] + "/smoke")' "$1"
"""


class Version:
    """A web process of one version."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.healthy = True
        self.fails_behind_proxy = False
        version = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                behind = "X-Forwarded-For" in self.headers and self.path == "/smoke"
                broken = not version.healthy or (behind and version.fails_behind_proxy)
                body = version.name.encode()
                self.send_response(500 if broken and self.path == "/smoke" else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.address = f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class Site:
    """nginx before two processes of the old version, and one of the new version beside them."""

    def __init__(self, directory: Path) -> None:
        self.old = [Version("old"), Version("old")]
        self.new = Version("new")
        self.calls = directory / "calls"
        self.calls.touch()
        smoke = directory / "smoke"
        smoke.write_text(SMOKE.format(calls=self.calls))
        smoke.chmod(0o755)
        self._smoke = smoke
        first, second = (f"http://{version.address}" for version in self.old)
        self.proxy = Nginx(directory, first, second, sticky=False)
        self.conf = directory / "nginx.conf"
        self._log = directory / "error.log"

    def switch(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = os.environ | {
            "NGINX_CONF": str(self.conf),
            "NGINX": f"{self.proxy.binary} -c {self.conf} -e {self._log}",
            "PROXY_URL": self.proxy.url,
            "SMOKE": str(self._smoke),
            "HOLD_SECONDS": "0.5",
        }
        return subprocess.run(
            [str(SCRIPT), *arguments],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    def answers(self, number: int = 60) -> Counter[str]:
        """Who answers; each request on a connection of its own."""
        return Counter(httpx.get(f"{self.proxy.url}/").text for _ in range(number))

    def close(self) -> None:
        for version in (*self.old, self.new):
            version.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    try:
        with made.proxy:
            yield made
    finally:
        made.close()


def test_blue_green_sends_everything_to_the_new_version(site: Site) -> None:
    assert set(site.answers(10)) == {"old"}
    done = site.switch("blue-green", site.new.address)
    assert done.returncode == 0, done.stderr
    # Workers of nginx that existed before the reload finish what they have.
    assert site.answers(20)["new"] >= 19
    assert site.calls.read_text().splitlines() == [
        f"http://{site.new.address}",
        site.proxy.url,
    ]
    assert site.conf.read_text().count(site.new.address) == 2  # both upstream blocks


def test_a_new_version_that_fails_by_itself_gets_no_request(site: Site) -> None:
    before = site.conf.read_text()
    site.new.healthy = False
    done = site.switch("blue-green", site.new.address)
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert site.conf.read_text() == before
    assert set(site.answers(10)) == {"old"}


def test_a_failure_behind_the_proxy_goes_back(site: Site) -> None:
    before = site.conf.read_text()
    site.new.fails_behind_proxy = True
    done = site.switch("blue-green", site.new.address)
    assert done.returncode == 1, done.stderr
    assert "going back" in done.stderr
    assert site.conf.read_text() == before
    assert site.answers(20)["old"] >= 19


def test_canary_raises_the_share_step_by_step(site: Site) -> None:
    done = site.switch("canary", site.new.address, "--", "10", "50")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"(\d+) % of the requests", done.stderr) == ["10", "50"]
    assert site.answers(20)["new"] >= 19


def test_a_canary_that_fails_at_a_share_goes_back(site: Site) -> None:
    before = site.conf.read_text()
    site.new.fails_behind_proxy = True
    # Half of the requests: one of eight checks through the proxy reaches it.
    done = site.switch("canary", site.new.address, "--", *["50"] * 8)
    assert done.returncode == 1, done.stderr
    assert site.conf.read_text() == before
    assert site.answers(20)["old"] >= 19


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("blue-green",),
        ("purple", "127.0.0.1:1"),
        ("blue-green", "127.0.0.1"),
        ("blue-green", "a:1; rm -rf b:1"),
        ("canary", "127.0.0.1:1"),
        ("canary", "127.0.0.1:1", "--", "100"),
        ("canary", "127.0.0.1:1", "--", "half"),
    ],
)
def test_wrong_use_changes_nothing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    conf = tmp_path / "callsheet.conf"
    conf.write_text((ROOT / "docker" / "nginx" / "callsheet.conf").read_text())
    environ = os.environ | {"NGINX_CONF": str(conf), "SMOKE": "false", "NGINX": "false"}
    done = subprocess.run(
        [str(SCRIPT), *arguments], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "switch.sh blue-green" in done.stderr
