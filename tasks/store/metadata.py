"""The user metadata of single objects, such as when a copy expires.

S3 sets it while it copies, by headers of the request, so the bytes stay inside the store. GCS and
Azure take it with the bytes only. A local directory has no metadata: it is kept in files of its
own, and not in attributes of the file, because a copy there is another name of the same bytes.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

Metadata = Mapping[str, str]
"""Names in lower case with dashes, as every store keeps them."""

FOLDER: Final = "metadata/"
"""Where a local directory keeps the metadata of its objects."""
_BUILT_IN: Final = frozenset(
    {
        *("Content-Type", "Content-Encoding", "Content-Language", "Content-Disposition"),
        *("Cache-Control", "Storage-Class"),
    }
)


def headers(metadata: Metadata) -> dict[str, str]:
    """Return the headers of a copy inside S3 that replace the metadata of its source."""
    named = {f"x-amz-meta-{name}": value for name, value in metadata.items()}
    return {"x-amz-metadata-directive": "REPLACE", **named}


def of_attributes(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the user metadata among the attributes that a store reports."""
    return {name: value for name, value in attributes.items() if name not in _BUILT_IN}


def write(root: Path, path: str, metadata: Metadata) -> None:
    """Keep the metadata of an object of a local directory."""
    file = _file(root, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.new")
    new.write_text(json.dumps(dict(metadata), sort_keys=True), "utf-8")
    new.replace(file)


def read(root: Path, path: str) -> dict[str, str]:
    """Return the metadata of an object of a local directory."""
    try:
        found: dict[str, str] = json.loads(_file(root, path).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return found


def forget(root: Path, path: str) -> None:
    """Delete the metadata of an object of a local directory, and the folders that are empty."""
    file = _file(root, path)
    # The last folder that another object uses cannot be removed.
    with contextlib.suppress(OSError):
        file.unlink()
        for folder in file.parents:
            if folder == root:
                break
            folder.rmdir()


def _file(root: Path, path: str) -> Path:
    return root / FOLDER / f"{path}.json"
