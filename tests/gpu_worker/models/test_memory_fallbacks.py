"""Which errors mean out of memory: of the card or of this process, not of others."""

from __future__ import annotations

import pytest
from redis.exceptions import OutOfMemoryError as RedisIsFull

from gpu_worker.models.memory_fallbacks import out_of_memory
from tasks.domain.errors import StageOutOfMemory


class OutOfMemoryError(RuntimeError):
    """As torch's is named and derived."""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (StageOutOfMemory(stage="enhance"), True),
        (OutOfMemoryError("the device said no"), True),
        (RuntimeError("CUDA error: out of memory"), True),
        (RuntimeError("shapes do not fit"), False),
        (RedisIsFull("command not allowed when used memory > 'maxmemory'"), False),
    ],
    ids=repr,
)
def test_out_of_memory(error: BaseException, expected: bool) -> None:
    assert out_of_memory(error) is expected
