"""A medium that carries something else: archives, programs, documents, scripts.

Re-encoding would remove all of it. It is refused none the less, because nobody's portrait
contains a program: what does is an attack on whoever touches the file before us.
"""

from __future__ import annotations

import mmap
import zipfile
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


def check_foreign(candidate: Candidate) -> None:
    with (
        candidate.path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        found = any(content.find(mark) >= 0 for mark in _MARKS)
    if found or _is_archive(candidate):
        raise refusal(
            "structure",
            "FOREIGN_CONTENT",
            "The file holds something that is no picture or sound; send the plain medium.",
            security=True,
        )


def _is_archive(candidate: Candidate) -> bool:
    """A zip has its directory at the end, so any medium may have one behind it."""
    try:
        with zipfile.ZipFile(candidate.path):
            return True
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
