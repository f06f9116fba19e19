"""A streamed chat ends, whatever its work raises."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from tasks.domain.errors import ValidationFailed
from web.api import chat_stream


@pytest.mark.parametrize("error", [TimeoutError("late"), ValidationFailed(), ValueError("odd")])
def test_an_error_of_the_work_ends_the_stream(error: Exception) -> None:
    done: Future[dict[str, Any]] = Future()
    done.set_exception(error)
    started, ended = chat_stream.lines({}, done)
    assert started.startswith("event: started\n")
    assert ended.startswith("event: error\n")
