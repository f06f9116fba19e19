"""Where the control plane finds ffmpeg, and how it opens what a stranger sent.

A text playlist named `.wav` is probed as HLS or concat and reads local files. Three things
keep it from that: the demuxer is forced to be the one that the extension promised, formats
and protocols are lists of what is allowed, and the child sees none of our environment.
"""

from __future__ import annotations

import importlib
import os
import shutil
from functools import cache
from typing import Final

from tasks.domain.errors import NotReady

_DEMUXERS: Final = {
    ".wav": "wav",
    ".mp3": "mp3",
    ".flac": "flac",
    ".ogg": "ogg",
    ".oga": "ogg",
    ".m4a": "mov",
}
_CODECS: Final = (
    "pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_f64le,pcm_alaw,pcm_mulaw,"
    "mp3,mp3float,flac,vorbis,libvorbis,opus,libopus,aac,alac,png,mjpeg"
)


@cache
def executable() -> str:
    """The machine's own ffmpeg, else the one in the wheel that comes with the media group."""
    found = os.environ.get("FFMPEG") or shutil.which("ffmpeg")
    if found:
        return found
    try:
        return str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())
    except ImportError:
        raise NotReady("Recordings cannot be taken now.", missing="ffmpeg") from None


def reading(extension: str, path: str, *options: str) -> list[str]:
    """ffmpeg with a stranger's file as its input; `options` are about that input."""
    return [
        executable(),
        *("-hide_banner", "-nostdin", "-nostats", "-y", "-loglevel", "error", "-threads", "1"),
        *("-protocol_whitelist", "file"),
        *("-format_whitelist", "mov,wav,mp3,flac,ogg"),
        *("-codec_whitelist", _CODECS),
        *("-max_streams", "8", "-max_pixels", "40000000"),
        *options,
        *("-f", _DEMUXERS[extension], "-i", f"file:{path}"),
    ]
