"""Keys of hosted video providers, as `PROVIDER:LABEL=KEY`; only labels are shown anywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_ENTRY = re.compile(r"([a-z0-9][a-z0-9_-]{0,31}):([A-Za-z0-9_.-]{1,32})=(\S+)")


@dataclass(frozen=True, slots=True)
class ProviderKey:
    """A key of a provider, and the name by which people know it."""

    provider: str
    label: str
    secret: str = field(repr=False)


def parse(text: str) -> tuple[ProviderKey, ...]:
    """Parse the setting `PROVIDER_KEYS`.

    >>> parse("runway:main=key_1, runway:second=key_2")[1].label
    'second'
    """
    words = re.split(r"[,\s]+", text.strip())
    matches = [_ENTRY.fullmatch(word) for word in words if word]
    if None in matches:
        raise ValueError("not PROVIDER:LABEL=KEY")
    found = [ProviderKey(m[1], m[2], m[3]) for m in matches if m]
    if len({(key.provider, key.label) for key in found}) < len(found):
        raise ValueError("a label is used twice")
    return tuple(found)
