"""Name files by their content: the server refuses a name that does not fit it."""

from __future__ import annotations

_STARTS = {
    b"\xff\xd8\xff": "jpg",
    b"\x89PNG": "png",
    b"fLaC": "flac",
    b"OggS": "ogg",
    b"ID3": "mp3",
    b"\x1aE\xdf\xa3": "webm",
}
_BRANDS = {
    b"heic": "heic",
    b"heix": "heic",
    b"mif1": "heic",
    b"avif": "avif",
    b"M4A ": "m4a",
}
_RIFF = {b"WEBP": "webp", b"WAVE": "wav"}


def usual_name(kind: str, data: bytes) -> str:
    """Return a name for the bytes of a picture or recording that has none."""
    return f"{kind}.{_extension(data) or {'face': 'png'}.get(kind, 'wav')}"


def _extension(data: bytes) -> str | None:
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "mp4")
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    known = next((name for start, name in _STARTS.items() if data.startswith(start)), None)
    if known is None and data[:1] == b"\xff" and data[1:2] >= b"\xe0":
        return "mp3"  # a frame without tags before it
    return known
