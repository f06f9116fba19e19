"""Resumable uploads: received pieces are kept in `temp` until the last byte has arrived.

Each upload has a directory `resume-SESSION-UPLOAD/`. Every piece updates its modification time, so
the cleanup of `temp` after `TEMP_HOURS` also expires uploads, whichever process received them.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tasks.domain.errors import FileNotFound
from web.db.columns import new_id, now
from web.upload_errors import ChecksumMismatch, UploadExpired, UploadLocked
from web.uploads.candidate import Kind

MOST_AT_ONCE: Final = 10
"""Unfinished uploads of one session, so that abandoned ones only affect their own session."""
CHECKSUMS: Final = ("sha1", "sha256")
_ID: Final = re.compile(r"[0-9a-f]{32}|s[0-9a-f]{31}")


@dataclass(frozen=True, slots=True)
class Record:
    """What the upload's creation declared; `stored_as` is the finished upload's id."""

    session_id: str
    kind: Kind
    name: str
    length: int
    stored_as: str = ""
    start: float = 0.0
    end: float | None = None
    """What to keep of a recording, in seconds."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """The checksum of one piece, as its sender computed it."""

    algorithm: str
    digest: bytes


class Partial:
    """An unfinished upload."""

    def __init__(self, directory: Path, lifetime: timedelta) -> None:
        self._directory = directory
        self._lifetime = lifetime
        self.data = directory / "data"

    @property
    def id(self) -> str:
        return self._directory.name.rpartition("-")[2]

    @property
    def record(self) -> Record:
        raw: dict[str, Any] = json.loads(self._record.read_text(encoding="utf-8"))
        return Record(**raw)

    @property
    def offset(self) -> int:
        """How many bytes have arrived; all of them once the upload is stored."""
        record = self.record
        return record.length if record.stored_as else self.data.stat().st_size

    @property
    def expires_at(self) -> datetime:
        touched = datetime.fromtimestamp(self._directory.stat().st_mtime, UTC)
        return touched + self._lifetime

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the upload for one request; raises `UploadLocked` in any other."""
        with (self._directory / "lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UploadLocked from None
            yield

    def append(self, blocks: Iterable[bytes], checksum: Checksum | None) -> None:
        """Append a piece; keep the received part of an interrupted one unless it has a checksum."""
        before = self.data.stat().st_size
        computed = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        os.utime(self._directory)
        try:
            with self.data.open("ab", buffering=0) as file:
                for block in blocks:
                    file.write(block)
                    if computed is not None:
                        computed.update(block)
            if (
                checksum is not None
                and computed is not None
                and computed.digest() != checksum.digest
            ):
                raise ChecksumMismatch
        except BaseException:
            if checksum is not None:
                os.truncate(self.data, before)
            raise

    def stored(self, upload_id: str) -> None:
        """Mark the upload as complete, so that a repeated request sees all bytes received."""
        self.write(Record(**(asdict(self.record) | {"stored_as": upload_id})))
        self.data.unlink(missing_ok=True)

    def write(self, record: Record) -> None:
        part = self._record.with_suffix(".part")
        part.write_text(json.dumps(asdict(record)), encoding="utf-8")
        part.replace(self._record)

    def remove(self) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)

    @property
    def _record(self) -> Path:
        return self._directory / "record.json"


@dataclass(frozen=True, slots=True)
class Partials:
    """All unfinished uploads on this machine."""

    directory: Path
    lifetime: timedelta

    def begin(self, record: Record) -> Partial:
        """Create an upload without any bytes yet."""
        directory = self.directory / f"resume-{record.session_id}-{new_id()}"
        directory.mkdir(parents=True, mode=0o700)
        partial = Partial(directory, self.lifetime)
        partial.data.touch(mode=0o600)
        partial.write(record)
        return partial

    def find(self, session_id: str, upload_id: str) -> Partial:
        """Find an upload of a session; raises `FileNotFound` or `UploadExpired`."""
        directory = self.directory / f"resume-{session_id}-{upload_id}"
        well_named = _ID.fullmatch(session_id) and _ID.fullmatch(upload_id)
        if not well_named or not (directory / "record.json").is_file():
            raise FileNotFound("This session has no such upload.")
        partial = Partial(directory, self.lifetime)
        if partial.expires_at < now():
            partial.remove()
            raise UploadExpired
        return partial

    def under_way(self, session_id: str) -> list[Record]:
        """List a session's unfinished uploads and remove expired ones."""
        records = []
        for directory in self.directory.glob(f"resume-{session_id}-*"):
            partial = Partial(directory, self.lifetime)
            try:
                if partial.expires_at < now():
                    partial.remove()
                elif not (record := partial.record).stored_as:
                    records.append(record)
            except FileNotFoundError:
                continue  # it is being created or removed right now
        return records
