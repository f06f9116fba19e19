"""The layers of checks on an uploaded file, in order; each has its own error codes.

A layer is a function that takes a candidate and raises `refusal(...)` or returns nothing. Cheap
checks come first, so that no decoder sees a file that its name or size already rules out. These
layers are plain Python; libmagic, zlib and the decoders, which are C, read the file in confined
children only. Virus scanner and re-encoding follow in `web.uploads.validation`.
"""

from __future__ import annotations

from collections.abc import Callable

from web.uploads.candidate import Candidate, Kind
from web.uploads.layers.extension import check_extension
from web.uploads.layers.foreign import check_foreign
from web.uploads.layers.name import check_name
from web.uploads.layers.picture_stream import check_picture_stream
from web.uploads.layers.size import check_size
from web.uploads.layers.sound_stream import check_sound_stream

Layer = Callable[[Candidate], None]

METADATA: tuple[Layer, ...] = (check_name, check_size, check_extension)
"""Checks of name and size, which never wait for a slot."""

CONTENT: dict[Kind, tuple[Layer, ...]] = {
    "face": (check_picture_stream, check_foreign),
    "voice": (check_sound_stream, check_foreign),
    "sample": (),  # a copy of its streams is all that is kept
}
"""Checks that read the file; only a limited number of files is read at a time."""
