"""The conformance suite of an engine that takes its time: on a CPU a part, on a GPU all of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gpu_worker.engines.conformance import CHECKS, runs


def checks(*on_cpu: str) -> list[Any]:
    """Return the checks of this machine; the declaration is checked where the model is declared."""
    rest = [check for check in CHECKS if check.__name__ != "declaration"]
    here = [check for check in (*rest, runs) if check.__name__ in on_cpu]
    assert len(here) == len(on_cpu)
    there = [pytest.param(c, marks=pytest.mark.gpu, id=f"{c.__name__}, gpu") for c in rest]
    return [*here, *there]
