"""A medium that carries something else: archives, programs, documents, scripts.

Re-encoding would remove all of it. It is refused none the less, because nobody's portrait
contains a program: what does is an attack on whoever touches the file before us.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Final

from web.uploads.candidate import Candidate, refusal

# Long enough that fifty megabytes of noise have none of them by chance.
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
    if _is_archive(candidate) or any(_has_mark(block) for block in _blocks(candidate)):
        raise refusal(
            "structure",
            "FOREIGN_CONTENT",
            "The file holds something that is no picture or sound; send the plain medium.",
            security=True,
        )


def _has_mark(block: bytes) -> bool:
    return any(mark in block for mark in _MARKS)


def _blocks(candidate: Candidate) -> Iterator[bytes]:
    """Pieces that overlap, so that no mark lies across an edge. Not mapped: the pages of
    twenty large files at once would be ours for as long as they are searched."""
    end = b""
    with candidate.path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield end + block
            end = block[1 - _LONGEST :]


def _is_archive(candidate: Candidate) -> bool:
    """A zip has its directory at the end, so any medium may have one behind it."""
    try:
        with zipfile.ZipFile(candidate.path):
            return True
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
