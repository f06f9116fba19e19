"""Where this program is installed: in a checkout, or in the folder `callsheet/_app` of a wheel.

A checkout keeps its environments and its state inside itself. A wheel writes nothing into
site-packages: both are in the user's data directory.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
"""The directory with the packages, the Procfile and the guides."""
FROM_WHEEL: Final = (ROOT.parent.name, ROOT.name) == ("callsheet", "_app")


def data_directory(environ: Mapping[str, str]) -> Path:
    """Return the user's directory for what an installed wheel keeps.

    >>> str(data_directory({"XDG_DATA_HOME": "/data"}))
    '/data/callsheet'
    """
    chosen = Path(environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()
    # The specification of these variables says to ignore a relative path.
    home = chosen if chosen.is_absolute() else Path("~/.local/share").expanduser()
    return home / "callsheet"


def state_directory(environ: Mapping[str, str]) -> Path:
    """Return where the system writes unless `CALLSHEET_STATE` says otherwise."""
    return data_directory(environ) / "state" if FROM_WHEEL else ROOT / ".callsheet"


VENVS: Final = data_directory(os.environ) / "venvs" if FROM_WHEEL else ROOT / ".venvs"
"""The virtual environments of model environments and tools."""
