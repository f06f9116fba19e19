"""`ENV_PYTHON tests/engines/torch DEV_SITE_PACKAGES [pytest args]`: in a model environment.

Its own packages come first; pytest and what the tests need beside it come from the
development environment, behind them.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[0] = str(HERE.parents[3])
sys.path.append(sys.argv[1])

import pytest  # noqa: E402

sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", str(HERE.parent), *sys.argv[2:]]))
