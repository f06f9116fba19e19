"""The object store as named bytes: a local directory, S3, R2, MinIO, GCS or Azure (obstore).

A store that is not a local directory is a service outside: calls to it end soon, and its
circuit (`tasks/circuit_breaker.py`, under the name `store`) keeps everybody from waiting for one
that is down. Whatever keeps it from answering is `StoreUnavailable`, and so is a disk that is full.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from tasks.circuit_breaker import CircuitBreakers
from tasks.domain.errors import ProviderUnavailable, StoreUnavailable

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

NAME: Final = "store"
"""Of its circuit."""

RECORD_SECONDS: Final = 5.0
"""For an answer about what is a few kilobytes: control decides nothing while it waits."""
MEDIA_SECONDS: Final = 60.0
"""For five megabytes, as which large objects travel, on a slow line."""
_RECORD_BYTES: Final = 64 * 1024

_RETRIES: RetryConfig = {
    "max_retries": 3,
    "backoff": {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=1)},
    "retry_timeout": timedelta(seconds=5),
}
"""By default ten tries may take three minutes, and nothing can stop them."""

_PARTS_AT_ONCE: Final = 2
"""Of a large upload: each of them is 5 MB of our memory."""


class Objects:
    """The verbs that a store knows; nothing here is ever overwritten."""

    def __init__(self, url: str, outside: CircuitBreakers | None = None) -> None:
        """Without `outside` a store that is down is asked every time."""
        self.root = _local_root(url)
        """Where it is on this machine's disk, if it is."""
        self._outside = outside
        self._records = open_store(url, RECORD_SECONDS)
        self._media = open_store(url, MEDIA_SECONDS)

    def get(self, path: str) -> bytes | None:
        """A small object, or None."""
        with self._asking():
            return _get(self._records, path)

    def range(self, path: str, start: int, length: int) -> bytes:
        """A part of a large one; raises `FileNotFoundError`."""
        with self._asking():
            try:
                return bytes(obstore.get_range(self._media, path, start=start, length=length))
            except FileNotFoundError as missing:
                gone = missing
        raise gone

    def create(self, path: str, data: bytes) -> bool:
        """Put it if it is absent; whether it was."""
        store = self._records if len(data) <= _RECORD_BYTES else self._media
        with self._asking():
            try:
                obstore.put(store, path, data, mode="create")
            except AlreadyExistsError:
                return False
            return True

    def create_large(self, path: str, source: Path, *, anew: bool = False) -> None:
        """Upload in parts beside it, then copy: never whole in memory, never half there.

        A plain copy will do, since S3 has no copy-if-absent: a blob is named after its
        bytes, so a second writer writes what is there already. What must be put only once,
        the commit, is small. With `anew` it is sent whether it is there or not, so that how
        long it takes does not say which.
        """
        if not anew and self.exists(path):
            return
        temporary = f"tmp/{uuid.uuid4().hex}"
        if self.root is not None:  # the kernel copies; nothing passes through our memory
            with self._asking():
                _copy(source, self.root / temporary, self.root / path)
            return
        with self._asking():
            try:
                with source.open("rb") as file:
                    obstore.put(self._media, temporary, file, max_concurrency=_PARTS_AT_ONCE)
                obstore.copy(self._media, temporary, path)
            finally:
                _delete(self._media, temporary)

    def exists(self, path: str) -> bool:
        with self._asking():
            try:
                obstore.head(self._records, path)
            except FileNotFoundError:
                return False
            return True

    def delete(self, path: str) -> None:
        """What is gone already is fine."""
        with self._asking():
            _delete(self._records, path)

    def check(self) -> None:
        """Raise unless the store answers now, whatever its circuit says."""
        _get(self._records, "health")

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """A call to the store. A disk has no circuit: it refuses at once."""
        circuit = (
            _told_alone()
            if self.root is not None or self._outside is None
            else self._outside.guarded_call(NAME, (BaseError,))
        )
        try:
            with circuit:
                yield
        except ProviderUnavailable as error:
            raise StoreUnavailable(**error.details) from error


@contextlib.contextmanager
def _told_alone() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise ProviderUnavailable(provider=NAME, error=type(error).__name__) from error


def open_store(url: str, seconds: float = MEDIA_SECONDS) -> ObjectStore:
    """What is behind `ARTIFACTS_URL`, with the patience for one call; a directory is made."""
    root = _local_root(url)
    if root is None:
        client = _client(url, seconds)
        return from_url(url, client_options=client, retry_config=_RETRIES)
    root.mkdir(parents=True, exist_ok=True)
    return LocalStore(str(root), mkdir=True)


def _client(url: str, seconds: float) -> ClientConfig:
    """Plain http endpoints (a local S3 server) must be allowed explicitly."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    client: ClientConfig = {
        "timeout": timedelta(seconds=seconds),
        "connect_timeout": timedelta(seconds=min(seconds, RECORD_SECONDS)),
    }
    if url.startswith("s3") and endpoint.startswith("http://"):
        client["allow_http"] = True
    return client


def _get(store: ObjectStore, path: str) -> bytes | None:
    try:
        return bytes(obstore.get(store, path).bytes())
    except FileNotFoundError:
        return None


def _delete(store: ObjectStore, path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        obstore.delete(store, path)


def _copy(source: Path, temporary: Path, target: Path) -> None:
    for path in (temporary, target):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _local_root(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme in ("", "file") else None
