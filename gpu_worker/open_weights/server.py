"""OpenAI's videos API over HTTP: create, list, get, download and delete."""

from __future__ import annotations

import hmac
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from gpu_worker.open_weights.clips import DONE, Clip, Clips, Full
from gpu_worker.open_weights.film import Order

LARGEST_BODY: Final = 32 * 1024 * 1024
_SIZE: Final = re.compile(r"(\d{2,5})x(\d{2,5})")
_ONE: Final = re.compile(r"/v1/videos/(?P<id>[\w-]{1,64})(?P<content>/content)?")
_SECONDS_TO_WAIT: Final = "10"


class Refused(Exception):
    """A request that is not carried out, with its status and what is said about it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Terms:
    """What the server takes."""

    model: str
    key: str
    most_seconds: float
    most_pixels: int


class VideosServer(ThreadingHTTPServer):
    """Serves the clips of one model."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], clips: Clips, terms: Terms) -> None:
        super().__init__(address, _Handler)
        self.clips, self.terms = clips, terms

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"


class _Handler(BaseHTTPRequestHandler):
    server: VideosServer
    timeout = 60  # seconds in which a request must make progress

    def respond(self) -> None:
        try:
            self._require_key()
            self._answer(self._body())
        except Refused as error:
            self._send({"error": {"message": str(error)}}, error.status)

    do_GET = do_POST = do_DELETE = respond  # noqa: N815  the base class looks for them

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing: requests have prompts of people."""

    def _require_key(self) -> None:
        key = self.server.terms.key
        sent = self.headers.get("authorization", "").encode()
        if key and not hmac.compare_digest(sent, f"Bearer {key}".encode()):
            raise Refused(401, "The key is not valid.")

    def _body(self) -> bytes:
        length = self.headers.get("content-length") or "0"
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            raise Refused(413, "The request is too large.")
        return self.rfile.read(int(length))

    def _answer(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        named = _ONE.fullmatch(parts.path)
        if parts.path == "/v1/videos" and self.command == "POST":
            self._send(self._create(body).report())
        elif parts.path == "/v1/videos" and self.command == "GET":
            limit = parse_qs(parts.query).get("limit", ["20"])[0]
            found = self.server.clips.listed(int(limit) if limit.isdigit() else 20)
            self._send({"object": "list", "data": [clip.report() for clip in found]})
        elif named is not None:
            self._answer_one(named["id"], is_content=bool(named["content"]))
        else:
            raise Refused(404, "There is no such route.")

    def _answer_one(self, clip_id: str, *, is_content: bool) -> None:
        clip = self.server.clips.find(clip_id)
        if clip is None:
            raise Refused(404, "There is no such clip.")
        if is_content:
            self._send_file(clip)
        elif self.command == "DELETE":
            self.server.clips.remove(clip)
            self._send({"id": clip.id, "object": "video.deleted", "deleted": True})
        else:
            self._send(clip.report())

    def _create(self, body: bytes) -> Clip:
        terms = self.server.terms
        sent = fields_of(self.headers.get("content-type", ""), body)
        if sent.get("model", terms.model) != terms.model:
            raise Refused(404, f"This server has the model {terms.model}.")
        try:
            return self.server.clips.add(order_of(sent, terms), terms.model)
        except Full:
            raise Refused(429, "Too many clips wait.") from None

    def _send_file(self, clip: Clip) -> None:
        path = self.server.clips.file(clip)
        if clip.status != DONE or not path.exists():
            raise Refused(404, "The clip is not finished.")
        with path.open("rb") as file:
            self.send_response(200)
            self.send_header("content-type", "video/mp4")
            self.send_header("content-length", str(path.stat().st_size))
            self.end_headers()
            shutil.copyfileobj(file, self.wfile)

    def _send(self, value: Any, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        if status == 429:
            self.send_header("retry-after", _SECONDS_TO_WAIT)
        self.end_headers()
        self.wfile.write(data)


def fields_of(content_type: str, body: bytes) -> dict[str, Any]:
    """Read a form with files, or JSON: texts, and the bytes of files."""
    if content_type.partition(";")[0].strip() != "multipart/form-data":
        try:
            sent = json.loads(body)
        except (ValueError, RecursionError):
            sent = None
        if not isinstance(sent, dict):
            raise Refused(400, "Send a form or a JSON object.")
        return {name: value for name, value in sent.items() if value is not None}
    head = f"content-type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    found: dict[str, Any] = {}
    for part in message_from_bytes(head + body, policy=HTTP).iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(data, bytes):
            found[name] = data if part.get_filename() else data.decode("utf-8", "replace")
    return found


def order_of(sent: Mapping[str, Any], terms: Terms) -> Order:
    """Read what is ordered; raise `Refused` if the model does not make it."""
    prompt, picture = sent.get("prompt"), sent.get("input_reference")
    size = _SIZE.fullmatch(str(sent.get("size", "1280x720")))
    try:
        seconds = float(sent.get("seconds", 4))
    except (TypeError, ValueError):
        seconds = 0.0
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refused(400, "`prompt` is missing.")
    if not 0 < seconds <= terms.most_seconds:
        raise Refused(400, f"`seconds` is more than 0 and at most {terms.most_seconds:g}.")
    if size is None or int(size[1]) * int(size[2]) > terms.most_pixels:
        raise Refused(400, f"`size` is WIDTHxHEIGHT with at most {terms.most_pixels} pixels.")
    if picture is not None and not isinstance(picture, bytes):
        raise Refused(400, "`input_reference` is a file.")
    return Order(prompt, seconds, int(size[1]), int(size[2]), picture)
