"""A local server of Rekognition's wire format, for one operation.

AWS JSON 1.1 over HTTP: the operation is in `X-Amz-Target`, blobs are Base64, requests are signed
with Signature Version 4. Shapes are those of the API reference of `DetectModerationLabels`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.services.http_server import Answer, Asked, serving

TARGET: Final = "RekognitionService.DetectModerationLabels"
TYPE: Final = "application/x-amz-json-1.1"
_SIGNED: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=\w+/\d{8}/[\w-]+/rekognition/aws4_request, "
    r"SignedHeaders=[\w;-]*x-amz-target[\w;-]*, Signature=[0-9a-f]{64}"
)


def label(name: str, confidence: float, parent: str = "") -> dict[str, Any]:
    level = 2 if parent else 1
    return {"Name": name, "Confidence": confidence, "ParentName": parent, "TaxonomyLevel": level}


@dataclass
class Rekognition:
    """Answers with `labels`, or with an error; keeps the pictures that it has got."""

    url: str = ""
    labels: list[dict[str, Any]] = field(default_factory=list)
    fails_with: tuple[int, str] | None = None
    pictures: list[bytes] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What a real server would not have understood."""

    def answer(self, asked: Asked) -> Answer:
        sent, headers = asked.json, asked.headers
        for name, is_right in {
            "target": headers.get("x-amz-target") == TARGET,
            "type": headers.get("content-type") == TYPE,
            "signature": _SIGNED.fullmatch(headers.get("authorization", "")),
            "fields": set(sent) == {"Image", "MinConfidence"} and set(sent["Image"]) == {"Bytes"},
        }.items():
            if not is_right:
                self.wrong.append(name)
        if self.fails_with is not None:
            status, error = self.fails_with
            return Answer.of({"__type": error, "Message": "Not now."}, status, content_type=TYPE)
        self.pictures.append(base64.b64decode(sent["Image"]["Bytes"], validate=True))
        found = {"ModerationLabels": self.labels, "ModerationModelVersion": "7.0"}
        return Answer.of(found, content_type=TYPE)


@contextmanager
def rekognition() -> Iterator[Rekognition]:
    """Run the server."""
    with serving() as http:
        server = Rekognition(http.url)
        http.answer = server.answer
        yield server
