"""libmagic: the system's, else the one inside the wheel `pylibmagic`."""

from __future__ import annotations

import ctypes
from types import ModuleType


def load() -> ModuleType:
    """The module `magic`, able to find its library; import it by no other way."""
    try:
        ctypes.CDLL("libmagic.so.1")
    except OSError:
        import pylibmagic  # noqa: F401  shows `magic` the way by being imported
    import magic

    return magic  # type: ignore[no-any-return]
