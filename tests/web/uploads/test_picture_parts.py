"""Pictures with as many parts as allowed pass, and one more is refused, for each format.

The files have no pixels: only their parts are read here, and damage is the decoder's affair.
"""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.web.uploads.parts import Passes, passing
from web.uploads.layers import picture_stream
from web.uploads.layers.picture_stream import check_picture_stream

EXTRA = picture_stream.LARGEST_EXTRA
EXTRAS = picture_stream.MOST_EXTRAS


@pytest.fixture
def passes(tmp_path: Path) -> Passes:
    return passing(tmp_path, "face", check_picture_stream)


# --- PNG ---------------------------------------------------------------------------------

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I4s", len(body), name) + body + bytes(4)


@pytest.mark.parametrize("body", [b"", b"abc"])
def test_chunks_of_a_png_are_counted(passes: Passes, body: bytes) -> None:
    note, pixels = chunk(b"tEXt", body), chunk(b"IDAT", body)
    most = picture_stream.MOST_CHUNKS
    assert passes(".png", SIGNATURE + note * EXTRAS)
    assert not passes(".png", SIGNATURE + note * (EXTRAS + 1))
    assert passes(".png", SIGNATURE + pixels * most)
    assert not passes(".png", SIGNATURE + pixels * (most + 1))
    assert not passes(".png", SIGNATURE + note + pixels * most)
    end = chunk(b"IEND")
    assert passes(".png", SIGNATURE + note + end + note * EXTRAS), "after its end"


def test_a_last_chunk_without_its_checksum_counts(passes: Passes) -> None:
    whole = SIGNATURE + chunk(b"tEXt") * EXTRAS
    assert not passes(".png", whole + chunk(b"tEXt")[:8])
    assert passes(".png", whole + chunk(b"tEXt")[:7])


def test_what_is_no_pixel_in_a_png_is_limited(passes: Passes) -> None:
    def file(name: bytes, length: int) -> bytes:
        return SIGNATURE + chunk(b"tEXt", b"abcd") + struct.pack(">I4s", length, name)

    before = len(file(b"tEXt", 0))
    for name, length, well in (
        (b"tEXt", EXTRA - 4, True),
        (b"tEXt", EXTRA - 3, False),
        (b"IDAT", EXTRA + 1, True),
    ):
        assert passes(".png", file(name, length), before + length + 4) is well, (name, length)
    # A length beyond the end of the file counts what is there.
    assert passes(".png", file(b"tEXt", 0x7FFFFFFF), before + EXTRA - 4)
    assert not passes(".png", file(b"tEXt", 0x7FFFFFFF), before + EXTRA - 3)


# --- WebP --------------------------------------------------------------------------------

RIFF = b"RIFF" + bytes(4) + b"WEBP"


def piece(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


@pytest.mark.parametrize("body", [b"", b"a", b"ab"])
@pytest.mark.parametrize("name", [b"EXIF", b"ANMF"])
def test_pieces_of_a_webp_are_counted(passes: Passes, name: bytes, body: bytes) -> None:
    assert passes(".webp", RIFF + piece(name, body) * EXTRAS)
    assert not passes(".webp", RIFF + piece(name, body) * (EXTRAS + 1))


@pytest.mark.parametrize(
    ("name", "limited"),
    [(b"EXIF", True), (b"VP8 ", False), (b"VP8L", False), (b"ALPH", False), (b"ANMF", False)],
)
def test_what_is_no_pixel_in_a_webp_is_limited(passes: Passes, name: bytes, limited: bool) -> None:
    before = RIFF + piece(b"EXIF", b"abcd")
    for length, well in ((EXTRA - 4, True), (EXTRA - 3, not limited)):
        assert passes(".webp", before + struct.pack("<4sI", name, length)) is well
    pixels = piece(name, b"x" * (2 if limited else 100))
    room = EXTRA - 4 - 2 * limited
    assert passes(".webp", before + pixels + struct.pack("<4sI", b"EXIF", room))
    assert not passes(".webp", before + pixels + struct.pack("<4sI", b"EXIF", room + 1))


# --- JPEG --------------------------------------------------------------------------------

START, END, SCAN, NOTE = b"\xff\xd8", b"\xff\xd9", b"\xff\xda", b"\xff\xfe"


def segment(marker: bytes, body: bytes = b"") -> bytes:
    return marker + struct.pack(">H", len(body) + 2) + body


@pytest.mark.parametrize("extension", [".jpg", ".jpeg"])
@pytest.mark.parametrize("body", [b"", NOTE * 40])  # a body that looks like markers
def test_segments_and_scans_of_a_jpeg_are_counted(
    passes: Passes, extension: str, body: bytes
) -> None:
    for marker, most in (
        (NOTE, picture_stream.MOST_SEGMENTS),
        (SCAN, picture_stream.MOST_SCANS),
    ):
        one = segment(marker, body)
        assert passes(extension, START + one * most + END)
        assert not passes(extension, START + one * (most + 1) + END)
        assert passes(extension, START + one * most + END + one), "after its end"


def test_what_belongs_to_the_pixels_of_a_jpeg_does_not_count(passes: Passes) -> None:
    most = picture_stream.MOST_SEGMENTS
    stuffed, restarts = b"\xff\x00", b"".join(bytes((0xFF, 0xD0 + n)) for n in range(8))
    full = START + segment(SCAN) + segment(NOTE) * (most - 1)
    for pixels in (stuffed, restarts, START, b"\xff\x01"):
        assert passes(".jpg", full + pixels * 1000 + END)
    assert not passes(".jpg", full + b"\xff\xff\xff\xfe\0\2" + END), "filled up before a marker"


def test_a_jpeg_that_ends_within_a_segment_counts_it(passes: Passes) -> None:
    full = START + segment(NOTE) * picture_stream.MOST_SEGMENTS
    for rest in (NOTE, NOTE + b"\0", NOTE + b"\0\0", NOTE + b"\0\1"):
        assert not passes(".jpg", full + rest)
    # A length below two is that of the length itself.
    wrong = NOTE + b"\0\0"
    assert passes(".jpg", START + wrong * picture_stream.MOST_SEGMENTS)
    assert not passes(".jpg", START + wrong * (picture_stream.MOST_SEGMENTS + 1))


# --- HEIC and AVIF -----------------------------------------------------------------------


def box(name: bytes, length: int, *, wide: bool = False) -> bytes:
    return struct.pack(">I4sQ", 1, name, length) if wide else struct.pack(">I4s", length, name)


@pytest.mark.parametrize("extension", [".heic", ".heif", ".avif"])
@pytest.mark.parametrize("wide", [False, True])
def test_boxes_of_a_picture_are_counted(passes: Passes, extension: str, wide: bool) -> None:
    one = box(b"free", 16 if wide else 8, wide=wide)
    assert passes(extension, one * EXTRAS)
    assert not passes(extension, one * (EXTRAS + 1))


def test_what_is_no_pixel_in_a_heic_is_limited(passes: Passes) -> None:
    for name, length, well in (
        (b"meta", EXTRA, True),
        (b"meta", EXTRA + 1, False),
        (b"mdat", EXTRA + 1, True),
    ):
        assert passes(".heic", box(name, length), length) is well, (name, length)
        assert passes(".heic", box(name, length, wide=True), length) is well, (name, length)
    two = box(b"meta", 8) + box(b"meta", EXTRA - 8)
    assert passes(".heic", two, EXTRA)
    assert not passes(".heic", box(b"meta", 8) + box(b"meta", EXTRA - 7), EXTRA + 1)
    pixels = box(b"mdat", 100).ljust(100, b"\0")
    assert passes(".heic", pixels + box(b"meta", EXTRA), EXTRA + 100)
    last = box(b"meta", EXTRA - 15).ljust(EXTRA - 15, b"\0") + box(b"meta", 15, wide=True)
    assert passes(".heic", last), "a long length that is the end of the file"
    longest = box(b"mdat", 2**56 + 17, wide=True)
    assert passes(".heic", longest, EXTRA + 100), "all eight bytes of a long length count"
    # Without a length, or with a wrong one, a box reaches to the end of the file.
    for length in (0, 7, 0x7FFFFFFF):
        assert passes(".heic", box(b"meta", length), EXTRA)
        assert not passes(".heic", box(b"meta", length), EXTRA + 1)
