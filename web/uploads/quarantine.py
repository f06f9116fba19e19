"""Keep refused files for operators. Quarantined files are never served or executed.

A file and its record are stored under a new id; the record says where the file came from and why it
was refused. Space is limited, and each address has a share of it: the sender that takes the most
space loses its oldest files, so that junk does not displace the files of others.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tasks.domain.errors import CallsheetError, FileNotFound
from web.db.columns import new_id, now
from web.uploads.candidate import Candidate, Kind

MOST_FILES: Final = 500
MOST_BYTES: Final = 1024**3
SHARE: Final = 4
"""One address may fill a quarter of the quarantine."""
_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Record:
    """Where a quarantined file came from and why it was refused."""

    id: str
    session_id: str
    kind: Kind
    name: str
    bytes: int
    code: str
    errors: list[dict[str, str]]
    reason: str
    refused_at: str
    sender: str = ""
    """The pseudonym of the address that sent it."""


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The quarantine directory; no route serves files from it."""

    directory: Path

    def add(self, candidate: Candidate, session_id: str, error: CallsheetError) -> Record:
        """Move a file into quarantine and then write its record in one step."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        record = Record(
            id=new_id(),
            session_id=session_id,
            kind=candidate.kind,
            name=candidate.name[:255],
            bytes=candidate.path.stat().st_size,
            code=error.code,
            errors=error.details.get("errors", []),
            reason=str(error.details.get("reason", error.user_message)),
            refused_at=now().isoformat(),
            sender=candidate.sender,
        )
        path = self._file(record.id)
        shutil.move(candidate.path, path)
        path.chmod(0o400)
        part = self.directory / f"{record.id}.part"
        part.write_text(json.dumps(asdict(record)), encoding="utf-8")
        part.replace(self._record(record.id))
        self._make_room()
        return record

    def records(self) -> list[Record]:
        """List the records, oldest first."""
        return sorted(self._read(), key=lambda record: record.refused_at)

    def find(self, file_id: str) -> tuple[Record, Path]:
        """Find a file and its record; raises `FileNotFound`."""
        if not _ID.fullmatch(file_id) or not self._record(file_id).is_file():
            raise FileNotFound("The quarantine has no such file.")
        return self._load(self._record(file_id)), self._file(file_id)

    def delete(self, file_id: str) -> None:
        """Delete a file and its record."""
        record, path = self.find(file_id)
        self._record(record.id).unlink(missing_ok=True)
        path.unlink(missing_ok=True)

    def _make_room(self) -> None:
        by_sender: defaultdict[str, deque[Record]] = defaultdict(deque)
        for record in self.records():
            by_sender[record.sender].append(record)
        while (sender := _sender_over_share(by_sender)) is not None:
            oldest = by_sender[sender].popleft()
            with suppress(FileNotFound):  # another process has just deleted it
                self.delete(oldest.id)

    def _read(self) -> Iterator[Record]:
        for path in self.directory.glob("*.json"):
            try:
                yield self._load(path)
            except FileNotFoundError:
                continue  # another process has just deleted it

    def _load(self, path: Path) -> Record:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Record(**raw)

    def _file(self, file_id: str) -> Path:
        return self.directory / f"{file_id}.quarantined"

    def _record(self, file_id: str) -> Path:
        return self.directory / f"{file_id}.json"


def _sender_over_share(by_sender: Mapping[str, Collection[Record]]) -> str | None:
    """Return the sender whose oldest file must go, or None while everything fits."""
    shares = {sender: _share(records) for sender, records in by_sender.items() if records}
    if not shares:
        return None
    largest = max(shares, key=lambda sender: shares[sender])
    total = _share([record for records in by_sender.values() for record in records])
    return largest if total > 1 or shares[largest] > 1 / SHARE else None


def _share(records: Collection[Record]) -> float:
    """Return the share of the quarantine that files take, by number or by size."""
    return max(len(records) / MOST_FILES, sum(record.bytes for record in records) / MOST_BYTES)
