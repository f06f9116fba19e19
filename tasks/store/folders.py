"""Folders with readable names in the store: copies of blobs, for those who read the store itself.

    users/USER/projects/PROJECT/input/...             what was uploaded
    users/USER/projects/PROJECT/generated/clips/...   the clip of each scene
    users/USER/projects/PROJECT/generated/...         the finished video, its poster and captions
    users/USER/projects/PROJECT/temp/...              drafts of the storyboard
    users/USER/projects/PROJECT/note.json             what the folder holds, and when it expires

The store itself copies, so nothing is downloaded; on a local disk a copy is another name of the
same bytes. Such copies take no metadata with them, so a note beside them says when they expire.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tasks.domain.artifact import Blob
from tasks.store.objects import Objects

USERS: Final = "users/"
_NOTE: Final = "note.json"


class Folders:
    """The folders of projects in one store."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def write(self, folder: str, files: Mapping[str, Blob], note: bytes) -> None:
        """Copy files to a folder and delete its others; the note comes last."""
        kept = {f"{folder}/{name}" for name in files}
        for name in self._objects.names(f"{folder}/"):
            if name not in kept:
                self._objects.delete(name)
        for name, blob in files.items():
            self._objects.copy(blob.path, f"{folder}/{name}")
        self._objects.create(f"{folder}/{_NOTE}", note)

    def note(self, folder: str) -> bytes | None:
        """Return the note of a folder; None if it was not written completely."""
        return self._objects.get(f"{folder}/{_NOTE}")

    def remove(self, folder: str) -> None:
        """Delete a folder with its files; a missing one is ignored."""
        for name in self._objects.names(f"{folder}/"):
            self._objects.delete(name)

    def listed(self) -> set[str]:
        """Return the folders of all projects that the store has."""
        return {"/".join(name.split("/")[:4]) for name in self._objects.names(USERS)}


def folder_of(owner: str, project_id: str) -> str:
    """Return the folder of a project.

    >>> folder_of("user:ada", "prj_1")
    'users/user-ada/projects/prj_1'
    """
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in owner)
    return f"{USERS}{plain}/projects/{project_id}"
