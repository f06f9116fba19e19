"""A plain nginx before a server without settings: its clients are strangers.

It says nothing of whom it passes on, as the shortest configuration does, so every caller comes
from loopback. Without a token, this once opened all operators' routes to the world.
"""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.deployment import Deployment
from tests.services.nginx import Nginx
from web.http.operators import GUARD

PLAIN = """\
    server {{
        listen {listen};
        location / {{ proxy_pass {server}; }}
    }}
"""


class PlainNginx(Nginx):
    """The shortest proxy that there is."""

    def __init__(self, directory: Path, server: str) -> None:
        super().__init__(directory, server, server)
        listen = self.url.removeprefix("http://")
        self._text = PLAIN.format(listen=listen, server=server)


def test_proxied_caller_is_not_an_operator(deployment: Deployment, tmp_path: Path) -> None:
    place = tmp_path / "nginx"
    place.mkdir()
    guarded = [
        (method, rule.rule.replace("<", "").replace(">", ""))
        for rule in deployment.app.url_map.iter_rules()
        if getattr(deployment.app.view_functions[rule.endpoint], GUARD, None)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    assert {("GET", "/sessions"), ("GET", "/quarantine"), ("POST", "/cleanup")} <= set(guarded)
    with (
        PlainNginx(place, deployment.start_web()) as nginx,
        httpx.Client(base_url=nginx.url) as world,
    ):
        for method, path in guarded:
            refused = world.request(method, path)
            assert (refused.status_code, refused.json()["error_code"]) == (403, "OPERATORS_ONLY")
        assert world.get("/sessions", headers=deployment.operator).status_code == 200
