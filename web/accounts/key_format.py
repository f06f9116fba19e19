"""The form of users' API keys: a prefix that scanners find, random characters and a checksum.

The checksum tells a key from junk without a look into the database, and a leaked key from a
similar text. 30 characters in base 62 have 178 random bits.
"""

from __future__ import annotations

import hmac
import re
import secrets
import string
import zlib
from typing import Final

PREFIX: Final = "cs_live_"
SHOWN: Final = len(PREFIX) + 4
"""How many characters of a key are stored and shown, to tell keys apart."""
_ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM: Final = 30
_CHECKSUM: Final = 6
_FORM: Final = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_RANDOM + _CHECKSUM}}}")


def new() -> str:
    """Create a key."""
    body = PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return body + _checksum(body)


def looks_like_one(text: str) -> bool:
    """Return whether a text is meant to be a key of a user; no other credential looks like it.

    >>> looks_like_one("cs_live_abc"), looks_like_one("eyJ.eyJ.x")
    (True, False)
    """
    return text.startswith(PREFIX)


def is_well_formed(text: str) -> bool:
    """Return whether length, characters and checksum are those of a key.

    >>> is_well_formed(new()), is_well_formed("cs_live_abc")
    (True, False)
    """
    if _FORM.fullmatch(text) is None:
        return False
    return hmac.compare_digest(_checksum(text[:-_CHECKSUM]), text[-_CHECKSUM:])


def _checksum(body: str) -> str:
    """Return the CRC32 of a text in base 62."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
