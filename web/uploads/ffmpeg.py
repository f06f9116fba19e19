"""Find ffmpeg, and build commands that open untrusted files safely.

ffmpeg would read a text playlist named `.wav` as HLS or concat and open local files. Three measures
prevent that: the extension decides the demuxer, formats and protocols are limited to allow-lists,
and the child process receives none of the server's environment.
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
    ".opus": "ogg",
    ".m4a": "mov",
    ".mp4": "mov",
    ".mov": "mov",
    ".webm": "matroska",
}
_CODECS: Final = (
    "pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_f64le,pcm_alaw,pcm_mulaw,"
    "mp3,mp3float,flac,vorbis,libvorbis,opus,libopus,aac,alac,png,mjpeg"
)
VIDEO_CODECS: Final = f"{_CODECS},h264,hevc,vp8,vp9,av1,libdav1d,libvpx,libvpx-vp9,mpeg4"
"""Decoders for samples, beside those of sound and covers."""


@cache
def executable() -> str:
    """Return the path of the machine's own ffmpeg, or else of the media group's wheel."""
    found = os.environ.get("FFMPEG") or shutil.which("ffmpeg")
    if found:
        return found
    try:
        return str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())
    except ImportError:
        raise NotReady("The server cannot process recordings now.", missing="ffmpeg") from None


def reading(extension: str, path: str, *options: str, codecs: str = _CODECS) -> list[str]:
    """Build an ffmpeg command with an untrusted input file; `options` apply to that input."""
    return [
        executable(),
        *("-hide_banner", "-nostdin", "-nostats", "-y", "-loglevel", "error", "-threads", "1"),
        *("-protocol_whitelist", "file"),
        *("-format_whitelist", "mov,wav,mp3,flac,ogg,matroska"),
        *("-codec_whitelist", codecs),
        *("-max_streams", "8", "-max_pixels", "40000000"),
        *options,
        *("-f", _DEMUXERS[extension], "-i", f"file:{path}"),
    ]
