"""Refuse media that contain archives, programs, documents or scripts.

Re-encoding would remove them. The file is refused nevertheless, because a portrait that contains a
program is an attack on the software that reads the file before it is re-encoded.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Final

from web.uploads.candidate import Candidate, refusal

# Long enough not to occur by chance in fifty megabytes of noise.
_MARKS: Final = (
    b"<?php",
    b"<script",
    b"<SCRIPT",
    b"<!DOCTYPE",
    b"<!doctype",
    b"<html",
    b"<svg ",
    b"javascript:",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"%PDF-1.",
    b"%PDF-2.",
    b"\x7fELF\x02\x01\x01",
    b"\x7fELF\x01\x01\x01",
    b"cannot be run in DOS mode",
    b"#!/bin/",
    b"#!/usr/bin/",
    b"#EXTM3U",
    b"ffconcat version",
)


_LONGEST: Final = max(map(len, _MARKS))
_BLOCK: Final = 256 * 1024


def check_foreign(candidate: Candidate) -> None:
    """Refuse a file that contains an archive or a marker of foreign content."""
    if _is_archive(candidate) or any(_has_mark(block) for block in _blocks(candidate)):
        raise refusal(
            "structure",
            "FOREIGN_CONTENT",
            "The file contains something other than a picture or sound. Send a plain media file.",
            security=True,
        )


def _has_mark(block: bytes) -> bool:
    return any(mark in block for mark in _MARKS)


def _blocks(candidate: Candidate) -> Iterator[bytes]:
    """Yield overlapping blocks, so that no marker is cut in two.

    The file is not memory-mapped: the pages of many large files would stay in memory.
    """
    end = b""
    with candidate.path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield end + block
            end = block[1 - _LONGEST :]


def _is_archive(candidate: Candidate) -> bool:
    """Return whether the file can be read as a zip, whose directory is at the end of the file."""
    try:
        with zipfile.ZipFile(candidate.path):
            return True
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
