"""The limits that tests set for containers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.services.cgroups import Limits, available, size


def test_a_process_in_a_group_gets_no_more_memory_than_its_limit() -> None:
    if not available():
        pytest.skip("no control groups can be made here")
    limits = Limits("callsheet-test", size("64m"), 1.5)
    try:
        for megabytes, code in ((1, 0), (128, -9)):
            taken = [sys.executable, "-c", f"print(len(b'x' * ({megabytes} << 20)))"]
            done = subprocess.run(limits.entered(taken), check=False, capture_output=True)
            assert done.returncode == code
        assert 2**20 < limits.peak() <= size("64m")
    finally:
        limits.close()


@pytest.mark.parametrize(("text", "bytes_"), [("512m", 512 << 20), ("8g", 8 << 30)])
def test_sizes_are_those_of_compose(text: str, bytes_: int) -> None:
    assert size(text) == bytes_
