"""Check the extension against an allow-list, which also declares the expected content."""

from __future__ import annotations

from pathlib import Path

from web.uploads.candidate import Candidate, Kind, refusal

MEDIA_TYPES: dict[Kind, dict[str, str]] = {
    "face": {
        ".jpg": "image/jpeg",
        ".jpeg": "image/jpeg",
        ".png": "image/png",
        ".webp": "image/webp",
        ".heic": "image/heic",
        ".heif": "image/heic",
        ".avif": "image/avif",
    },
    "voice": {
        ".wav": "audio/wav",
        ".mp3": "audio/mpeg",
        ".flac": "audio/flac",
        ".ogg": "audio/ogg",
        ".oga": "audio/ogg",
        ".opus": "audio/ogg",
        ".m4a": "audio/mp4",
        ".mp4": "audio/mp4",
        ".webm": "audio/webm",
    },
    "sample": {
        ".mp4": "video/mp4",
        ".mov": "video/quicktime",
        ".webm": "video/webm",
    },
}


# Extensions that another program might execute later.
_RUNNABLE = frozenset(
    f".{name}"
    for name in (
        *(
            "php",
            "phtml",
            "php5",
            "phar",
            "asp",
            "aspx",
            "jsp",
            "cgi",
            "pl",
            "py",
            "sh",
            "htaccess",
        ),
        *("exe", "dll", "bat", "cmd", "js", "jar", "vbs", "ps1", "html", "htm", "svg", "xml"),
    )
)


def check_extension(candidate: Candidate) -> None:
    """Refuse extensions that are not allowed, and double extensions of executables."""
    allowed = MEDIA_TYPES[candidate.kind]
    if candidate.extension not in allowed:
        listed = ", ".join(sorted(allowed))
        raise refusal("extension", "EXTENSION_NOT_ALLOWED", f"Send a file of type {listed}.")
    if _RUNNABLE & {suffix.lower() for suffix in Path(candidate.name).suffixes}:
        raise refusal(
            "extension", "EXTENSION_DOUBLE", "Give the file a name with one extension only."
        )
