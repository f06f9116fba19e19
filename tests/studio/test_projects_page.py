"""A project in the page: from its sample to the finished video, with the lite engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.studio.conftest import TOKEN, Journey
from tests.web.projects.samples import two_shots

pytestmark = pytest.mark.slow


def test_a_sample_becomes_a_video_in_the_page(
    tmp_path: Path, redis_server: RedisServer, journey: Journey
) -> None:
    """Edited, talked about, drafted, confirmed with its price, made, downloaded; then a batch."""
    (tmp_path / "files" / "sample.mp4").write_bytes(two_shots())
    settings = {"PROJECT_HEIGHT": "180", "OPERATOR_TOKEN": TOKEN}
    with Deployment(tmp_path, redis_server, **settings) as system:
        system.start_control()
        system.start_workers("lite")
        told = journey("projects", system.start_web(), seconds=800)
    assert (told["reused"], told["batch"]) == (1, 1)
    assert (told["width"], told["height"]) == (180, 320)
    assert told["seconds"] > 5
