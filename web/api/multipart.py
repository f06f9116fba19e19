"""Parse a multipart body into temporary files, within limits and never whole in memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import parse_form_data

from tasks.domain.errors import RequestError, ValidationFailed
from tasks.domain.text import find_forbidden, forbidden_message, normalise_newlines
from web.errors import MediaTypeUnsupported
from web.uploads.layers.size import too_large

FORM = "multipart/form-data"
MOST_PARTS = 40
FIELD_BYTES = 256 * 1024
"""The limit for all text parts of a request and the multipart envelope."""


@dataclass(frozen=True, slots=True)
class Received:
    """A parsed form: its text parts, and the temporary paths of its files, by name."""

    fields: dict[str, str]
    files: dict[str, tuple[Path, str]]
    """The path, and the file name that the client sent."""

    def field(self, name: str) -> str:
        """Return a required text part."""
        value = self.fields.get(name, "").strip()
        if not value:
            raise ValidationFailed(errors=[{"field": name, "message": "Missing."}])
        return value

    def file(self, *names: str) -> tuple[Path, str]:
        """Return the file under the first of these names that is present."""
        for name in names:
            if name in self.files:
                return self.files[name]
        raise ValidationFailed(errors=[{"field": names[0], "message": "Send a file."}])


@contextmanager
def received(temporary: Path, limit: int, files: int = 1) -> Iterator[Received]:
    """Parse the form of this request; its files are deleted when the block ends."""
    if request.mimetype != FORM:
        raise MediaTypeUnsupported(f"Send the form as `{FORM}`.")
    temporary.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=temporary, prefix="upload-") as directory:
        yield _parse(Path(directory), limit, files)


def _parse(directory: Path, limit: int, files: int) -> Received:
    parts: list[_BoundedFile] = []

    def open_part(*_: Any, **__: Any) -> IO[bytes]:
        parts.append(_BoundedFile(directory / str(len(parts)), limit))
        return cast(IO[bytes], parts[-1])

    try:
        _, form, sent = parse_form_data(
            request.environ,
            open_part,
            max_form_memory_size=FIELD_BYTES,
            max_content_length=limit * files + FIELD_BYTES,
            max_form_parts=MOST_PARTS,
            silent=False,
        )
    except RequestEntityTooLarge:
        raise too_large(limit) from None
    except ValueError:
        raise RequestError("The multipart form cannot be read.") from None
    finally:
        for part in parts:
            part.close()
    found: dict[str, tuple[Path, str]] = {}
    for name, file in sent.items(multi=True):
        found.setdefault(name, (cast(_BoundedFile, file.stream).path, file.filename or ""))
    # The library calls a part without a name None.
    return Received(_texts({name or "": text for name, text in form.to_dict().items()}), found)


def _texts(form: dict[str, str]) -> dict[str, str]:
    """Return the text parts; refuse characters that are not allowed."""
    faults = {
        name: find_forbidden(normalise_newlines(f"{name}{text}")) for name, text in form.items()
    }
    errors = [
        {"field": name, "message": forbidden_message(fault)}
        for name, fault in faults.items()
        if fault is not None
    ]
    if errors:
        raise ValidationFailed(errors=errors)
    return {name: normalise_newlines(text) for name, text in form.items()}


class _BoundedFile(io.BufferedWriter):
    """A file that raises an error when it grows past a limit."""

    def __init__(self, path: Path, limit: int) -> None:
        super().__init__(io.FileIO(path, "w"))
        self.path = path
        self._left = limit
        self._limit = limit

    def write(self, data: Any) -> int:
        self._left -= len(data)
        if self._left < 0:
            raise too_large(self._limit)
        return super().write(data)
