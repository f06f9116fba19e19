"""Folders with readable names in the store: copies of blobs, for those who read the store itself.

    users/USER/projects/PROJECT/input/...             what was uploaded
    users/USER/projects/PROJECT/generated/clips/...   the clip of each scene
    users/USER/projects/PROJECT/generated/...         the finished video, its poster and captions
    users/USER/projects/PROJECT/temp/...              drafts of the storyboard

The store itself copies, so nothing is downloaded; on a local disk a copy is another name of the
same bytes. The metadata of each object says when it expires, and what it is of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tasks.domain.artifact import Blob
from tasks.store.metadata import Metadata
from tasks.store.objects import Objects

USERS: Final = "users/"
FINAL: Final = "generated/final.mp4"
"""The finished video; it is copied last, so a folder that has it is complete."""
_EXPIRES_AT, _GENERATION = "expires-at", "generation"


@dataclass(frozen=True, slots=True)
class Label:
    """What the metadata of every object of a folder says."""

    generation: str
    """The generation that the files are of."""
    expires_at: datetime

    @property
    def metadata(self) -> dict[str, str]:
        return {_EXPIRES_AT: self.expires_at.isoformat(), _GENERATION: self.generation}


class Folders:
    """The folders of projects in one store."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def write(self, folder: str, files: Mapping[str, Blob], label: Label) -> None:
        """Copy files to a folder and delete its others; the video comes last."""
        kept = {f"{folder}/{name}" for name in files}
        for name in self._objects.names(f"{folder}/"):
            if name not in kept or name.endswith(f"/{FINAL}"):
                self._objects.delete(name)
        for name in sorted(files, key=lambda one: one == FINAL):
            self._objects.copy(files[name].path, f"{folder}/{name}", label.metadata)

    def has(self, folder: str, label: Label) -> bool:
        """Return whether a folder was written completely, with this label."""
        return self._objects.metadata(f"{folder}/{FINAL}") == label.metadata

    def remove(self, folder: str) -> None:
        """Delete a folder with its files; a missing one is ignored."""
        for name in self._objects.names(f"{folder}/"):
            self._objects.delete(name)

    def listed(self) -> set[str]:
        """Return the folders of all projects that the store has."""
        return {"/".join(name.split("/")[:4]) for name in self._objects.names(USERS)}

    def remove_expired(self, folder: str, at: datetime) -> None:
        """Delete the files of a folder whose metadata says that they have expired."""
        for name in self._objects.names(f"{folder}/"):
            if _has_expired(self._objects.metadata(name) or {}, at):
                self._objects.delete(name)


def _has_expired(metadata: Metadata, at: datetime) -> bool:
    """Return whether an object has expired; one that does not say when was left by a release."""
    told = metadata.get(_EXPIRES_AT)
    return told is None or datetime.fromisoformat(told) <= at


def folder_of(owner: str, project_id: str) -> str:
    """Return the folder of a project.

    >>> folder_of("user:ada", "prj_1")
    'users/user-ada/projects/prj_1'
    """
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in owner)
    return f"{USERS}{plain}/projects/{project_id}"
