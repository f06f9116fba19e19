"""Uploads that come in pieces: what has arrived lies in `temp` until the last byte is there.

One directory an upload, named after its session: `resume-SESSION-UPLOAD/`.
Every piece touches it, so that what cleans `temp` after `TEMP_HOURS` is what lets uploads
expire, whichever process took their pieces.
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
from web.errors import ChecksumMismatch, UploadExpired, UploadLocked
from web.uploads.candidate import Kind

MOST_AT_ONCE: Final = 10
"""Of a session: who begins and never ends takes room from itself only."""
CHECKSUMS: Final = ("sha1", "sha256")
_ID: Final = re.compile(r"[0-9a-f]{32}|s[0-9a-f]{31}")


@dataclass(frozen=True, slots=True)
class Record:
    """What was said when it began; `stored_as` is the upload it has become."""

    session_id: str
    kind: Kind
    name: str
    length: int
    stored_as: str = ""


@dataclass(frozen=True, slots=True)
class Checksum:
    """Of one piece, as its sender computed it."""

    algorithm: str
    digest: bytes


class Partial:
    """An upload on its way."""

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
        """How many bytes are there; all of them once it was stored."""
        record = self.record
        return record.length if record.stored_as else self.data.stat().st_size

    @property
    def expires_at(self) -> datetime:
        touched = datetime.fromtimestamp(self._directory.stat().st_mtime, UTC)
        return touched + self._lifetime

    @contextmanager
    def held(self) -> Iterator[None]:
        """For one request alone; a second one is sent away."""
        with (self._directory / "lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UploadLocked from None
            yield

    def append(self, blocks: Iterable[bytes], checksum: Checksum | None) -> None:
        """Add a piece. One that is broken off stays as far as it came, unless nobody can tell
        whether it is right."""
        before = self.data.stat().st_size
        seen = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        os.utime(self._directory)
        try:
            with self.data.open("ab", buffering=0) as file:
                for block in blocks:
                    file.write(block)
                    if seen is not None:
                        seen.update(block)
            if checksum is not None and seen is not None and seen.digest() != checksum.digest:
                raise ChecksumMismatch
        except BaseException:
            if checksum is not None:
                os.truncate(self.data, before)
            raise

    def stored(self, upload_id: str) -> None:
        """It has become an upload; who comes back hears that all bytes are there."""
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
    """All uploads on their way to this machine."""

    directory: Path
    lifetime: timedelta

    def begin(self, record: Record) -> Partial:
        place = self.directory / f"resume-{record.session_id}-{new_id()}"
        place.mkdir(parents=True, mode=0o700)
        partial = Partial(place, self.lifetime)
        partial.data.touch(mode=0o600)
        partial.write(record)
        return partial

    def find(self, session_id: str, upload_id: str) -> Partial:
        place = self.directory / f"resume-{session_id}-{upload_id}"
        well_named = _ID.fullmatch(session_id) and _ID.fullmatch(upload_id)
        if not well_named or not (place / "record.json").is_file():
            raise FileNotFound("There is no such upload in this session.")
        partial = Partial(place, self.lifetime)
        if partial.expires_at < now():
            partial.remove()
            raise UploadExpired
        return partial

    def under_way(self, session_id: str) -> list[Record]:
        """Those of a session that still want bytes; what has expired goes."""
        found = []
        for place in self.directory.glob(f"resume-{session_id}-*"):
            partial = Partial(place, self.lifetime)
            try:
                if partial.expires_at < now():
                    partial.remove()
                elif not (record := partial.record).stored_as:
                    found.append(record)
            except FileNotFoundError:
                continue  # it ends, or begins, at this moment
        return found
