"""A service that the settings call optional is marked so in the metrics that alerts read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from config.settings import Settings, current
from tasks.circuit_breaker import process_breakers
from tasks.domain.errors import ProviderUnavailable
from tests.web.conftest import as_operator, close
from web.app import create_app


@pytest.fixture
def called_in_vain(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A call of the scanner has failed in this process, whose breakers are in this Redis."""
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    current.cache_clear()
    process_breakers.cache_clear()
    with pytest.raises(ProviderUnavailable), process_breakers().guarded_call("clamd"):
        raise OSError
    yield
    current.cache_clear()
    process_breakers.cache_clear()


@pytest.mark.usefixtures("called_in_vain")
@pytest.mark.parametrize(
    ("policy", "optional"), [("required", "no"), ("optional", "yes"), ("off", "yes")]
)
def test_a_scanner_counts_as_needed_only_where_it_is_required(
    settings: Settings, policy: str, optional: str
) -> None:
    app = create_app(replace(settings, clamd=policy))
    shown = app.test_client().get("/metrics", headers=as_operator(settings)).text
    close(app)
    assert f'callsheet_circuit_state{{optional="{optional}",service="clamd"}}' in shown
