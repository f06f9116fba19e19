"""The object store: a local directory, S3, R2, MinIO, GCS or Azure (obstore).

A store that is not a local directory is an external service: calls to it have time-outs and a
circuit breaker (`tasks/circuit_breaker.py`, named `store`). Any failure to answer, and a full
disk, is `StoreUnavailable`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from config.store_keys import read_keys
from tasks.circuit_breaker import CircuitBreakers
from tasks.domain.errors import ProviderUnavailable, StoreUnavailable
from tasks.store import metadata as object_metadata
from tasks.store.metadata import Metadata

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

NAME: Final = "store"
"""Name of its circuit breaker."""

RECORD_SECONDS: Final = 5.0
"""Time-out for a few kilobytes; the controller is blocked while it waits."""
MEDIA_SECONDS: Final = 60.0
"""Time-out for a part of five megabytes over a slow connection."""
_RECORD_BYTES: Final = 64 * 1024

_RETRIES: RetryConfig = {
    "max_retries": 3,
    "backoff": {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=1)},
    "retry_timeout": timedelta(seconds=5),
}
"""The default of ten attempts can take three minutes and cannot be interrupted."""

_PART_BYTES: Final = 5 * 1024 * 1024
_PARTS_AT_ONCE: Final = 2
"""Concurrent parts of a large upload."""


class Objects:
    """The operations of a store; only copies are ever overwritten."""

    def __init__(self, url: str, breakers: CircuitBreakers | None = None) -> None:
        """Without `breakers`, a store that is down is called every time."""
        self.root = _local_root(url)
        """Its local directory, if it has one."""
        self._url = url
        self._copying: tuple[Metadata, ObjectStore] | None = None
        """The store with the metadata of the last copy: those of one folder have the same."""
        self._breakers = breakers
        self._records = open_store(url, RECORD_SECONDS)
        self._media = open_store(url, MEDIA_SECONDS)

    def get(self, path: str) -> bytes | None:
        """Return a small object, or None."""
        with self._guarded():
            if self.root is not None and ".." not in path:  # six times as fast as the library
                return _read(self.root / path)
            return _get(self._records, path)

    def range(self, path: str, start: int, length: int) -> bytes:
        """Return a part of a large object; raise `FileNotFoundError`."""
        with self._guarded():
            try:
                return bytes(obstore.get_range(self._media, path, start=start, length=length))
            except FileNotFoundError as missing:
                gone = missing
        raise gone

    def create(self, path: str, data: bytes) -> bool:
        """Put an object if it is absent; return whether it was."""
        store = self._records if len(data) <= _RECORD_BYTES else self._media
        with self._guarded():
            try:
                obstore.put(store, path, data, mode="create")
            except AlreadyExistsError:
                return False
            return True

    def take(self, path: str, source: Path) -> bool:
        """Put a file by a second name for it, without a copy; return whether that is possible.

        It is in a local directory on the same disk; the umask of every process makes its files as
        private as the store's own. Nothing may write to the file again.
        """
        if self.root is None or not stat.S_ISREG(source.lstat().st_mode):
            return False
        target = self.root / path
        try:
            try:
                os.link(source, target)
            except FileNotFoundError:
                target.parent.mkdir(parents=True, exist_ok=True)
                os.link(source, target)
        except FileExistsError:
            return True
        except OSError:  # another disk, or one without such names: it is copied
            return False
        return True

    def create_large(self, path: str, source: Path, *, always: bool = False) -> None:
        """Upload a large object in parts to a temporary name, then copy it.

        It is never held whole in memory, and never visible in part. S3 has no copy-if-absent,
        but a blob is named after its bytes, so a second writer writes the same bytes. Commits,
        which must be put only once, are small. `always` uploads an object that exists, too, so
        that timing does not reveal whether it does.
        """
        if not always and self.exists(path):
            return
        temporary = f"tmp/{uuid.uuid4().hex}"
        if self.root is not None:  # the kernel copies, without using our memory
            with self._guarded():
                _copy(source, self.root / temporary, self.root / path)
            return
        with self._guarded():
            try:
                with source.open("rb") as file:
                    obstore.put(self._media, temporary, file, max_concurrency=_PARTS_AT_ONCE)
                obstore.copy(self._media, temporary, path)
            finally:
                _delete(self._media, temporary)

    def copy(self, path: str, target: str, metadata: Metadata) -> bool:
        """Copy an object, over another one, with metadata; return whether it exists."""
        with self._guarded():
            try:
                if self.root is not None:
                    obstore.copy(self._media, path, target)
                    object_metadata.write(self.root, target, metadata)
                elif self._url.startswith("s3"):
                    obstore.copy(self._with_metadata(metadata), path, target)
                else:
                    whole = obstore.get(self._media, path).stream(min_chunk_size=_PART_BYTES)
                    obstore.put(
                        *(self._media, target, whole),
                        attributes=dict(metadata),
                        max_concurrency=_PARTS_AT_ONCE,
                    )
            except FileNotFoundError:
                return False
            return True

    def metadata(self, path: str) -> dict[str, str] | None:
        """Return the metadata of an object; None if there is no such object."""
        with self._guarded():
            if self.root is not None:
                there = (self.root / path).is_file()
                return object_metadata.read(self.root, path) if there else None
            try:
                found = obstore.get(self._records, path, options={"head": True})
            except FileNotFoundError:
                return None
            return object_metadata.of_attributes(found.attributes)

    def names(self, prefix: str) -> list[str]:
        """List the objects below a prefix that ends with a slash."""
        with self._guarded():
            pages = obstore.list(self._media, prefix.rstrip("/"))
            return [found["path"] for page in pages for found in page]

    def exists(self, path: str) -> bool:
        with self._guarded():
            try:
                obstore.head(self._records, path)
            except FileNotFoundError:
                return False
            return True

    def delete(self, path: str) -> None:
        """Delete an object with its metadata; a missing one is ignored."""
        with self._guarded():
            _delete(self._records, path)
            if self.root is not None:
                object_metadata.forget(self.root, path)

    def check(self) -> None:
        """Raise unless the store answers now, whatever the state of its circuit."""
        _get(self._records, "health")

    def _with_metadata(self, metadata: Metadata) -> ObjectStore:
        """Return the store as one that gives every copy this metadata."""
        if self._copying is None or self._copying[0] != metadata:
            headers = object_metadata.headers(metadata)
            self._copying = metadata, open_store(self._url, headers=headers)
        return self._copying[1]

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Guard a call to the store; a local disk has no circuit."""
        circuit = (
            _without_circuit()
            if self.root is not None or self._breakers is None
            else self._breakers.guarded_call(NAME, (BaseError,))
        )
        try:
            with circuit:
                yield
        except ProviderUnavailable as error:
            raise StoreUnavailable(**error.details) from error


@contextlib.contextmanager
def _without_circuit() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise ProviderUnavailable(provider=NAME, error=type(error).__name__) from error


def open_store(
    url: str, seconds: float = MEDIA_SECONDS, headers: Mapping[str, str] | None = None
) -> ObjectStore:
    """Open the store of `ARTIFACTS_URL` with this time-out; create a local directory.

    `headers` are sent, and signed, with every request.
    """
    root = _local_root(url)
    if root is None:
        client = _client(url, seconds)
        if headers is not None:
            client["default_headers"] = dict(headers)
        return from_url(url, config=_keys(url), client_options=client, retry_config=_RETRIES)
    root.mkdir(parents=True, exist_ok=True)
    return LocalStore(str(root), mkdir=True)


def _keys(url: str) -> Any:
    """Return the keys that come from files, of this kind of store; None: it finds its own."""
    kind = {"s3": "aws_", "az": "azure_"}.get(url.partition("://")[0], "-")
    return {name: key for name, key in read_keys().items() if name.startswith(kind)} or None


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


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
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
