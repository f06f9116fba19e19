"""Which bytes of a file a request is about: all, a range, or none because it has them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Request
from werkzeug.datastructures import ContentRange
from werkzeug.http import parse_etags

from web.errors import RangeUnsatisfiable


@dataclass(frozen=True, slots=True)
class Span:
    """A run of bytes, and the status that says what it is."""

    status: int
    start: int
    length: int
    content_range: str | None = None


def span(request: Request, etag: str, total: int) -> Span:
    """What of a file to send. Several ranges at once get the whole file, as RFC 9110 allows."""
    if request.if_none_match.contains_weak(etag):
        return Span(304, 0, 0)
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return Span(200, 0, total)
    if "If-Range" in request.headers and not _still_the_same(request, etag):
        return Span(200, 0, total)
    found = asked.range_for_length(total)
    if found is None:
        raise RangeUnsatisfiable(headers={"Content-Range": f"bytes */{total}"})
    start, end = found
    header = ContentRange("bytes", start, end, total).to_header()
    return Span(206, start, end - start, header)


def _still_the_same(request: Request, etag: str) -> bool:
    return parse_etags(request.headers["If-Range"]).contains(etag)
