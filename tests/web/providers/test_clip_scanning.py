"""Clips of providers before a real clamd: scanned, refused, and never delivered unscanned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from config.environments import HOSTED, MEDIA
from gpu_worker.execution.runner import Requeue
from tests.deployment import Deployment
from tests.services.clamav import TEST_VIRUS, Clamd
from tests.services.provider_wires import DIALECTS, providing
from tests.services.redis_server import RedisServer
from tests.services.video_provider import clip
from tests.web.providers.clips import KEYS, calls_of, order, sell_at
from tests.web.providers.pump import Pump


def with_statement(payload: bytes) -> bytes:
    """A clip with a statement of its provider: it is kept as it came, beside the clean copy."""
    box = b"c2pa" + payload
    return clip() + (8 + len(box)).to_bytes(4, "big") + b"free" + box


def test_a_clip_is_scanned_and_one_with_a_virus_is_refused(
    clamav: Clamd, tmp_path: Path, redis_server: RedisServer
) -> None:
    scanning = {"CLAMD": "required", "CLAMD_SOCKET": clamav.socket}
    with (
        providing(DIALECTS[0]) as server,
        Deployment(tmp_path, redis_server, PROVIDER_KEYS=KEYS, **scanning) as system,
    ):
        sell_at(system, server.url)
        pump = Pump(system, queues=(HOSTED, MEDIA))
        (good,) = pump.until_ended(order(system))
        assert (good.state, (good.facts or {})["scanned"]) == ("done", True)

        server.file = with_statement(TEST_VIRUS)
        (bad,) = pump.until_ended(order(system))
        assert (bad.state, bad.cause, bad.spent) == ("failed", "damaged", True)
        assert bad.message == "The file contains a virus."
        assert system.services.artifacts.find(bad.artifact) is None

        server.file = None
        settings = replace(pump.context.settings, clamd_socket="/nowhere/clamd")
        pump.context = replace(pump.context, settings=settings)
        job_id = order(system)
        with pytest.raises(Requeue, match="clamd"):
            pump.until_ended(job_id)
        assert [call.state for call in calls_of(system, job_id)] == ["finishing"]
