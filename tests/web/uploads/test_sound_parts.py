"""Recordings with as many parts as allowed pass, and one more is refused, for each format.

The files have no sound: only their parts are read here, and a damaged file is the decoder's affair.
"""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.web.uploads.parts import Passes, passing
from web.uploads.layers import sound_stream
from web.uploads.layers.sound_stream import check_sound_stream

EXTRA = sound_stream.LARGEST_EXTRA
PARTS = sound_stream.MOST_PARTS
COVERS = sound_stream.MOST_COVERS


@pytest.fixture
def passes(tmp_path: Path) -> Passes:
    return passing(tmp_path, "voice", check_sound_stream)


# --- WAV ---------------------------------------------------------------------------------


def wav(*chunks: tuple[bytes, bytes], order: str = "<") -> bytes:
    said = b"RIFX" if order == ">" else b"RIFF"
    made = [
        struct.pack(f"{order}4sI", name, len(body)) + body + b"\0" * (len(body) % 2)
        for name, body in chunks
    ]
    return said + bytes(4) + b"WAVE" + b"".join(made)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("length", [0, 1, 2])
def test_chunks_of_a_wav_are_counted(passes: Passes, order: str, length: int) -> None:
    chunk = (b"note", b"x" * length)
    assert passes(".wav", wav(*[chunk] * PARTS, order=order))
    assert not passes(".wav", wav(*[chunk] * (PARTS + 1), order=order))


def test_what_is_no_sound_in_a_wav_is_limited_and_sound_is_not(
    passes: Passes,
) -> None:
    head = b"RIFF" + bytes(4) + b"WAVE"
    for name, length, well in (
        (b"LIST", EXTRA, True),
        (b"LIST", EXTRA + 1, False),
        (b"data", 2 * EXTRA, True),
    ):
        one = head + struct.pack("<4sI", name, length)
        assert passes(".wav", one, len(one) + length) is well, (name, length)
    both = wav((b"data", b"abcd")) + struct.pack("<4sI", b"LIST", EXTRA)
    assert passes(".wav", both, len(both) + EXTRA)
    two = wav((b"LIST", b"abcd")) + struct.pack("<4sI", b"LIST", EXTRA - 4)
    assert passes(".wav", two, len(two) + EXTRA)
    more = wav((b"LIST", b"abcde")) + struct.pack("<4sI", b"LIST", EXTRA - 4)
    assert not passes(".wav", more, len(more) + EXTRA)


def test_a_length_beyond_the_end_of_a_wav_counts_what_is_there(
    passes: Passes,
) -> None:
    one = b"RIFF" + bytes(4) + b"WAVE" + struct.pack("<4sI", b"LIST", 0xFFFFFFFF)
    assert passes(".wav", one, EXTRA + 12)
    assert not passes(".wav", one, EXTRA + 13)


# --- MP3 ---------------------------------------------------------------------------------


def syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def frame(name: bytes, body: bytes = b"", version: int = 3) -> bytes:
    if version == 2:
        return name + len(body).to_bytes(3, "big") + body
    length = syncsafe(len(body)) if version == 4 else len(body).to_bytes(4, "big")
    return name + length + bytes(2) + body


def tag(body: bytes = b"", version: int = 3) -> bytes:
    return b"ID3" + bytes((version, 0, 0)) + syncsafe(len(body)) + body


@pytest.mark.parametrize(("version", "name"), [(2, b"TT2"), (3, b"TIT2"), (4, b"TIT2")])
@pytest.mark.parametrize("length", [0, 200])  # 200 is written in two ways
def test_frames_of_tags_are_counted(passes: Passes, version: int, name: bytes, length: int) -> None:
    one = frame(name, b"x" * length, version)
    assert passes(".mp3", tag(one * PARTS, version))
    assert not passes(".mp3", tag(one * (PARTS + 1), version))
    half = tag(one * (PARTS // 2), version)
    assert passes(".mp3", half + half)
    assert not passes(".mp3", half + half + tag(one, version))


@pytest.mark.parametrize(("version", "name"), [(2, b"PIC"), (3, b"APIC"), (4, b"APIC")])
def test_covers_of_tags_are_counted(passes: Passes, version: int, name: bytes) -> None:
    one = frame(name, b"x", version)
    assert passes(".mp3", tag(one * COVERS, version))
    assert not passes(".mp3", tag(one * (COVERS + 1), version))


def test_a_frame_without_its_flags_counts(passes: Passes) -> None:
    whole = frame(b"TIT2") * PARTS
    assert passes(".mp3", tag(whole + b"TIT2" + bytes(3)))
    assert not passes(".mp3", tag(whole + b"TIT2" + bytes(4)))


def test_padding_after_frames_is_no_frame(passes: Passes) -> None:
    assert passes(".mp3", tag(frame(b"TIT2") * PARTS + bytes(2000)))


def test_tags_are_counted_and_limited(passes: Passes) -> None:
    assert passes(".mp3", tag() * COVERS)
    assert not passes(".mp3", tag() * (COVERS + 1))
    head = b"ID3" + bytes((3, 0, 0))
    assert passes(".mp3", head + syncsafe(EXTRA), EXTRA + 10)
    assert not passes(".mp3", head + syncsafe(EXTRA + 1), EXTRA + 11)
    assert passes(".mp3", tag() + head + syncsafe(EXTRA - 10), EXTRA + 10)
    assert not passes(".mp3", tag() + head + syncsafe(EXTRA - 9), EXTRA + 11)
    assert passes(".mp3", b"\xff\xfb\x90\0" * 100 + tag() * (COVERS + 1)), "sound has begun"


# --- FLAC --------------------------------------------------------------------------------


def block(kind: int, body: bytes = b"", *, last: bool = False) -> bytes:
    return bytes((kind | 0x80 * last,)) + len(body).to_bytes(3, "big") + body


DESCRIPTION = block(0, bytes(34))


@pytest.mark.parametrize("before", [b"", tag(frame(b"TIT2", b"x"))])
def test_blocks_of_a_flac_are_counted(passes: Passes, before: bytes) -> None:
    head = before + b"fLaC" + DESCRIPTION
    assert passes(".flac", head + block(1) * (PARTS - 1))
    assert not passes(".flac", head + block(1) * PARTS)
    assert passes(".flac", head + block(1, last=True) + block(1) * PARTS), "sound has begun"
    assert passes(".flac", head + DESCRIPTION + block(1) * PARTS), "damaged: decoder's affair"
    assert passes(".flac", before + b"OggS" + DESCRIPTION + block(1) * PARTS), "no FLAC"


def test_covers_of_a_flac_are_counted(passes: Passes) -> None:
    head = b"fLaC" + DESCRIPTION
    assert passes(".flac", head + block(6, b"x") * COVERS)
    assert not passes(".flac", head + block(6, b"x") * (COVERS + 1))
    assert not passes(".flac", head + block(6) * COVERS + block(6, last=True))


@pytest.mark.parametrize("before", [b"", tag(frame(b"TIT2", b"x" * 5000))])
def test_metadata_of_a_flac_is_limited(passes: Passes, before: bytes) -> None:
    fits = before + b"fLaC" + block(0) + b"\1" + (EXTRA - 12).to_bytes(3, "big")
    assert passes(".flac", fits, len(fits) + EXTRA)
    over = before + b"fLaC" + block(0) + b"\1" + (EXTRA - 11).to_bytes(3, "big")
    assert not passes(".flac", over, len(over) + EXTRA)


# --- Ogg ---------------------------------------------------------------------------------


def page(flags: int = 0, *segments: int) -> bytes:
    return (
        b"OggS"
        + bytes((0, flags))
        + bytes(20)
        + bytes((len(segments), *segments))
        + (b"x" * sum(segments))
    )


@pytest.mark.parametrize("extension", [".ogg", ".oga", ".opus"])
def test_streams_of_an_ogg_are_counted(passes: Passes, extension: str) -> None:
    begin, more = page(2, 255, 7), page(4, 3)
    most = sound_stream.MOST_STREAMS
    assert passes(extension, (begin + more) * most)
    assert not passes(extension, (begin + more) * (most + 1))
    assert not passes(extension, page(3) * (most + 1))
    assert passes(extension, begin * most + b"Oggs" + page(2) * 9), "damaged: decoder's affair"


def test_pages_of_an_ogg_are_counted(passes: Passes) -> None:
    assert passes(".ogg", page() * sound_stream.MOST_PAGES)
    assert not passes(".ogg", page() * (sound_stream.MOST_PAGES + 1))


# --- MP4 ---------------------------------------------------------------------------------


def box(name: bytes, body: bytes = b"", *, wide: bool = False) -> bytes:
    if wide:
        return struct.pack(">I4sQ", 1, name, len(body) + 16) + body
    return struct.pack(">I4s", len(body) + 8, name) + body


def nested(depth: int) -> bytes:
    made = b""
    for _ in range(depth):
        made = box(b"moov", made)
    return made


@pytest.mark.parametrize("extension", [".m4a", ".mp4"])
@pytest.mark.parametrize("wide", [False, True])
def test_boxes_of_an_mp4_are_counted(passes: Passes, extension: str, wide: bool) -> None:
    most = sound_stream.MOST_BOXES
    assert passes(extension, box(b"free", wide=wide) * most)
    assert not passes(extension, box(b"free", wide=wide) * (most + 1))
    inside = box(b"moov", box(b"free") * (most // 2), wide=wide)
    assert passes(extension, inside + box(b"free") * (most - most // 2 - 1))
    assert not passes(extension, inside + box(b"free") * (most - most // 2))
    empty = box(b"moov", wide=wide)
    assert passes(extension, box(b"free") * (most - 1) + empty), "nothing is within"


@pytest.mark.parametrize(
    "name",
    [
        *(b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"edts", b"dinf"),
        *(b"moof", b"traf"),  # of a film in fragments
    ],
)
def test_boxes_in_boxes_are_counted(passes: Passes, name: bytes) -> None:
    inside = box(name, box(b"free") * sound_stream.MOST_BOXES)
    assert not passes(".mp4", inside)


def test_depth_of_an_mp4_is_limited(passes: Passes) -> None:
    deepest = sound_stream.DEEPEST_BOX
    assert passes(".mp4", nested(deepest + 1))
    assert not passes(".mp4", nested(deepest + 2))


def test_what_is_no_sound_in_an_mp4_is_limited_and_sound_is_not(
    passes: Passes,
) -> None:
    def head(name: bytes, length: int) -> bytes:
        return struct.pack(">I4s", length, name)

    for name, length, well in (
        (b"free", EXTRA, True),
        (b"free", EXTRA + 1, False),
        (b"mdat", 2 * EXTRA, True),
    ):
        assert passes(".mp4", head(name, length), length) is well, (name, length)
    assert passes(".mp4", box(b"free") + head(b"free", EXTRA - 8), EXTRA)
    assert not passes(".mp4", box(b"free") + head(b"free", EXTRA - 7), EXTRA + 1)
    assert passes(".mp4", box(b"mdat", b"x" * 50) + head(b"free", EXTRA), EXTRA + 58)
    # What lies within counts once, with the box around it.
    assert passes(".mp4", head(b"moov", EXTRA) + head(b"free", EXTRA - 8), EXTRA)
    # Without a length, or with a wrong one, a box reaches to the end of the file.
    for length in (0, 7):
        assert passes(".mp4", head(b"free", length), EXTRA)
        assert not passes(".mp4", head(b"free", length), EXTRA + 1)
    assert passes(".mp4", head(b"free", 0xFFFFFFFF), EXTRA)
    assert not passes(".mp4", head(b"free", 0xFFFFFFFF), EXTRA + 1)


def test_a_box_ends_where_the_box_around_it_ends(passes: Passes) -> None:
    """Otherwise what follows would be counted for each of them."""
    liar = struct.pack(">I4s", 0x7FFFFFFF, b"moov")
    most = sound_stream.MOST_BOXES
    assert passes(".mp4", box(b"moov", liar) + box(b"free") * (most - 2))
    assert not passes(".mp4", box(b"moov", liar) + box(b"free") * (most - 1))


# --- WebM --------------------------------------------------------------------------------

SEGMENT, CLUSTER = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"
UNKNOWN = b"\x01" + b"\xff" * 7


def element(name: bytes, length: int, wide: int = 8) -> bytes:
    return name + (1 << 7 * wide | length).to_bytes(wide, "big")


@pytest.mark.parametrize("wide", [1, 2, 4, 8])
def test_elements_of_a_webm_are_counted(passes: Passes, wide: int) -> None:
    head = SEGMENT + UNKNOWN + CLUSTER + UNKNOWN
    one = element(b"\xa3", 1, wide) + b"x"
    most = sound_stream.MOST_ELEMENTS - 2
    assert passes(".webm", head + one * most)
    assert not passes(".webm", head + one * (most + 1))


@pytest.mark.parametrize("name", [b"\xec", b"\x42\x86", b"\x2a\xd7\xb1", b"\x1c\x53\xbb\x6b"])
def test_what_is_no_sound_in_a_webm_is_limited(passes: Passes, name: bytes) -> None:
    for length, well in ((EXTRA, True), (EXTRA + 1, False)):
        one = SEGMENT + UNKNOWN + element(name, length)
        assert passes(".webm", one, len(one) + length) is well
    two = element(name, 4) + b"abcd" + element(name, EXTRA - 4)
    assert passes(".webm", two, len(two) + EXTRA)
    more = element(name, 5) + b"abcde" + element(name, EXTRA - 4)
    assert not passes(".webm", more, len(more) + EXTRA)


@pytest.mark.parametrize("name", [b"\xa3", b"\xa0"])
def test_sound_of_a_webm_is_not_limited(passes: Passes, name: bytes) -> None:
    one = SEGMENT + UNKNOWN + CLUSTER + UNKNOWN + element(name, 2 * EXTRA)
    assert passes(".webm", one, len(one) + 2 * EXTRA)
    both = SEGMENT + UNKNOWN + element(name, 4) + b"abcd" + element(b"\xec", EXTRA)
    assert passes(".webm", both, len(both) + EXTRA)


def test_a_length_beyond_the_end_of_a_webm_counts_what_is_there(
    passes: Passes,
) -> None:
    one = element(b"\xec", 2**40)
    assert passes(".webm", one, len(one) + EXTRA)
    assert not passes(".webm", one, len(one) + EXTRA + 1)


def test_damaged_elements_are_the_decoders_affair(passes: Passes) -> None:
    crowd = (element(b"\xec", 0, 1)) * (sound_stream.MOST_ELEMENTS + 1)
    assert not passes(".webm", crowd)
    assert passes(".webm", b"\x08" + bytes(11) + crowd), "a name of more than four bytes"
    assert passes(".webm", b"\x08" + bytes(4) + b"\x80" + crowd), "of five bytes"
    assert passes(".webm", b"\xec\x00" + crowd), "a length of more than eight bytes"
    assert passes(".webm", b"\x1c\x53\xbb\x6b" + bytes(9) + crowd), "and after a long name"
    assert passes(".webm", b"\xec" + UNKNOWN + crowd), "no length, but nothing within"
    assert passes(".webm", b"\xec"), "no length at all"
