"""Odd requests of many kinds, for every address that an application has.

They are made, not drawn: the same ones on every run. Each has a kind, which is what is odd about
it, and a route; `kinds` gives each kind once, spread over the routes, `everything` each on all.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any, Final

from flask import Flask
from werkzeug.routing import Rule

from tests.web.samples import picture, recording

JSON: Final = {"Content-Type": "application/json"}
BOUNDARY: Final = "frontier"
FORM: Final = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
PIECE: Final = "application/offset+octet-stream"


@dataclass(frozen=True)
class Odd:
    """A request, and what is odd about it."""

    kind: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.method} {self.path[:80]}"


@dataclass(frozen=True)
class Known:
    """What is there, so that odd requests come further than to a 404."""

    session_id: str
    job_id: str
    filename: str
    upload_id: str

    def fill(self, rule: str) -> str:
        """The path of a rule, each of its parts with something that is there."""
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(self._of(part[1])), rule)

    def _of(self, part: str) -> str:
        return {"name": "lite@here", "file_id": "0" * 32}.get(part) or getattr(self, part, "odd")


METHODS: Final = (
    *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"),
    *("PROPFIND", "get", "POST\t", "G\xcbT", "X" * 500, "PRI"),
)

IDS: Final = (
    *(".", "..", "%2e%2e", "%2E%2E%2F", "%00", "%01", "%7f", "%ff", "%c0%ae", "%ED%A0%80"),
    *("%2f", "a%2fb", "%5c", "%0d%0aX-Odd:1", "%0a", "%09", "%20", "a%20b", "%25", "%25%30%30"),
    *("x" * 300, "x" * 5000, "%F0%9F%98%80", "%E2%80%AE", "%D9%A3", "null", "undefined", "-1"),
    *("0", "1e5", "NaN", "%27", "%22", "%27%20OR%201%3D1--", "%3Cscript%3E", "*", ";", "a;b=c"),
    *("~root", "CON", "__proto__", "{}", "%7B%7D", "[]", "a:b", "@", "+", "%e0%80%af", "..%3b"),
)
TAILS: Final = (
    *("/", "//", "/.", "/..", "/../..", "/%2e%2e", ";", ";a=b", "%00", "%20", "?", "#x", "/x"),
    *(".json", "~", "%", "%zz", "/" * 300, "\\", "%5c..", "/..;/", "%2f"),
)
QUERIES: Final = (
    *("=", "&", "&&&=&", "a", "a=%00", "a=%ff", "a=%ED%A0%80", "a=%zz", "a=" + "x" * 5000),
    *("a=1&a=2&a=3", "%00=1", "a[]=1", "a[b]=1", "&".join(f"a{n}=1" for n in range(2000))),
    *("hours=NaN", "hours=inf", "hours=-1", "hours=1e999", "hours=0x10", "hours=" + "9" * 5000),
    *("hours=", "hours=%D9%A3", "hours=1&hours=2", "hours=1,5", "hours=6;x", "hours=1_0"),
    *("last_event_id=0", "last_event_id=-", "last_event_id=%D9%A3", "last_event_id=1-", "wait=1"),
    *("last_event_id=" + "9" * 400, "last_event_id=9999999999999999-999999999", "EIO=4", "%"),
)
VALUES: Final = (
    *(None, True, False, 0, -1, 1.5, -0.0, 1e308, -1e308, 5e-324, 2**31, 2**53 + 1, 2**63, 2**64),
    *(-(2**63) - 1, 10**99, "", " ", "\n", "x" * 5000, "\x00", "\ud800", "\udfff\ud800", "\u202e"),
    *("\ufffe", "\U0010ffff", "e" + "\u0301" * 500, "NaN", "Infinity", "0x10", "1_000", "\u0663"),
    *("１２", "' OR 1=1 --", "../../etc/passwd", "%s%n%d", "{{7*7}}", "${jndi:ldap://x}", "true"),
    *([], {}, [[]], [None], [{}], {"": ""}, {"a": {"b": {}}}, [1] * 500, {"__class__": "x"}),
    *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2024-13-01T00:00:00Z"),
    *("2024-02-30", "0", "-1", "1e5", "en\n", "en-" + "a1-" * 500, "EN", "1" * 5000),
)
JSONS: Final[dict[str, bytes]] = {
    "empty": b"",
    "space": b"  ",
    "zero byte": b"\x00",
    "half": b'{"user_id": ',
    "single quotes": b"{'user_id': 'ada'}",
    "comment": b'{"user_id": "ada" /* x */}',
    "trailing comma": b'{"user_id": "ada",}',
    "two": b'{"user_id": "ada"}{"user_id": "ada"}',
    "array": b"[]",
    "array of objects": b'[{"user_id": "ada"}]',
    "null": b"null",
    "number": b"7",
    "string": b'"ada"',
    "NaN": b'{"seed": NaN}',
    "Infinity": b'{"seed": -Infinity}',
    "1e999": b'{"seed": 1e999}',
    "digits": b'{"seed": ' + b"9" * 5000 + b"}",
    "fraction": b'{"seed": 0.' + b"9" * 5000 + b"}",
    "exponent": b'{"seed": 1e-99999999999}',
    "negative zero": b'{"seed": -0}',
    "leading zero": b'{"seed": 01}',
    "deep array": b"[" * 100_000,
    "deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "balanced": b"[" * 5000 + b"]" * 5000,
    "wide": b"[" + b"[]," * 100_000 + b"[]]",
    "many names": json.dumps({f"field-{n}": n for n in range(10_000)}).encode(),
    "long name": json.dumps({"n" * 100_000: 1}).encode(),
    "repeated": b'{"user_id": "ada", "user_id": "bob"}',
    "empty name": b'{"": 1}',
    "surrogate name": b'{"\\ud800": 1}',
    "zero name": b'{"\\u0000": 1}',
    "proto": b'{"__proto__": {"admin": true}}',
    "bad escape": b'{"user_id": "\\x41"}',
    "half escape": b'{"user_id": "\\u12"}',
    "open string": b'{"user_id": "' + b"\\" * 1001,
    "raw control": b'{"user_id": "a\nb"}',
    "invalid UTF-8": b'{"user_id": "\xff\xfe"}',
    "encoded surrogate": b'{"user_id": "\xed\xa0\x80"}',
    "overlong": b'{"user_id": "\xc0\xaf"}',
    "BOM": b'\xef\xbb\xbf{"user_id": "ada"}',
    "UTF-16": '{"user_id": "ada"}'.encode("utf-16"),
    "UTF-16-BE": '{"user_id": "ada"}'.encode("utf-16-be"),
    "UTF-32": '{"user_id": "ada"}'.encode("utf-32"),
    "UTF-7": b'{"user_id": "+ADw-"}',
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "form": b"user_id=ada",
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "too large": b'{"user_id": "' + b"x" * 600_000 + b'"}',
}
MEDIA_TYPES: Final = (
    *("", "json", "application/json;", "application/json; charset=utf-16", "text/json", "*/*"),
    *("application/json; charset=nonsense", "APPLICATION/JSON", "application/vnd.a+json", "a/b/c"),
    *("application/json, text/plain", "multipart/form-data", "application/x-www-form-urlencoded"),
    *("text/plain", "\xff/\xfe", "application/json; boundary=" + "x" * 5000, "application/xml"),
    *("multipart/form-data; boundary=", 'multipart/form-data; boundary="', "multipart/mixed"),
    *("multipart/form-data; boundary=" + "b" * 300, "multipart/form-data; boundary=\xe9"),
)
HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "Range": (
        *("bytes=", "bytes=-", "bytes=0-", "bytes=-0", "bytes=5-2", "bytes=-1", "bytes=1e5-"),
        *("bytes=0-0,1-1", "bytes=" + ",".join("0-1" for _ in range(1000)), "items=0-1", "0-1"),
        *("bytes=99999999999999999999-", "bytes=-99999999999999999999", "bytes=--1", "bytes 0-1"),
        *("bytes=\xb2-\xb3", "bytes=0-" + "9" * 5000, "bytes=0x0-0x1", "bytes=+1-+2", "bytes=0--1"),
    ),
    "If-Range": ("*", '"', 'W/"x"', "Thu, 01 Jan 1970 00:00:00 GMT", "x" * 5000, "\xff"),
    "If-None-Match": ("*", '"', 'W/"', ",".join('"x"' for _ in range(2000)), "\xff", '"' * 3000),
    "If-Match": ("*", '"x"', ""),
    "If-Modified-Since": ("", "x", "Thu, 01 Jan 0000 00:00:00 GMT", "Thu, 99 Foo 99999 99:99:99"),
    "If-Unmodified-Since": ("x", "Mon, 31 Dec 9999 23:59:59 GMT"),
    "Accept": ("*", "a/b/c", "text/html;q=x", "application/json;q=1e999", "," * 3000, "\xff"),
    "Accept-Encoding": ("", "gzip;q=0", "gzip;q=x", "br, zstd, x", "*;q=0", "gzip," * 2000),
    "Accept-Language": ("x" * 3000, "*", "en;q=nan"),
    "Content-Encoding": ("gzip", "br", "x"),
    "Content-Length": ("", "abc", "-1", "1e3", "0x10", "\xb2", "9" * 30, "9" * 5000, "+1", "1, 1"),
    "Transfer-Encoding": ("chunked", "gzip, chunked", "x"),
    "Expect": ("100-continue", "x"),
    "Host": (
        "",
        "x" * 3000,
        "a b",
        "[",
        "[::1",
        "a:b:c",
        "a@b",
        "evil.example",
        "\xff",
        "h:999999",
    ),
    "Origin": ("null", "http://", "x", "http://[", "http://evil.example", "\xff", "http://a:b"),
    "Referer": ("\xff", "javascript:x"),
    "Sec-Fetch-Site": ("cross-site", "x"),
    "Authorization": (
        *("", "Bearer", "Bearer ", "Bearer \xff", "Bearer " + "x" * 5000, "Basic ???", "x"),
        *("Basic " + base64.b64encode(b"\xff:\x00").decode(), "Digest x", "bearer null"),
    ),
    "X-API-Key": ("", "\xff", "x" * 5000, "a:b"),
    "X-Session-ID": ("", "\xff", "x" * 5000, "..", "null"),
    "X-Forwarded-For": ("", "x", "," * 3000, "1.2.3.4:99999", "[::1", "::ffff:1.2.3.4", "\xff"),
    "Forwarded": ('for="[', "for=" * 1000),
    "X-Forwarded-Proto": ("x", "\xff"),
    "X-Forwarded-Host": ("[", "\xff"),
    "Cookie": ("", "=", ";" * 3000, "a=\xff", 'a="\\', "a=" + "x" * 5000),
    "Last-Event-ID": ("", "x", "-1", "0-0", "9" * 400, "\xb2", "9999999999999999-999999999"),
    "Prefer": ("wait", "wait=", "wait=-1", "wait=x", "wait=\xb2", "wait=1e3", "wait=" + "9" * 5000),
    "Idempotency-Key": ("", " ", "x" * 201, "\xff", "a b", '"', "\t"),
    "traceparent": ("x", "00-0-0-00", "ff-" + "0" * 32 + "-" + "0" * 16 + "-00", "x" * 5000),
    "X-Request-ID": ("\xff", "x" * 5000, "a b", "%0a", "\x01", "a\x00b", "a\x7f"),
    "X-HTTP-Method-Override": ("", "GET", "\xff", "DELETE", "patch"),
    "Upgrade": ("websocket", "h2c", "\xff"),
    "Connection": ("Upgrade", "close, close", "\xff"),
    "User-Agent": ("", "\xff", "x" * 5000, "() { :; }; x"),
    "Max-Forwards": ("0", "x"),
    "Tus-Resumable": ("", "0.0.0", "1.0.0, 1.0.0", "\xff"),
    "Access-Control-Request-Method": ("", "x", "\xff"),
    "X-" + "x" * 500: ("x",),
}


def base64_of(**told: bytes | str) -> str:
    """A well-formed `Upload-Metadata`."""
    raw = {name: v if isinstance(v, bytes) else v.encode() for name, v in told.items()}
    return ",".join(f"{name} {base64.b64encode(value).decode()}" for name, value in raw.items())


def forms(known: Known) -> dict[str, tuple[dict[str, str], bytes]]:
    """Multipart bodies, each with one thing wrong."""
    png, wave = picture(), recording(0.2)

    def part(name: str, data: bytes, file: str | None = None, *lines: str) -> bytes:
        says = f'Content-Disposition: form-data; name="{name}"'
        says += f'; filename="{file}"' if file is not None else ""
        head = "\r\n".join((f"--{BOUNDARY}", says, *lines))
        return head.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + data + b"\r\n"

    end = f"--{BOUNDARY}--\r\n".encode()
    session = part("session_id", known.session_id.encode()) + part("user_id", b"ada")
    face = part("face_image", png, "me.png")
    whole = session + face + end

    def named(file: str) -> bytes:
        return session + part("face_image", png, file) + end

    bodies = {
        "nothing": b"",
        "only the end": end,
        "no end": session + face,
        "cut": whole[: len(whole) // 2],
        "cut in a boundary": whole[:-6],
        "no line ends": whole.replace(b"\r\n", b"\n"),
        "preamble": b"x" * 5000 + b"\r\n" + whole,
        "epilogue": whole + b"x" * 5000,
        "no name": whole.replace(b'name="face_image"', b"name="),
        "no disposition": f"--{BOUNDARY}\r\nX: y\r\n\r\nz\r\n".encode() + end,
        "no head": f"--{BOUNDARY}\r\n\r\nz\r\n".encode() + end,
        "head without end": f"--{BOUNDARY}\r\nX: ".encode() + b"y" * 100_000,
        "head of no colon": f"--{BOUNDARY}\r\nnonsense\r\n\r\nz\r\n".encode() + end,
        "many heads": session + part("x", b"y", None, *(f"X-{n}: y" for n in range(500))) + end,
        "many parts": b"".join(part(f"x{n}", b"y") for n in range(200)) + end,
        "many files": session + b"".join(part("file", png, f"{n}.png") for n in range(60)) + end,
        "large text": part("session_id", b"x" * 400_000) + end,
        "text as file": session + part("face_image", png) + end,
        "file as text": part("session_id", b"x", "x.txt") + face + end,
        "empty file": session + part("face_image", b"", "me.png") + end,
        "zero in text": part("session_id", b"a\x00b") + face + end,
        "no UTF-8": part("session_id", b"\xff\xfe") + part("user_id", b"\xff") + face + end,
        "charset": session + part("tone", b"\xe9", None, "Content-Type: text/plain; charset=x"),
        "UTF-16 text": session
        + part("tone", "x".encode("utf-16"), None, "Content-Type: text/plain; charset=utf-16")
        + end,
        "encoded part": session
        + part("face_image", b"eA==", "a.png", "Content-Transfer-Encoding: base64")
        + end,
        "nested": session
        + part("face_image", whole, "me.png", f"Content-Type: {FORM['Content-Type']}")
        + end,
        "digits in text": session + part("seed", b"9" * 5000) + face + end,
        "deep JSON in text": session + part("engines", b"[" * 5000) + face + end,
        "JSON of another type": session + part("seed", b"[]") + part("consent", b"7") + face + end,
        "NaN in text": session + part("height", b"NaN") + face + end,
        "wave as face": session + part("face_image", wave, "me.png") + end,
        "face as voice": session + face + part("voice_audio", png, "me.wav") + end,
        "boundary inside": session + part("face_image", f"--{BOUNDARY}".encode(), "me.png") + end,
        "dots": named("../../me.png"),
        "absolute": named("/etc/passwd.png"),
        "backslashes": named("C:\\\\me.png"),
        "zero in name": named("me.png\x00.exe"),
        "newline in name": named("me\n.png"),
        "no UTF-8 name": named("\udcff\udcfe.png"),
        "right to left": named("\u202egnp.exe"),
        "long name": named("x" * 5000 + ".png"),
        "two extensions": named("me.php.png"),
        "no extension": named("me"),
        "name of a device": named("CON.png"),
        "name in another way": session
        + f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=face_image; "
        f"filename*=UTF-8''%00%ff\r\n\r\n".encode() + png + b"\r\n" + end,
    }  # fmt: skip
    made = {name: (FORM, body) for name, body in bodies.items()}
    for media_type in MEDIA_TYPES:
        made[f"media type {media_type[:40]!r}"] = ({"Content-Type": media_type}, whole)
    return made


def tus_heads(known: Known) -> dict[str, tuple[str, str, dict[str, str], bytes]]:
    """Beginnings and pieces of resumable uploads, each with one thing wrong."""
    begin = {"Tus-Resumable": "1.0.0", "Upload-Length": "1000"}
    told = base64_of(session_id=known.session_id, kind="face", filename="me.png")
    begin["Upload-Metadata"] = told
    piece = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": PIECE}
    path = known.fill("/uploads/<session_id>/<upload_id>")
    numbers = (
        *("", " ", "-1", "+1", "1.5", "1e3", "0x10", "abc", "\xb2", "0", "00", "9" * 15),
        *("9" * 16, "9" * 5000, "1,1", "1 1", "\x00"),
    )
    metadata = {
        "none": "",
        "commas": "," * 1000,
        "spaces": " " * 1000,
        "no value": "session_id",
        "no Base64": "session_id !!!",
        "half Base64": "session_id YQ=",
        "no UTF-8": base64_of(session_id=b"\xff", kind="face", filename="a.png"),
        "surrogate": base64_of(session_id=b"\xed\xa0\x80", kind="face", filename="a.png"),
        "zero": base64_of(session_id="a\x00", kind="face", filename="a.png"),
        "zero in kind": base64_of(session_id=known.session_id, kind="face\x00", filename="a.png"),
        "zero in name": base64_of(session_id=known.session_id, kind="face", filename="a\x00.png"),
        "dots": base64_of(session_id="..", kind="face", filename="../a.png"),
        "kind": base64_of(session_id=known.session_id, kind="x", filename="a.png"),
        "extension": base64_of(session_id=known.session_id, kind="face", filename="a.exe"),
        "twice": f"{told},{told}",
        "long": "x " + "YQ==" * 2000,
        "long name": base64_of(session_id=known.session_id, kind="face", filename="a" * 900),
        "high bytes": "session_id \xff\xfe",
        "many": ",".join(f"n{n} YQ==" for n in range(300)),
    }
    checksums = (
        *("", "sha1", "sha1 ", "md5 YQ==", "sha1 !!!", "sha256 YQ==", "SHA1 YQ==", "sha1 YQ"),
        *("sha1 " + "YQ==" * 2000, "\xff \xfe", "sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "sha1,YQ=="),
    )
    made: dict[str, tuple[str, str, dict[str, str], bytes]] = {}
    for value in numbers:
        made[f"length {value[:20]!r}"] = ("POST", "/uploads", begin | {"Upload-Length": value}, b"")
        made[f"offset {value[:20]!r}"] = ("PATCH", path, piece | {"Upload-Offset": value}, b"x")
    for name, value in metadata.items():
        made[f"metadata {name}"] = ("POST", "/uploads", begin | {"Upload-Metadata": value}, b"")
    for value in checksums:
        sent = piece | {"Upload-Checksum": value}
        made[f"checksum {value[:30]!r}"] = ("PATCH", path, sent, b"x")
    for value in ("", "0.2.2", "1.0", "\xff", "1.0.0\t"):
        made[f"version {value!r}"] = ("PATCH", path, piece | {"Tus-Resumable": value}, b"x")
    for value in MEDIA_TYPES:
        made[f"piece as {value[:30]!r}"] = ("PATCH", path, piece | {"Content-Type": value}, b"x")
    for value in ("PATCH", "DELETE", "GET", "", "\xff"):
        override = piece | {"X-HTTP-Method-Override": value, "Upload-Offset": "9"}
        made[f"override {value!r}"] = ("POST", path, override, b"x")
    made["piece too large"] = ("PATCH", path, piece, b"x" * 5000)
    made["piece of nothing"] = ("PATCH", path, piece, b"")
    made["deferred length"] = ("POST", "/uploads", begin | {"Upload-Defer-Length": "1"}, b"")
    made["concatenation"] = ("POST", "/uploads", begin | {"Upload-Concat": "final;/x /y"}, b"")
    return made


class Routes:
    """The addresses of an application, and the JSON that each of them takes."""

    def __init__(self, app: Flask) -> None:
        self._document = app.test_client().get("/openapi.json").get_json()
        self.rules: list[tuple[str, str]] = []
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
            if not rule.websocket:
                self.rules += [(method, rule.rule) for method in _methods(rule)]

    @property
    def paths(self) -> list[str]:
        return list(dict.fromkeys(path for _, path in self.rules))

    @cache  # noqa: B019  one of them lives as long as its module
    def bodies(self) -> dict[tuple[str, str], dict[str, Any]]:
        """By route, the properties of the JSON objects that it takes."""
        found = {}
        for method, path in self.rules:
            documented = self._document["paths"].get(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), {})
            body = documented.get(method.lower(), {}).get("requestBody", {}).get("content", {})
            if "application/json" in body:
                found[method, path] = self._properties(body["application/json"]["schema"])
        return found

    def _properties(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/")[-1]]
        properties: dict[str, Any] = schema.get("properties", {})
        return properties


def _methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})


def valid(path: str, known: Known) -> dict[str, Any]:
    """A body that the address would take, before something in it is made odd."""
    job = {"script": "Hello.", "mode": "simulation"}
    return {
        "/session/create": {"user_id": "ada"},
        "/process/start": {"session_id": known.session_id} | job,
        "/process/estimate": job,
        "/cleanup": {"session_id": known.session_id},
        "/jobs/redrive": {"code": "NONE_SUCH"},
    }.get(path, {})


def families(routes: Routes, known: Known) -> Iterator[list[list[Odd]]]:
    """Families of kinds; each kind is the list of its requests, one for every route it fits."""
    yield [_on_paths(routes, known, f"method {m[:20]!r}", m) for m in METHODS]
    yield [_with_ids(routes, odd) for odd in IDS]
    yield [_with_tail(routes, known, tail) for tail in TAILS]
    yield [_with_query(routes, known, query) for query in QUERIES]
    yield [
        _with_header(routes, known, name, value)
        for name, values in HEADERS.items()
        for value in values
    ]
    yield [_with_json(routes, known, name, body) for name, body in JSONS.items()]
    yield [_with_media_type(routes, known, name) for name in MEDIA_TYPES]
    yield from _with_values(routes, known)
    doors = ("/upload/face", "/upload/audio", "/api/start-processing")
    yield [
        [Odd(f"form: {name}", "POST", door, head, body) for door in doors]
        for name, (head, body) in forms(known).items()
    ]
    yield [
        [Odd(f"tus: {name}", method, path, head, body)]
        for name, (method, path, head, body) in tus_heads(known).items()
    ]


def _on_paths(routes: Routes, known: Known, kind: str, method: str) -> list[Odd]:
    return [Odd(kind, method, known.fill(path)) for path in routes.paths]


def _with_ids(routes: Routes, odd: str) -> list[Odd]:
    with_parts = [(method, path) for method, path in routes.rules if "<" in path]
    return [
        Odd(f"id {odd[:20]}", method, _odd_parts(path, odd), _typed(method, path))
        for method, path in with_parts
    ]


def _odd_parts(path: str, odd: str) -> str:
    return re.sub(r"<[^>]+>", lambda _: odd, path)


def _typed(method: str, path: str) -> dict[str, str]:
    return {"Tus-Resumable": "1.0.0", "Content-Type": PIECE} if "uploads/" in path else {}


def _with_tail(routes: Routes, known: Known, tail: str) -> list[Odd]:
    return [
        Odd(f"tail {tail[:20]}", method, known.fill(path) + tail) for method, path in routes.rules
    ]


def _with_query(routes: Routes, known: Known, query: str) -> list[Odd]:
    return [
        Odd(f"query {query[:30]}", "GET", known.fill(path), query=query)
        for method, path in routes.rules
        if method == "GET"
    ]


def _with_header(routes: Routes, known: Known, name: str, value: str) -> list[Odd]:
    made = []
    for method, path in routes.rules:
        sent = valid(path, known)
        headers = (JSON if sent else {}) | {name: value}
        body = json.dumps(sent).encode() if sent else b""
        made.append(Odd(f"{name[:30]}: {value[:30]!r}", method, known.fill(path), headers, body))
    return made


def _with_json(routes: Routes, known: Known, name: str, body: bytes) -> list[Odd]:
    return [
        Odd(f"JSON: {name}", method, known.fill(path), JSON, body)
        for method, path in routes.bodies()
    ]


def _with_media_type(routes: Routes, known: Known, media_type: str) -> list[Odd]:
    return [
        Odd(
            f"JSON as {media_type[:40]!r}",
            method,
            known.fill(path),
            {"Content-Type": media_type},
            json.dumps(valid(path, known) or {"a": 1}).encode(),
        )
        for method, path in routes.bodies()
    ]


def _with_values(routes: Routes, known: Known) -> Iterator[list[list[Odd]]]:
    """Every value in every field of every body."""
    for (method, path), properties in routes.bodies().items():
        kinds = []
        for name in properties:
            for number, value in enumerate(VALUES):
                body = json.dumps(valid(path, known) | {name: value}).encode()
                kind = f"value {number} {str(value)[:20]!r} as {path} {name}"
                kinds.append([Odd(kind, method, known.fill(path), JSON, body)])
        yield kinds


def kinds(routes: Routes, known: Known, step: int = 1) -> Iterator[Odd]:
    """Every kind once, each on another route; of the values in fields every `step`-th."""
    turn = count()
    for family in families(routes, known):
        for number, requests in enumerate(family):
            if requests[0].kind.startswith("value") and number % step:
                continue
            yield requests[next(turn) % len(requests)]


def everything(routes: Routes, known: Known) -> Iterator[Odd]:
    """Every kind on every route that it fits."""
    for family in families(routes, known):
        for requests in family:
            yield from requests
