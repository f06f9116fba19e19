"""An operator adds a model of their own as the page says, and a clip is made by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.gpu_worker.open_weights import pages
from tests.gpu_worker.open_weights.test_server import served
from tests.services.redis_server import RedisServer
from tests.web.providers.clips import order
from tests.web.providers.pump import Pump
from web.api.schemas.models import NewModel
from web.providers.calls import FINISHING

KEY = "a-long-random-text"


def test_each_server_of_the_page_has_its_model() -> None:
    servers, models = pages.servers(), pages.models()
    assert set(servers) == set(models) == {"wan2.2-ti2v-5b", "ltx-video"}
    for name, model in models.items():
        assert not NewModel().validate(model)
        server = servers[name]
        address = f"http://{server['host']}:{server['port']}"
        assert model["service"] == {"wire": "openai_videos", "base_url": address}
        assert max(model["durations"]) <= server["most_seconds"]


@pytest.mark.slow
@pytest.mark.parametrize("name", list(pages.models()))
def test_a_clip_is_bought_from_a_model_of_the_operator(
    name: str, tmp_path: Path, redis_server: RedisServer
) -> None:
    model = pages.models()[name]
    keys = f"{model['provider']}:main={KEY}"
    with (
        served(name=name, key=KEY) as server,
        Deployment(tmp_path, redis_server, PROVIDER_KEYS=keys) as system,
    ):
        client = system.app.test_client()
        model = model | {"service": model["service"] | {"base_url": server.url}}
        added = client.post("/api/models", json=model, headers=system.operator)
        assert added.status_code == 200, added.text
        assert added.json["available"]
        pump = Pump(system)
        (call,) = pump.until_ended(order(system, model=added.json["id"], duration=3.0))
        assert (call.state, call.cause) == (FINISHING, "")
        known = system.services.artifacts.find(call.artifact)
        assert known is not None
        assert 2.5 < known.facts["seconds"] < 3.5
