"""The layers of a file's examination, outermost first; each refuses with a code of its own.

A layer is a function of a candidate that returns nothing or raises `refusal(...)`. The
cheap ones come first, so that no decoder sees what a name or a size already gave away;
the decoders, the scanner and the clean copy follow in `web.uploads.validator`.
"""

from __future__ import annotations

from collections.abc import Callable

from web.uploads.candidate import Candidate, Kind
from web.uploads.layers.extension import check_extension
from web.uploads.layers.foreign import check_foreign
from web.uploads.layers.magic_bytes import check_magic
from web.uploads.layers.name import check_name
from web.uploads.layers.picture_stream import check_picture_stream
from web.uploads.layers.size import check_size
from web.uploads.layers.sound_stream import check_sound_stream

Layer = Callable[[Candidate], None]

SAID: tuple[Layer, ...] = (check_name, check_size, check_extension)
"""What is said of a file: looked at at once, whatever else is being examined."""

READ: dict[Kind, tuple[Layer, ...]] = {
    "face": (check_magic, check_picture_stream, check_foreign),
    "voice": (check_magic, check_sound_stream, check_foreign),
}
"""What is in it: some read all of it, so only so many files are looked into at a time."""
