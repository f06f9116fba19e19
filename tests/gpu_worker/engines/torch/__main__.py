"""`ENV_PYTHON tests/gpu_worker/engines/torch STAGE SITE_PACKAGES[:MORE] [pytest args]`: in an
environment.

Its own packages come first; pytest and what the tests need beside it come from the
development environment and that of upstream's code, behind them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[0] = str(HERE.parents[3])
stage, behind, *arguments = sys.argv[1:]
sys.path += behind.split(os.pathsep)

import pytest  # noqa: E402

files = map(str, sorted(HERE.parent.glob(f"test_{stage}_*.py")))
code = pytest.main(["-q", "-p", "no:cacheprovider", *files, *arguments])
# Where arguments choose tests, the other environments may have none of them.
sys.exit(0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else code)
