"""Make the blocking half of the Python client from the asynchronous one, which is written by hand.

The two differ in a few words only, so a second copy by hand would drift away from the first.
"""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = (
    (r"async def", "def"),
    (r"async with", "with"),
    (r"async for", "for"),
    (r"await ", ""),
    (r"\bAbstractAsync(?=[A-Z])", "Abstract"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\b__aenter__\b", "__enter__"),
    (r"\b__aexit__\b", "__exit__"),
    (r"\baclose\b", "close"),
    (r"\baread\b", "read"),
    (r"\baiter_(?=\w)", "iter_"),
    (r"\basyncio\.sleep\b", "time.sleep"),
    (r"\bimport asyncio\b", "import time"),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\b_async\b", "_sync"),
    (r"asyncio", "threads"),
)


def synchronous(name: str, text: str) -> str:
    """Return the blocking version of an asynchronous module."""
    for pattern, replacement in _WORDS:
        text = re.sub(pattern, replacement, text)
    if name == "operations":
        return text
    return f"# Made of ../_async/{name}.py by `make clients`; change it there.\n{text}"
