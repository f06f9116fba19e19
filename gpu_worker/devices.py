"""The device this worker computes on."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache


@cache
def device_name() -> str:
    """The first GPU this process may use, or `cpu`; asked of the driver, not of torch."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "cpu"
    asked = subprocess.run(  # noqa: S603  a fixed command
        [tool, "--query-gpu=name", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    names = asked.stdout.splitlines() if asked.returncode == 0 else []
    return names[0].strip() if names else "cpu"
