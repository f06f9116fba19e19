"""Harmful files, each with the layer and code that must stop it.

All of them are made here by code. `Hostile.kind` says where it is sent; a file that a
decoder must look at to be found out has a harmless name.
"""

from __future__ import annotations

import io
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from PIL import Image

from gpu_worker.media import ffmpeg
from tests.services.clamav import TEST_VIRUS
from tests.web.samples import animation, encoded, picture, recording
from web.uploads.candidate import Kind

Made = bytes | Callable[[], bytes]


@dataclass(frozen=True)
class Hostile:
    """One file and its fate."""

    title: str
    kind: Kind
    name: str
    made: Made
    layer: str
    code: str

    @property
    def data(self) -> bytes:
        """Its content: some take seconds to make, and are made by the test that sends them."""
        return self.made if isinstance(self.made, bytes) else self.made()


def corpus() -> list[Hostile]:
    makers = (
        *(names, sizes, types, pictures, crowded_pictures, phones),
        *(polyglots, playlists, recordings, crowded_recordings, viruses),
    )
    return [hostile for maker in makers for hostile in maker()]


# --- names, sizes ---------------------------------------------------------------------

_UNSAFE = [
    "../../etc/passwd.png",
    "..\\..\\win.png",
    "%2e%2e%2fme.png",
    "..%5cme.png",
    "a/b.png",
    ".hidden.png",
    ".htaccess.png",
    "<img>.png",
    "a|b.png",
    "me%00.png",
    "me%0d%0aX:1.png",
]


def names() -> Iterator[Hostile]:
    unsafe = (
        *_UNSAFE,
        "me\x00.png",
        "me\r\nSet-Cookie: a=b.png",
        "me\u202egnp.png",
        "me\u2066.png",
        "me\u200f.png",
        "me\x1b[31m.png",
        "me\x7f.png",
        "me\u0085.png",
        "me\u2028.png",
        "me\ufeff.png",
    )
    for name in unsafe:
        yield Hostile("unsafe name", "face", name, picture(), "name", "NAME_UNSAFE")
    for name, code in (("", "NAME_MISSING"), (" ", "NAME_MISSING")):
        yield Hostile("no name", "face", name, picture(), "name", code)
    for length in (256, 300, 5000):
        long = "x" * (length - 4) + ".png"
        yield Hostile("long name", "face", long, picture(), "name", "NAME_TOO_LONG")


def sizes() -> Iterator[Hostile]:
    for kind, name in (("face", "me.png"), ("voice", "me.wav")):
        yield Hostile("nothing", kind, name, b"", "size", "EMPTY")  # type: ignore[arg-type]
    large = picture() + bytes(2 * 1024**2)
    yield Hostile("over the limit", "face", "me.png", large, "size", "TOO_LARGE")


# --- what it says it is ---------------------------------------------------------------


def types() -> Iterator[Hostile]:
    for extension in (
        "svg",
        "gif",
        "bmp",
        "tiff",
        "ico",
        "exe",
        "html",
        "php",
        "zip",
        "pdf",
        "jxl",
    ):
        yield Hostile(
            "extension", "face", f"me.{extension}", picture(), "extension", "EXTENSION_NOT_ALLOWED"
        )
    for extension in ("m3u8", "mov", "avi", "mkv", "txt", "png", "sh"):
        yield Hostile(
            "extension",
            "voice",
            f"me.{extension}",
            recording(),
            "extension",
            "EXTENSION_NOT_ALLOWED",
        )
    for name in ("me", "png", "me.", "me.png ", "me.png."):
        yield Hostile("no extension", "face", name, picture(), "extension", "EXTENSION_NOT_ALLOWED")
    for inner in ("php", "PHP", "html", "exe", "jsp", "svg", "js"):
        yield Hostile(
            "two extensions", "face", f"me.{inner}.png", picture(), "extension", "EXTENSION_DOUBLE"
        )
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    xxe = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    contents = {
        "svg": svg,
        "xml": xxe,
        "html": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
        "php": b"<?php system($_GET['c']); ?>",
        "shell": b"#!/bin/sh\nrm -rf /\n",
        "elf": b"\x7fELF\x02\x01\x01" + bytes(200),
        "exe": b"MZ" + bytes(200),
        "zip": archive(),
        "gzip": b"\x1f\x8b\x08" + bytes(100),
        "pdf": b"%PDF-1.7\n%%EOF",
        "gif": b"GIF89a<script>alert(1)</script>",
        "tiff": picture(kind="TIFF"),
        "bmp": picture(kind="BMP"),
        "text": b"hello, I am a picture",
        "noise": bytes(range(256)) * 40,
        "postscript": b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n",
        "mvg": b"push graphic-context\nimage over 0,0 0,0 'ephemeral:/etc/passwd'\n",
        "ico": b"\x00\x00\x01\x00\x01\x00" + bytes(100),
    }
    for what, data in contents.items():
        yield Hostile(f"{what} as png", "face", "me.png", data, "magic", "CONTENT_MISMATCH")
        yield Hostile(f"{what} as wav", "voice", "me.wav", data, "magic", "CONTENT_MISMATCH")
    for name, kind in (("me.jpg", "PNG"), ("me.webp", "JPEG"), ("me.png", "WEBP")):
        yield Hostile(
            f"{kind} as {name}", "face", name, picture(kind=kind), "magic", "CONTENT_MISMATCH"
        )


# --- pictures -------------------------------------------------------------------------


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, pixels: bytes = b"\0", depth: int = 8, color: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    packed = zlib.compress(pixels, 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"IDAT", packed), chunk(b"IEND", b""))
    )


def frames(kind: str) -> bytes:
    file = io.BytesIO()
    colors = [Image.new("RGB", (300, 300), color) for color in ("red", "blue", "green")]
    colors[0].save(file, kind, save_all=True, append_images=colors[1:])
    return file.getvalue()


def pictures() -> Iterator[Hostile]:
    for side in (7100, 9000, 12_000, 60_000, 2**31 - 1):
        yield Hostile(
            "pixel flood", "face", "me.png", png(side, side), "structure", "TOO_MANY_PIXELS"
        )
    flood = png(9000, 9000, bytes(9000 * (9000 // 8 + 1)), 1, 0)
    yield Hostile("a real flood", "face", "me.png", flood, "structure", "TOO_MANY_PIXELS")
    for width, height in ((1, 1), (255, 300), (300, 16), (9000, 300), (300, 9000)):
        yield Hostile("small", "face", "me.png", png(width, height), "structure", "TOO_SMALL")
    yield Hostile("moving png", "face", "me.png", animation(), "structure", "ANIMATED")
    yield Hostile("moving webp", "face", "me.webp", frames("WEBP"), "structure", "ANIMATED")
    yield Hostile("no rows", "face", "me.png", png(300, 300), "decode", "UNDECODABLE")
    bomb = png(4096, 4096, bytes(64 * 1024**2 // 8))
    yield Hostile("too few rows", "face", "me.png", bomb, "decode", "UNDECODABLE")
    whole = picture()
    yield Hostile("half a png", "face", "me.png", whole[: len(whole) // 2], "decode", "UNDECODABLE")
    jpeg = picture(kind="JPEG")
    yield Hostile("half a jpeg", "face", "me.jpg", jpeg[: len(jpeg) // 2], "decode", "UNDECODABLE")
    webp = picture(kind="WEBP")
    cut = webp[: len(webp) // 2]
    yield Hostile("half a webp", "face", "me.webp", cut, "structure", "UNREADABLE")
    yield Hostile("a jpeg's head", "face", "me.jpg", jpeg[:100], "structure", "UNREADABLE")
    yield Hostile("zero width", "face", "me.png", png(0, 300), "structure", "UNREADABLE")
    at = whole.index(b"IDAT") + 12
    broken = whole[:at] + bytes(8) + whole[at + 8 :]
    yield Hostile("wrong checksum", "face", "me.png", broken, "decode", "UNDECODABLE")
    yield Hostile("text bomb", "face", "me.png", text_bomb, "structure", "TOO_COMPLEX")


@cache
def zeros(megabytes: int) -> bytes:
    """So many of them, packed."""
    return zlib.compress(bytes(megabytes * 1024**2), 9)


def text_bomb() -> bytes:
    whole = picture()
    return whole[:33] + chunk(b"zTXt", b"a\0\0" + zeros(64)) + whole[33:]


def phones() -> Iterator[Hostile]:
    """What phones and browsers would not send in their formats."""
    heic = (Path(__file__).parent / "phone.heic").read_bytes()
    boxes = heic + struct.pack(">I4s", 8, b"free") * 200
    yield Hostile("many boxes", "face", "me.heic", boxes, "structure", "TOO_COMPLEX")
    half = heic[: len(heic) // 2]
    yield Hostile("half a heic", "face", "me.heic", half, "structure", "UNREADABLE")
    yield Hostile("a script", "face", "me.heic", heic + b"<script>", "structure", "FOREIGN_CONTENT")
    head = bytes.fromhex("1a45dfa38f") + bytes.fromhex("4282847765626d4287810442858102")
    crowd = head + bytes.fromhex("1853806701ffffffffffffff") + b"\xec\x80" * 100_001
    yield Hostile("elements", "voice", "me.webm", crowd, "structure", "TOO_COMPLEX")
    yield Hostile("a video", "voice", "me.webm", _film, "structure", "NOT_ONLY_SOUND")
    broken = head + bytes.fromhex("1853806701ffffffffffffff") + b"\0" * 64
    yield Hostile("no elements", "voice", "me.webm", broken, "structure", "UNREADABLE")


def _film() -> bytes:
    """A short WebM with a picture that moves."""
    command = [ffmpeg.executable(), "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=d=0.5"]
    command += ["-f", "lavfi", "-i", "sine=d=0.5", "-c:v", "libvpx", "-f", "webm", "pipe:1"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def crowded_pictures() -> Iterator[Hostile]:
    """More parts than any picture has; each would cost a decoder minutes or gigabytes."""
    jpeg, webp = picture(kind="JPEG"), picture(kind="WEBP")
    inserted: dict[str, Callable[[], bytes]] = {
        "empty pixel chunks": lambda: chunk(b"IDAT", b"") * 20_000,
        "small texts": lambda: chunk(b"tEXt", b"a\0b") * 200,
        "a packed text": lambda: chunk(b"zTXt", b"a\0\0" + zeros(64)),
        "packed texts": lambda: chunk(b"zTXt", b"a\0\0" + zeros(2)) * 3,
        "an international text": lambda: chunk(b"iTXt", b"a\0\1\0en\0x\0" + zeros(64)),
        "a profile bomb": lambda: chunk(b"iCCP", b"a\0\0" + zeros(64)),
    }
    for title, chunks in inserted.items():
        made = partial(_with_chunks, chunks)
        yield Hostile(title, "face", "me.png", made, "structure", "TOO_COMPLEX")
    scan = progressive()
    first = scan.index(b"\xff\xda")
    again = scan[:-2] + scan[first:-2] * 12 + b"\xff\xd9"
    comments = b"\xff\xfe\0\2" * 700
    for title, data in (
        ("a hundred scans", again),
        ("comments", jpeg[:2] + comments + jpeg[2:]),
        ("comments with fillers", jpeg[:2] + b"\xff" * 9 + comments + jpeg[2:]),
    ):
        yield Hostile(title, "face", "me.jpg", data, "structure", "TOO_COMPLEX")
    for title, extra in (
        ("unknown parts", b"JUNK\0\0\0\0" * 200),
        ("a large profile", b"ICCP" + struct.pack("<I", 5 * 1024**2)),
    ):
        data = webp[:4] + struct.pack("<I", len(webp) + len(extra) - 8) + webp[8:] + extra
        yield Hostile(title, "face", "me.webp", data, "structure", "TOO_COMPLEX")


def _with_chunks(chunks: Callable[[], bytes]) -> bytes:
    whole = picture()
    at = whole.index(b"IDAT") - 4
    return (whole[:at] + chunks() + whole[at:])[: 2 * 1024**2]


def progressive() -> bytes:
    file = io.BytesIO()
    with Image.open(io.BytesIO(picture())) as image:
        image.save(file, "JPEG", progressive=True)
    return file.getvalue()


# --- two things at once ---------------------------------------------------------------


@cache
def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("run.sh", "#!/bin/sh\n")
    return file.getvalue()


def commented(payload: bytes) -> bytes:
    jpeg = picture(kind="JPEG")
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(payload) + 2) + payload + jpeg[2:]


_PASSENGERS = {
    "zip": archive(),
    "rar": b"Rar!\x1a\x07\x00" + bytes(40),
    "7z": b"7z\xbc\xaf\x27\x1c" + bytes(40),
    "php": b"<?php system('id'); ?>",
    "script": b"<script>alert(1)</script>",
    "html": b"<html><body onload=alert(1)>",
    "svg": b"<svg onload=alert(1)>",
    "pdf": b"%PDF-1.7\n",
    "elf": b"\x7fELF\x02\x01\x01" + bytes(60),
    "exe": b"MZ\x90\x00 This program cannot be run in DOS mode.",
    "shell": b"\n#!/bin/sh\nid\n",
    "playlist": b"\n#EXTM3U\nfile:///etc/passwd\n",
    "loud script": b"<SCRIPT>alert(1)</SCRIPT>",
    "link": b"<a href=javascript:alert(1)>",
    "document type": b"<!DOCTYPE x>",
    "quiet document type": b"<!doctype x>",
    "new pdf": b"%PDF-2.0\n",
    "elf of 32 bits": b"\x7fELF\x01\x01\x01" + bytes(60),
    "interpreter": b"\n#!/usr/bin/env python\n",
    "concat": b"\nffconcat version 1.0\nfile /etc/passwd\n",
}


def polyglots() -> Iterator[Hostile]:
    for what, passenger in _PASSENGERS.items():
        for name, data in (
            ("me.jpg", picture(kind="JPEG") + passenger),
            ("me.png", picture() + passenger),
        ):
            yield Hostile(f"{what} behind", "face", name, data, "structure", "FOREIGN_CONTENT")
        sound = recording() + passenger
        yield Hostile(f"{what} behind", "voice", "me.wav", sound, "structure", "FOREIGN_CONTENT")
    for what in ("php", "script", "svg"):
        data = commented(_PASSENGERS[what])
        yield Hostile(f"{what} inside", "face", "me.jpg", data, "structure", "FOREIGN_CONTENT")
    text = chunk(b"tEXt", b"Comment\0" + _PASSENGERS["php"])
    whole = picture()
    data = whole[:33] + text + whole[33:]
    yield Hostile("php in text", "face", "me.png", data, "structure", "FOREIGN_CONTENT")


# --- what ffmpeg would follow ---------------------------------------------------------


def playlists() -> Iterator[Hostile]:
    texts = {
        "hls": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "hls to the net": b"#EXTM3U\n#EXTINF:9,\nhttp://169.254.169.254/latest/meta-data\n",
        "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "dash": b'<?xml version="1.0"?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>',
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 4000 RTP/AVP 0\n",
        "subtitles": b"1\n00:00:00,000 --> 00:00:09,000\nfile:///etc/passwd\n",
        "avi with gab2": avi_with_playlist(),
    }
    for what, data in texts.items():
        # A list as `.webm` or `.mp4` meets the same checks as the others: one of each will do.
        later = ("webm", "mp4") if what == "hls" else ()
        for extension in ("wav", "mp3", "m4a", "ogg", "flac", *later):
            yield Hostile(
                f"{what} as {extension}",
                "voice",
                f"me.{extension}",
                data,
                "magic",
                "CONTENT_MISMATCH",
            )


def avi_with_playlist() -> bytes:
    """The shape of an AVI whose subtitle track (GAB2) is a playlist of local files."""
    gab2 = b"GAB2\0\x02\0" + b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n"
    movi = b"movi" + b"00sb" + struct.pack("<I", len(gab2)) + gab2
    body = b"AVI LIST" + struct.pack("<I", len(movi)) + movi
    return b"RIFF" + struct.pack("<I", len(body)) + body


# --- recordings -----------------------------------------------------------------------


def wav(rate: int, channels: int, bits: int, body: bytes, tag: int = 1, size: int = -1) -> bytes:
    block = channels * bits // 8
    form = struct.pack(
        "<HHIIHH", tag, channels, rate, rate * block & 0xFFFFFFFF, block & 0xFFFF, bits
    )
    length = len(body) if size < 0 else size
    data = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", length) + body
    return b"RIFF" + struct.pack("<I", len(data) + 4) + b"WAVE" + data


@cache
def made(*options: str) -> bytes:
    """What ffmpeg makes of its own test sources."""
    command = [ffmpeg.executable(), "-loglevel", "error", *options, "pipe:1"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def recordings() -> Iterator[Hostile]:
    tone, film = ("-f", "lavfi", "-i", "sine=d=1"), ("-f", "lavfi", "-i", "testsrc=d=1:s=64x64")
    movable = ("-movflags", "frag_keyframe+empty_moov", "-f", "mp4")
    silence = ("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "660", "-c:a")
    files: list[tuple[str, str, Made, str, str]] = [
        (
            "eleven minutes",
            "flac",
            lambda: made(*silence, "flac", "-f", "flac"),
            "decode",
            "TOO_LONG",
        ),
        (
            "eleven minutes",
            "ogg",
            lambda: made(*silence, "libopus", "-b:a", "6k", "-f", "ogg"),
            "decode",
            "TOO_LONG",
        ),
        ("a film", "m4a", lambda: made(*tone, *film, *movable), "structure", "NOT_ONLY_SOUND"),
        ("a silent film", "m4a", lambda: made(*film, *movable), "structure", "UNREADABLE"),
        (
            "two tracks",
            "m4a",
            lambda: made(*tone, "-map", "0", "-map", "0", *movable),
            "structure",
            "SEVERAL_TRACKS",
        ),
        ("no samples", "wav", wav(16_000, 1, 16, b""), "decode", "UNDECODABLE"),
        ("a click", "wav", wav(16_000, 1, 16, bytes(4000)), "decode", "TOO_SHORT"),
        ("no rate", "wav", wav(0, 1, 16, bytes(9000)), "structure", "UNREADABLE"),
        ("no channel", "wav", wav(16_000, 0, 16, bytes(9000)), "decode", "UNDECODABLE"),
        ("a high rate", "wav", wav(2_000_000_000, 1, 16, bytes(9000)), "structure", "SAMPLE_RATE"),
        ("a low rate", "wav", wav(1, 1, 16, bytes(9000)), "structure", "SAMPLE_RATE"),
        ("60000 channels", "wav", wav(16_000, 60_000, 16, bytes(9000)), "decode", "UNDECODABLE"),
        (
            "unknown codec",
            "wav",
            wav(16_000, 1, 16, bytes(9000), tag=0x4321),
            "decode",
            "UNDECODABLE",
        ),
        (
            "an mp3's head",
            "mp3",
            lambda: b"ID3\x04\0\0\0\0\0\0" + encoded("mp3")[10:60],
            "magic",
            "CONTENT_MISMATCH",
        ),
        ("a flac's head", "flac", lambda: encoded("flac")[:60], "structure", "UNREADABLE"),
        ("an ogg's head", "ogg", lambda: encoded("ogg")[:60], "structure", "UNREADABLE"),
        ("an m4a's head", "m4a", lambda: encoded("m4a")[:60], "structure", "UNREADABLE"),
        (
            "zeros in flac",
            "flac",
            lambda: encoded("flac")[:90] + bytes(20_000),
            "structure",
            "UNREADABLE",
        ),
    ]
    for title, extension, data, layer, code in files:
        yield Hostile(title, "voice", f"me.{extension}", data, layer, code)


_CROWDED = {
    "chunks": "wav",
    "frames of a tag": "mp3",
    "covers": "mp3",
    "tags": "mp3",
    "blocks": "flac",
    "pictures": "flac",
    "streams": "ogg",
    "pages": "ogg",
    "boxes": "m4a",
    "boxes in boxes": "m4a",
}


def crowded_recordings() -> Iterator[Hostile]:
    """More parts than any recording has."""
    for title, extension in _CROWDED.items():
        made, name = partial(_crowded, title), f"me.{extension}"
        yield Hostile(f"too many {title}", "voice", name, made, "structure", "TOO_COMPLEX")


def _crowded(title: str) -> bytes:
    return _all_crowded()[title]


@cache
def _all_crowded() -> dict[str, bytes]:
    sound, flac, ogg = recording(), encoded("flac"), encoded("ogg")

    def riff(extra: bytes) -> bytes:
        return sound[:4] + struct.pack("<I", len(sound) + len(extra) - 8) + sound[8:] + extra

    def tag(frames: bytes) -> bytes:
        size = len(frames)
        safe = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
        return b"ID3\x03\0\0" + safe + frames

    def frame(name: bytes, body: bytes) -> bytes:
        return name + struct.pack(">I", len(body)) + b"\0\0" + body

    def block(kind: int, body: bytes) -> bytes:
        return bytes([kind]) + len(body).to_bytes(3, "big") + body

    first = 4 + 4 + int.from_bytes(flac[5:8], "big")  # after the description of the stream
    begun = ogg[:5] + b"\2" + ogg[6:27]
    box = struct.pack(">I4s", 8, b"free")
    m4a = encoded("m4a")
    deep = b"".join(struct.pack(">I4s", 8 * left, b"moov") for left in range(20, 0, -1))
    mp3 = encoded("mp3")
    return {
        "chunks": riff(b"junk\0\0\0\0" * 600),
        "frames of a tag": tag(frame(b"TXXX", b"\0a") * 600) + mp3,
        "covers": tag(frame(b"APIC", b"\0a\0\3\0x") * 20) + mp3,
        "tags": tag(frame(b"TIT2", b"\0a")) * 20 + mp3,
        "blocks": flac[:first] + block(1, b"") * 600 + flac[first:],
        "pictures": flac[:first] + block(6, bytes(32)) * 20 + flac[first:],
        "streams": ogg + (begun[:26] + b"\0") * 8,
        "pages": ogg + (ogg[:5] + b"\0" + ogg[6:26] + b"\0") * 61_000,
        "boxes": m4a + box * 21_000,
        "boxes in boxes": m4a + deep,
    }


# --- viruses --------------------------------------------------------------------------


def viruses() -> Iterator[Hostile]:
    jpeg = commented(TEST_VIRUS)
    whole = picture()
    inside = whole[:33] + chunk(b"tEXt", b"Comment\0" + TEST_VIRUS) + whole[33:]
    for name, data in (
        ("me.jpg", jpeg),
        ("me.jpg", picture(kind="JPEG") + TEST_VIRUS),
        ("me.png", inside),
        ("me.png", whole + TEST_VIRUS),
    ):
        yield Hostile("virus", "face", name, data, "scan", "VIRUS_FOUND")
    yield Hostile("virus", "voice", "me.wav", recording() + TEST_VIRUS, "scan", "VIRUS_FOUND")
