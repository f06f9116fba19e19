"""The artifact store: blobs by digest, artifacts by content key, manifests by job.

Everything is put-if-absent: the first result wins and is never overwritten.

    blobs/AB/ABCD...                 bytes, named by their own sha256
    artifacts/KEY                    the blobs of a result: the commit point
    jobs/JOB/REVISION/plan           the plan, compressed to a sixth of its size (media
                                     would compress to 99 %)
    jobs/JOB/REVISION/STAGE/SCENE    the artifact of a step: the manifest
    jobs/JOB/withdrawn               present if a person has withdrawn their consent
    jobs/JOB/providers/CALL/ATTEMPT/...  what is known of a purchase (`gpu_worker/providers`)
    users/USER/projects/PROJECT/...  copies of a project's files (`tasks/store/folders.py`)
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from tasks.circuit_breaker import CircuitBreakers
from tasks.domain.artifact import Artifact, Blob
from tasks.domain.plan import Plan
from tasks.store.folders import Folders
from tasks.store.objects import Objects

SMALL = 8 * 1024 * 1024
"""Larger objects are not put conditionally, which would hold them in memory."""

CACHED_PLANS = 64

_CHUNK = 1024 * 1024


PURCHASE_NOTES: Final = ("intent", "outcome")
"""The names of what is noted of a purchase at a provider."""


class Artifacts:
    """The only shared storage of web and workers."""

    def __init__(self, url: str, breakers: CircuitBreakers | None = None) -> None:
        self._objects = Objects(url, breakers)
        self._plan = lru_cache(maxsize=CACHED_PLANS)(self._read_plan)

    # --- blobs ------------------------------------------------------------------------

    def put_file(
        self, path: Path, media_type: str, *, always: bool = False, final: bool = False
    ) -> Blob:
        """Store a file under its digest; equal bytes are stored once.

        `always` sends them even if they exist, so that timing does not reveal that they do.
        Nothing writes to a `final` file again, so that a store on its disk need not copy it.
        """
        blob = Blob(_sha256(path), path.stat().st_size, media_type)
        if final and self._objects.take(blob.path, path):
            return blob
        if blob.bytes <= SMALL:
            self._objects.create(blob.path, path.read_bytes())
        else:
            self._objects.create_large(blob.path, path, always=always)
        return blob

    def put_bytes(self, data: bytes, media_type: str) -> Blob:
        blob = Blob(hashlib.sha256(data).hexdigest(), len(data), media_type)
        self._objects.create(blob.path, data)
        return blob

    def read(self, blob: Blob, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of a blob, or a range of them, in chunks."""
        end = blob.bytes if length is None else min(start + length, blob.bytes)
        while start < end:
            size = min(_CHUNK, end - start)
            yield self._objects.range(blob.path, start, size)
            start += size

    def local(self, blob: Blob, directory: Path, name: str) -> Path:
        """Return a local, read-only path of a blob; of a local store, its own file."""
        if self._objects.root is not None:
            return self._objects.root / blob.path
        path = directory / f"{blob.sha256[:16]}-{Path(name).name}"
        if not path.exists():
            directory.mkdir(exist_ok=True)
            part = path.with_suffix(f"{path.suffix}.part")
            with part.open("wb") as file:
                file.writelines(self.read(blob))
            part.replace(path)
        return path

    def has(self, blob: Blob) -> bool:
        """Whether the bytes of a blob are stored."""
        return self._objects.exists(blob.path)

    def remove(self, blob_path: str) -> None:
        """Delete bytes that nothing refers to; missing ones are ignored."""
        self._objects.delete(blob_path)

    # --- artifacts and manifests ------------------------------------------------------

    def find(self, key: str) -> Artifact | None:
        found = self._objects.get(f"artifacts/{key}")
        return None if found is None else Artifact.from_json(found)

    def commit(self, artifact: Artifact) -> Artifact:
        """Commit a result. The first one wins, and its artifact is returned."""
        if self._objects.create(f"artifacts/{artifact.key}", artifact.to_json()):
            return artifact
        return self.find(artifact.key) or artifact

    def forget(self, key: str) -> None:
        """Undo a commit, so that the result is computed again."""
        self._objects.delete(f"artifacts/{key}")

    def put_plan(self, plan: Plan) -> None:
        path = f"jobs/{plan.job_id}/{plan.revision}/plan"
        self._objects.create(path, zlib.compress(plan.to_json()))

    def plan(self, job_id: str, revision: int) -> Plan | None:
        """Return a plan, which never changes, from a cache."""
        try:
            return self._plan(job_id, revision)
        except FileNotFoundError:
            return None

    def _read_plan(self, job_id: str, revision: int) -> Plan:
        found = self._objects.get(f"jobs/{job_id}/{revision}/plan")
        if found is None:
            raise FileNotFoundError(job_id)  # not None, which would be cached
        return Plan.from_json(zlib.decompress(found))

    def record(self, job_id: str, revision: int, step: str, key: str) -> None:
        """Write a step's entry to the manifest of its job."""
        entry = json.dumps({"artifact": key}).encode()
        self._objects.create(f"jobs/{job_id}/{revision}/steps/{step}", entry)

    def recorded(self, job_id: str, revision: int, step: str) -> Artifact | None:
        """Return the artifact of a step; None if the step is not done."""
        found = self._objects.get(f"jobs/{job_id}/{revision}/steps/{step}")
        return None if found is None else self.find(json.loads(found)["artifact"])

    def recorded_by(self, plan: Plan) -> Callable[[str], Artifact | None]:
        """Return a look-up of the artifacts of a plan's steps."""
        return partial(self.recorded, plan.job_id, plan.revision)

    def forget_manifest(self, job_id: str, revision: int, steps: Iterable[str]) -> None:
        """Delete a plan and the entries of these steps; their results stay."""
        for name in ("plan", *(f"steps/{step}" for step in steps)):
            self._objects.delete(f"jobs/{job_id}/{revision}/{name}")

    def withdraw(self, job_id: str) -> None:
        """Note in a job's manifest that a person has withdrawn their consent."""
        self._objects.create(f"jobs/{job_id}/withdrawn", b"{}")

    def withdrawn(self, job_id: str) -> bool:
        return self._objects.exists(f"jobs/{job_id}/withdrawn")

    def note_purchase(self, job_id: str, purchase: str, name: str, note: bytes) -> bool:
        """Note what is known of a purchase at a provider; return False if it was noted before."""
        return self._objects.create(f"jobs/{job_id}/providers/{purchase}/{name}", note)

    def purchase_note(self, job_id: str, purchase: str, name: str) -> bytes | None:
        return self._objects.get(f"jobs/{job_id}/providers/{purchase}/{name}")

    def forget_purchase(self, job_id: str, purchase: str) -> None:
        """Delete the notes of a purchase."""
        for name in PURCHASE_NOTES:
            self._objects.delete(f"jobs/{job_id}/providers/{purchase}/{name}")

    @property
    def folders(self) -> Folders:
        """The folders of projects in this store."""
        return Folders(self._objects)

    def check(self) -> None:
        """Raise unless the store answers."""
        self._objects.check()


def clear(directory: Path) -> None:
    """Remove a working directory; a missing one is ignored."""
    shutil.rmtree(directory, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
