"""Where refused files wait for an operator. Nothing in here is ever served or executed.

A file and its record lie under an id of ours; the record says who sent it as what, and
why it was refused. There is room for so much, and an address has a share of it: whose files
take the most room loses its oldest, so that junk cannot push the evidence of others out.
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
"""One address may fill a fourth of it."""
_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Record:
    """Why a file is here."""

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
    """A directory that no route knows."""

    directory: Path

    def add(self, candidate: Candidate, session_id: str, error: CallsheetError) -> Record:
        """Move a file in; its record is written last, whole."""
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
        held = self._file(record.id)
        shutil.move(candidate.path, held)
        held.chmod(0o400)
        part = self.directory / f"{record.id}.part"
        part.write_text(json.dumps(asdict(record)), encoding="utf-8")
        part.replace(self._record(record.id))
        self._make_room()
        return record

    def records(self) -> list[Record]:
        """The oldest first."""
        return sorted(self._read(), key=lambda record: record.refused_at)

    def find(self, file_id: str) -> tuple[Record, Path]:
        if not _ID.fullmatch(file_id) or not self._record(file_id).is_file():
            raise FileNotFound("There is no such file in quarantine.")
        return self._load(self._record(file_id)), self._file(file_id)

    def delete(self, file_id: str) -> None:
        record, path = self.find(file_id)
        self._record(record.id).unlink(missing_ok=True)
        path.unlink(missing_ok=True)

    def _make_room(self) -> None:
        held: defaultdict[str, deque[Record]] = defaultdict(deque)
        for record in self.records():
            held[record.sender].append(record)
        while (sender := _has_too_much(held)) is not None:
            oldest = held[sender].popleft()
            with suppress(FileNotFound):  # another process was faster
                self.delete(oldest.id)

    def _read(self) -> Iterator[Record]:
        for path in self.directory.glob("*.json"):
            try:
                yield self._load(path)
            except FileNotFoundError:
                continue  # somebody else has just deleted it

    def _load(self, path: Path) -> Record:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Record(**raw)

    def _file(self, file_id: str) -> Path:
        return self.directory / f"{file_id}.quarantined"

    def _record(self, file_id: str) -> Path:
        return self.directory / f"{file_id}.json"


def _has_too_much(held: Mapping[str, Collection[Record]]) -> str | None:
    """The sender that has to give way, as long as there is one."""
    shares = {sender: _share(records) for sender, records in held.items() if records}
    if not shares:
        return None
    largest = max(shares, key=lambda sender: shares[sender])
    everything = _share([record for records in held.values() for record in records])
    return largest if everything > 1 or shares[largest] > 1 / SHARE else None


def _share(records: Collection[Record]) -> float:
    """How much of the room files take, by number or by size."""
    return max(len(records) / MOST_FILES, sum(record.bytes for record in records) / MOST_BYTES)
