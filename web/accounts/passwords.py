"""Hash and check passwords, a few at a time.

A hash takes a core for 0.2 seconds or more, so each process computes only `AT_ONCE` of them and
lets other requests for one wait. bcrypt reads at most 72 bytes, so it gets the base64 form of the
password's SHA-256 digest. With `PASSWORD_HASH=argon2id`, hashes of the other kind are replaced when
their owner logs in.
"""

from __future__ import annotations

import base64
import hashlib
import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore
from typing import Final

import bcrypt
from pwdlib import PasswordHash
from pwdlib.hashers import HasherProtocol
from pwdlib.hashers.argon2 import Argon2Hasher

from web.accounts.errors import LoginBusy

BCRYPT_COST = 12
AT_ONCE: Final = max(1, (os.cpu_count() or 2) // 2)
WAIT_SECONDS: Final = 30.0
_BCRYPT: Final = "$2b$"

_slots: Final = BoundedSemaphore(AT_ONCE)


class _Bcrypt(HasherProtocol):
    """bcrypt over the password's SHA-256 digest."""

    @classmethod
    def identify(cls, hash: str | bytes) -> bool:  # noqa: A002  pwdlib's signature
        return _text(hash).startswith(_BCRYPT)

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        return bcrypt.hashpw(_digest(password), salt or bcrypt.gensalt(BCRYPT_COST)).decode()

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002
        return bcrypt.checkpw(_digest(password), _text(hash).encode())

    def check_needs_rehash(self, hash: str | bytes) -> bool:  # noqa: A002
        return not _text(hash).startswith(f"{_BCRYPT}{BCRYPT_COST:02d}$")


def hashed(kind: str, password: str) -> str:
    """Hash a password as the setting `PASSWORD_HASH` says."""
    with _slot():
        return _hashers(kind).hash(_normal(password))


def matches(kind: str, password: str, stored: str | None) -> tuple[bool, str | None]:
    """Return whether a password is right, and the hash to store instead if there is a better one.

    Without a stored hash the answer is no, after the same time.
    """
    with _slot():
        right, better = _hashers(kind).verify_and_update(_normal(password), stored or _decoy(kind))
    return (right, better) if stored is not None else (False, None)


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise LoginBusy
    try:
        yield
    finally:
        _slots.release()


@cache
def _hashers(kind: str) -> PasswordHash:
    both: list[HasherProtocol] = [_Bcrypt(), Argon2Hasher()]
    return PasswordHash(both if kind == "bcrypt" else both[::-1])


@cache
def _decoy(kind: str) -> str:
    """Return a hash of no password, with which unknown accounts take as long as known ones."""
    return _hashers(kind).hash(os.urandom(32).hex())


def _normal(password: str) -> str:
    """Return the form in which keyboards of all systems agree (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def _digest(password: str | bytes) -> bytes:
    sent = password.encode() if isinstance(password, str) else password
    return base64.b64encode(hashlib.sha256(sent).digest())


def _text(stored: str | bytes) -> str:
    return stored if isinstance(stored, str) else stored.decode()
