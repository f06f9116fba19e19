"""A CDN before the server: an nginx that keeps what it may, and answers when the server is gone."""

from __future__ import annotations

import getpass
import re
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest

from tests.deployment import Deployment
from tests.services.nginx import Nginx
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.projects import works
from web.cli.local.ports import find_free_port
from web.db.engine import reading, writing
from web.projects import files, projects
from web.projects.joining import fill
from web.projects.models import ProjectClip
from web.projects.state import state_of
from web.services import current_services
from web.sessions.models import Output

CACHING = """\
    proxy_cache_path {place}/kept keys_zone=kept:1m;
    server {{
        listen {listen};
        location / {{
            proxy_pass {server};
            proxy_cache kept;
            add_header X-Cache $upstream_cache_status always;
        }}
    }}
"""
VIDEO = bytes(range(256)) * 400


class Cdn(Nginx):
    """It keeps what `Cache-Control` allows, with the query as part of the name."""

    options = ("-g", f"user {getpass.getuser()};")  # whose folders it may read

    def __init__(self, directory: Path, server: str, url: str) -> None:
        super().__init__(directory, server, server)
        self.url = url
        listen = url.removeprefix("http://")
        self._text = CACHING.format(place=directory, listen=listen, server=server)


def finished_clip(system: Deployment) -> tuple[str, str]:
    """Finish the clip of a project; return its link and the id of its file."""
    works.beat()
    project_id = works.planned(system.owner)
    works.generate(project_id)
    blob = current_services().artifacts.put_bytes(VIDEO, "video/mp4")
    with writing() as db:
        clip: ProjectClip = db.merge(state_of(db, projects.find(db, project_id)).clips[0])
        fill(clip, blob)
        named = {"job_id": clip.job_id, "filename": f"{clip.job_id}-final.mp4"}
        room = projects.find(db, project_id).session_id
        owned = {"session_id": room, "owner": system.owner, "kind": "final_output"}
        output = Output(**owned, **named, **asdict(blob))
        db.add(output)
        db.flush()
        return files.link(output), output.id


@pytest.mark.slow
def test_a_cdn_keeps_a_video_as_long_as_its_link_works(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    cdn = f"http://127.0.0.1:{find_free_port()}"
    place = tmp_path / "nginx"
    place.mkdir()
    page = {"Origin": "https://page.example.com"}
    with Deployment(tmp_path, redis_server, CDN_BASE_URL=cdn) as system:
        server = system.start_web()
        with Cdn(place, server, cdn), system.app.app_context():
            link, output = finished_clip(system)
            assert link.startswith(f"{cdn}/download/")
            first = httpx.get(link)
            assert (first.status_code, first.content) == (200, VIDEO)
            told = re.fullmatch(r"public, max-age=(\d+)", first.headers["cache-control"])
            assert told is not None
            assert 14 * 60 <= int(told[1]) <= 20 * 60
            assert "vary" not in first.headers

            def fetched() -> bool:
                with reading() as db:
                    return db.get_one(Output, output).fetched_at is not None

            until(fetched, "the download counts", 5)
            for headers in ({}, page):
                again = httpx.get(link, headers=headers)
                assert (again.headers["x-cache"], again.content) == ("HIT", VIDEO)
                # Players of every page read it; the link is the permission.
                assert again.headers["access-control-allow-origin"] == "*"
            part = httpx.get(link, headers={"Range": "bytes=100-199"})
            assert (part.status_code, part.content) == (206, VIDEO[100:200])

            wrong = link.replace("signature=", "signature=0")
            for _ in range(2):
                refused = httpx.get(wrong)
                assert (refused.status_code, refused.headers["x-cache"]) == (401, "MISS")
            assert "cache-control" not in refused.headers
            policy = httpx.get(f"{server}/projects").headers["content-security-policy"]
            for kind in ("media-src 'self' blob:", "connect-src 'self' blob:"):
                assert f"{kind} {cdn};" in policy
            system.kill("web")
            assert httpx.get(link).headers["x-cache"] == "HIT"


@pytest.mark.parametrize("base", ["", "https://cdn.example.com"])
def test_only_signed_links_with_a_cdn_are_public(
    tmp_path: Path, redis_server: RedisServer, base: str
) -> None:
    with Deployment(tmp_path, redis_server, CDN_BASE_URL=base) as system, system.app.app_context():
        link, _ = finished_clip(system)
        answer = system.app.test_client().get(link.removeprefix(base))
        assert answer.status_code == 200
        is_public = "access-control-allow-origin" in answer.headers
        assert answer.headers["cache-control"].startswith("public") is is_public is bool(base)
