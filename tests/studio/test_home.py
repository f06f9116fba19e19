"""The first sight of the page, and what a visitor does next.

Part of `make studio-test`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.studio.conftest import Journey
from web.jobs import modes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def system(standing_deployment: Deployment) -> str:
    """The address of a whole system that the journeys of this module share."""
    modes.set_mode(standing_deployment.services, "simulation")
    return standing_deployment.start_web()


def test_a_first_video_takes_one_click(system: str, journey: Journey) -> None:
    """A sample plays; a scene is heard before the start; takes are compared; three languages."""
    told = journey("home", system, seconds=500)
    assert told["heard"].startswith("audio/wav")
    assert told["takes"] == 2
    assert told["languages"] == ["de", "zh", "en"]


def test_credits_are_shown_and_limited_by_a_budget(
    tmp_path: Path, redis_server: RedisServer, journey: Journey
) -> None:
    """What a form refuses stands at its field; the hosted models are found by name."""
    with Deployment(tmp_path, redis_server, BILLING="on") as deployment:
        deployment.start_control()
        assert journey("credits", deployment.start_web())["models"]


def test_the_page_is_fast_with_much_in_it(slow_system: str, journey: Journey) -> None:
    """The first load, nine thousand events and 500 videos; bounds are for a loaded machine."""
    told = journey("performance", slow_system, seconds=400)
    print(json.dumps(told, indent=1))  # for docs/benchmarks.md
    assert told["home"]["bytes"] <= 150_000
    assert told["create"]["bytes"] <= 150_000
    assert told["events"]["renders_a_second"] <= 12
    assert told["events"]["heap_growth_kb"] <= 5_000
    assert told["library"]["scroll"]["longest_cpu_ms"] <= 50


def test_events_reach_the_screen_as_fast_as_on_a_bare_page(
    slow_system: str, journey: Journey
) -> None:
    """Both pages in the same run; the bounds of the difference are for a loaded machine."""
    told = journey("beside", slow_system, seconds=300)
    print(json.dumps(told, indent=1))  # for docs/benchmarks.md
    assert told["more"]["median_ms"] <= 100
    assert told["studio"]["p95_ms"] <= told["bare"]["p95_ms"] + 400
