"""Typical mistakes of a caller, each with the sentence that helps."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.caller import Caller

ENGINES = "xtts, elevenlabs, kokoro, piper, espeak, recording, simulated"
SOURCES = "Give exactly one of `script`, `topic` and `use_audio_as_is`."
SPEAKABLE = "must contain letters or numbers to speak."

OPTIONS: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, SOURCES),
    ({"script": "Hello.", "topic": "Bees"}, SOURCES),
    ({"script": ""}, "The script is empty."),
    ({"script": "   "}, "The script is empty."),
    ({"script": "..."}, f"The script {SPEAKABLE}"),
    ({"script": 7}, "The script must be text."),
    ({"script": None}, "The script must not be null."),
    ({"script": ["a"]}, "The script must be text."),
    ({"script": "x" * 20_001}, "The script is too long: 20000 characters at most."),
    ({"script": "a\0b"}, "Remove the character U+0000: text cannot contain it."),
    ({"topic": ""}, "The topic is empty."),
    ({"topic": 3}, "The topic must be text."),
    ({"topic": "x" * 1001}, "The topic is too long: 1000 characters at most."),
    (
        {"scrpt": "Hello."},
        "`scrpt` is not a field of this request. Did you mean `script`?",
    ),
    (
        {"topic": "Bees", "langauge": "en"},
        "`langauge` is not a field of this request. Did you mean `language`?",
    ),
    (
        {"script": "Hi.", "resolution": "9000p"},
        "`resolution` must be one of: 360p, 480p, 720p, 1080p, 4k.",
    ),
    ({"script": "Hi.", "height": 100_000}, "`height` must be between 240 and 1080."),
    ({"script": "Hi.", "height": "tall"}, "`height` must be a whole number."),
    ({"script": "Hi.", "height": 721}, "`height` must be an even number."),
    ({"script": "Hi.", "quality": "super"}, "`quality` must be one of: fast, balanced, best."),
    ({"script": "Hi.", "mode": "prod"}, "`mode` must be one of: production, auto, simulation."),
    ({"script": "Hi.", "language": "klingon"}, "Use a language code such as `en`, or `auto`."),
    ({"script": "Hi.", "language": 5}, "`language` must be text."),
    ({"script": "Hi.", "voice": "af_heart"}, "`voice` must be an object."),
    ({"script": "Hi.", "voice": {"id": "nobody"}}, "Unknown voice. `GET /voices` lists them."),
    ({"script": "Hi.", "voice": {"name": "x"}}, "`voice.name` is not a field of this request."),
    (
        {"script": "Hi.", "voice": {"id": "ef_dora"}, "language": "en"},
        "This voice speaks es and the language is en. Leave out the language, or choose another "
        "voice.",
    ),
    ({"script": "Hi.", "seed": -1}, "`seed` must be between 0 and 2147483647."),
    ({"script": "Hi.", "seed": "x"}, "`seed` must be a whole number."),
    ({"topic": "Bees", "scenes": 0}, "`scenes` must be between 1 and 24."),
    ({"topic": "Bees", "scenes": 1000}, "`scenes` must be between 1 and 24."),
    ({"topic": "Bees", "scenes": "three"}, "`scenes` must be a whole number."),
    ({"script": "Hi.", "transition": "boom"}, "`transition` must be one of: cut, crossfade."),
    ({"script": "Hi.", "engines": {"voice": "nope"}}, f"Unknown engine. Use one of {ENGINES}."),
    (
        {"script": "Hi.", "engines": {"nope": "x"}},
        "Unknown stage. Use one of script, voice, face, animate, enhance, assemble.",
    ),
    ({"script": "Hi.", "engines": "xtts"}, "`engines` must be an object."),
    (
        {"script": "Hi.", "mode": "production", "engines": {"voice": "simulated"}},
        "Simulated engines are not allowed in mode `production`.",
    ),
    ({"script": "Hi.", "priority": "urgent"}, "`priority` must be one of: low, normal, high."),
    ({"script": "Hi.", "consent": "yes"}, "`consent` must be an object."),
    ({"script": "Hi.", "consent": {"subject": "A"}}, "`consent.statement` is missing."),
    ({"topic": "Bees", "tone": "x" * 101}, "`tone` is too long: 100 characters at most."),
    ({"script": "Hi.", "face_index": -1}, "`face_index` must be between 0 and 99."),
    ({"script": "Hi.", "aspect_ratio": "4:5"}, "`aspect_ratio` must be one of: 9:16, 16:9, 1:1."),
    ({"script": "Hi."}, "Upload a picture of a face first."),
)


def test_options_of_a_start(caller: Caller) -> None:
    session = caller.session()
    wrong = []
    for sent, expected in OPTIONS:
        answer = caller.http.post("/process/start", json={"session_id": session, **sent})
        told = answer.json()["user_message"]
        if told != expected or answer.status_code not in (409, 422):
            wrong.append((sent, answer.status_code, told))
    assert wrong == []


REQUESTS: tuple[tuple[str, str, dict[str, Any], int, str], ...] = (
    ("GET", "/process/start", {}, 405, "This address does not support this method."),
    ("GET", "/process/estimate", {}, 405, "This address does not support this method."),
    ("DELETE", "/session/create", {}, 405, "This address does not support this method."),
    ("GET", "/proces/start", {}, 404, "This address does not exist."),
    (
        *("POST", "/process/start", {"content": b"{"}, 415),
        "Send JSON, with the header `Content-Type: application/json`.",
    ),
    (
        *("POST", "/process/start", {"json": ["script"]}, 400),
        "Send a JSON object: names and values in braces.",
    ),
    ("POST", "/process/start", {"json": {"script": "Hi."}}, 422, "`session_id` is missing."),
    (
        *("POST", "/process/start", {"json": {"session_id": "nope", "script": "Hi."}}, 404),
        "The session does not exist. Create a session first.",
    ),
    ("POST", "/session/create", {"json": {"user_id": 5}}, 422, "`user_id` must be text."),
    (
        *("POST", "/upload/face", {"data": {"session_id": "x"}}, 415),
        "Send the form as `multipart/form-data`.",
    ),
    (
        *("GET", "/voices", {"headers": {"X-API-Key": "wrong"}}, 401),
        "Invalid API key.",
    ),
    (
        *("GET", "/process/nope", {}, 401),
        "Send the session id in the X-Session-ID header or as Authorization: Bearer.",
    ),
    ("GET", "/session/nope/status", {}, 404, "The session does not exist. Create a session first."),
    (
        "GET",
        "/voices/nobody/sample",
        {},
        404,
        "There is no voice with this id, or it has no sample.",
    ),
    (
        *("POST", "/api/auth/login", {"json": {"email": "ada"}}, 422),
        "Enter an email address, like name@example.com.",
    ),
    ("POST", "/api/keys", {"json": {}}, 401, "Sign in, or send an API key."),
)


@pytest.mark.parametrize(("method", "path", "sent", "status", "expected"), REQUESTS)
def test_requests(
    caller: Caller, method: str, path: str, sent: dict[str, Any], status: int, expected: str
) -> None:
    caller.http.auth = None
    answer = caller.http.request(method, path, **sent)
    assert (answer.status_code, answer.json()["user_message"]) == (status, expected)
