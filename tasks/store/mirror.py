"""Copy one artifact store to another; its objects are written once and never change.

The folders of projects are left out: they are copies, and written again where they are missing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

import obstore
from obstore.store import LocalStore, ObjectStore

from tasks.store.folders import USERS
from tasks.store.metadata import FOLDER as METADATA
from tasks.store.objects import open_store

TEMPORARY = "tmp/"


@dataclass(frozen=True, slots=True)
class CopySummary:
    """What was copied."""

    objects: int
    bytes: int
    names: frozenset[str] = frozenset()
    """All objects of the source, those that were there already included."""


def save(url: str, directory: Path) -> CopySummary:
    """Copy a store to a directory; objects of an earlier backup are not copied again."""
    directory.mkdir(parents=True, exist_ok=True)
    return _copy(open_store(url), LocalStore(str(directory)))


def prune(directory: Path, needed: Collection[str]) -> CopySummary:
    """Delete the objects of a copy that are not needed; return how many there were."""
    copy = LocalStore(str(directory))
    left = [found for found in _all(copy) if found["path"] not in needed]
    for found in left:
        obstore.delete(copy, found["path"])
    return CopySummary(len(left), sum(found["size"] for found in left))


def load(directory: Path, url: str) -> CopySummary:
    """Copy a directory to a store."""
    return _copy(LocalStore(str(directory)), open_store(url))


def _copy(source: ObjectStore, target: ObjectStore) -> CopySummary:
    known = {found["path"] for found in _all(target)}
    objects = size = 0
    names = set()
    for found in _all(source):
        path = found["path"]
        if path.startswith((TEMPORARY, USERS, METADATA)):
            continue
        names.add(path)
        if path in known:
            continue
        _copy_one(source, target, path)
        objects += 1
        size += found["size"]
    return CopySummary(objects, size, frozenset(names))


def _copy_one(source: ObjectStore, target: ObjectStore, path: str) -> None:
    # Through a file, because a stream cannot be read while another is being written.
    with TemporaryFile() as whole:
        whole.writelines(bytes(chunk) for chunk in obstore.get(source, path).stream())
        whole.seek(0)
        obstore.put(target, path, whole)


def _all(store: ObjectStore) -> list[obstore.ObjectMeta]:
    return [found for page in obstore.list(store) for found in page]
