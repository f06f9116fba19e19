"""On a CPU unless a test is marked `gpu`."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from config import settings
from gpu_worker.models.devices import device_name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test says why it does not run here."""
    here = [item for item in items if "tests/gpu_worker/engines/torch/" in item.nodeid]
    for item in here:
        if importlib.util.find_spec("torch") is None:
            item.add_marker(pytest.mark.skip(reason="torch is not here: make test-torch"))
        elif item.get_closest_marker("gpu") and device_name() == "cpu":
            item.add_marker(pytest.mark.skip(reason="this machine has no GPU"))


@pytest.fixture(autouse=True)
def _device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    gpu = request.node.get_closest_marker("gpu") is not None
    monkeypatch.setenv("TORCH_DEVICE", "cuda" if gpu else "cpu")
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()
