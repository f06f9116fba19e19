"""The artifact store: blobs by digest, artifacts by content key, manifests by job.

Everything is put-if-absent: the first result wins and nobody overwrites it. A local
directory, S3, R2, MinIO, GCS and Azure are one interface (obstore).

    blobs/AB/ABCD...                 bytes, named by their own sha256
    artifacts/KEY                    which blobs a stage made: the commit point
    jobs/JOB/REVISION/plan           the plan, compressed: a sixth. Nothing else is: of all
                                     bytes 97 % are media that compress to 99 %
    jobs/JOB/REVISION/STAGE/SCENE    the artifact of a step: the manifest
    jobs/JOB/withdrawn               there once somebody in it has taken their consent back
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import uuid
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url

from tasks.domain.artifact import Artifact, Blob
from tasks.domain.plan import Plan

SMALL = 8 * 1024 * 1024
"""Above this, a conditional put would hold the whole object in memory."""

PLANS_AT_HAND = 64

PARTS_AT_ONCE = 2
"""Of a large upload to a store: each of them is 5 MB of our memory."""

_CHUNK = 1024 * 1024


class Artifacts:
    """What stages read and write; the only shared storage of web and workers."""

    def __init__(self, url: str) -> None:
        self._root = _local_root(url)
        if self._root is not None:
            self._root.mkdir(parents=True, exist_ok=True)
            self._store: ObjectStore = LocalStore(str(self._root), mkdir=True)
        else:
            self._store = from_url(url, **_credentials(url))
        self._plan = lru_cache(maxsize=PLANS_AT_HAND)(self._read_plan)

    # --- blobs ------------------------------------------------------------------------

    def put_file(self, path: Path, media_type: str) -> Blob:
        """Store a file under its digest; the same bytes twice are stored once."""
        blob = Blob(_sha256(path), path.stat().st_size, media_type)
        if blob.bytes <= SMALL:
            self._create(blob.path, path.read_bytes())
        else:
            self._create_large(blob.path, path)
        return blob

    def put_bytes(self, data: bytes, media_type: str) -> Blob:
        blob = Blob(hashlib.sha256(data).hexdigest(), len(data), media_type)
        self._create(blob.path, data)
        return blob

    def read(self, blob: Blob, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of a blob, or a range of them, in chunks."""
        end = blob.bytes if length is None else min(start + length, blob.bytes)
        while start < end:
            size = min(_CHUNK, end - start)
            yield bytes(obstore.get_range(self._store, blob.path, start=start, length=size))
            start += size

    def local(self, blob: Blob, directory: Path, name: str) -> Path:
        """A local, read-only path of a blob: the store's own file where it is local."""
        if self._root is not None:
            return self._root / blob.path
        path = directory / f"{blob.sha256[:16]}-{Path(name).name}"
        if not path.exists():
            part = path.with_suffix(f"{path.suffix}.part")
            with part.open("wb") as file:
                file.writelines(self.read(blob))
            part.replace(path)
        return path

    def remove(self, blob_path: str) -> None:
        """Delete bytes that nothing refers to any more; what is gone already is fine."""
        _forget(self._store, blob_path)

    # --- artifacts and manifests ------------------------------------------------------

    def find(self, key: str) -> Artifact | None:
        found = self._get(f"artifacts/{key}")
        return None if found is None else Artifact.from_json(found)

    def commit(self, artifact: Artifact) -> Artifact:
        """Make a result true. The first one wins; its artifact is what comes back."""
        if self._create(f"artifacts/{artifact.key}", artifact.to_json()):
            return artifact
        return self.find(artifact.key) or artifact

    def forget(self, key: str) -> None:
        """Undo a commit: who asks next computes it anew."""
        _forget(self._store, f"artifacts/{key}")

    def put_plan(self, plan: Plan) -> None:
        self._create(f"jobs/{plan.job_id}/{plan.revision}/plan", zlib.compress(plan.to_json()))

    def plan(self, job_id: str, revision: int) -> Plan | None:
        """It never changes, so a worker reads it once for all stages that it carries out."""
        try:
            return self._plan(job_id, revision)
        except FileNotFoundError:
            return None

    def _read_plan(self, job_id: str, revision: int) -> Plan:
        found = obstore.get(self._store, f"jobs/{job_id}/{revision}/plan")
        return Plan.from_json(zlib.decompress(bytes(found.bytes())))

    def enter(self, job_id: str, revision: int, step: str, key: str) -> None:
        """Write a step's entry into the manifest of its job."""
        entry = json.dumps({"artifact": key}).encode()
        self._create(f"jobs/{job_id}/{revision}/steps/{step}", entry)

    def entry(self, job_id: str, revision: int, step: str) -> Artifact | None:
        """The artifact of a step, if the step is done."""
        found = self._get(f"jobs/{job_id}/{revision}/steps/{step}")
        return None if found is None else self.find(json.loads(found)["artifact"])

    def withdraw(self, job_id: str) -> None:
        """Note in a job's manifest that somebody in it has taken their consent back."""
        self._create(f"jobs/{job_id}/withdrawn", b"{}")

    def withdrawn(self, job_id: str) -> bool:
        return self._exists(f"jobs/{job_id}/withdrawn")

    def check(self) -> None:
        """Raise unless the store answers."""
        self._get("health")

    # --- the four verbs of the store --------------------------------------------------

    def _get(self, path: str) -> bytes | None:
        try:
            return bytes(obstore.get(self._store, path).bytes())
        except FileNotFoundError:
            return None

    def _create(self, path: str, data: bytes) -> bool:
        try:
            obstore.put(self._store, path, data, mode="create")
        except AlreadyExistsError:
            return False
        return True

    def _create_large(self, path: str, source: Path) -> None:
        """Upload in parts beside it, then copy: never whole in memory, never half there.

        A plain copy will do, since S3 has no copy-if-absent: a blob is named after its
        bytes, so a second writer writes what is there already. What must be put only once,
        the commit, is small.
        """
        if self._exists(path):
            return
        temporary = f"tmp/{uuid.uuid4().hex}"
        if self._root is not None:  # the kernel copies; nothing passes through our memory
            _copy(source, self._root / temporary, self._root / path)
            return
        try:
            with source.open("rb") as file:
                obstore.put(self._store, temporary, file, max_concurrency=PARTS_AT_ONCE)
            obstore.copy(self._store, temporary, path)
        finally:
            _forget(self._store, temporary)

    def _exists(self, path: str) -> bool:
        try:
            obstore.head(self._store, path)
        except FileNotFoundError:
            return False
        return True


def save_copy(artifacts: Artifacts, blob: Blob, destination: Path) -> None:
    """Write a blob to a file of the caller's, whole or not at all."""
    part = destination.with_name(f".{destination.name}.part")
    with part.open("wb") as file:
        file.writelines(artifacts.read(blob))
    part.replace(destination)


def clear(directory: Path) -> None:
    """Remove a working directory; what is gone already is fine."""
    shutil.rmtree(directory, ignore_errors=True)


def _copy(source: Path, temporary: Path, target: Path) -> None:
    for path in (temporary, target):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _forget(store: ObjectStore, path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        obstore.delete(store, path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _local_root(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme in ("", "file") else None


def _credentials(url: str) -> Mapping[str, Any]:
    """Plain http endpoints (a local S3 server) must be allowed explicitly."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if url.startswith("s3") and endpoint.startswith("http://"):
        return {"client_options": {"allow_http": True}}
    return {}
