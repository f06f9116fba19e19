"""A spoken consent: its recording is checked, and the record says how."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict
from typing import Any

import pytest
from flask import Flask

from tasks.domain import spoken
from tasks.domain.examination import Sound, Verdict
from tasks.nodes import registry
from tests.web.caller import Caller, problem
from web.db.columns import now
from web.db.engine import reading, writing
from web.examinations import requests, subjects, verdicts
from web.services import current_services
from web.sessions.models import Upload
from web.sessions.names import name_of
from web.trust.models import Consent
from web.trust.spoken import KIND

SENTENCE = "I, Ada Lovelace, agree that my voice speaks in this film."
SPEECH = Sound(4.0, 3.5, -20.0, 30.0, 0.0)


@pytest.fixture
def session(caller: Caller) -> str:
    session_id = caller.session()
    caller.http.headers["X-Session-ID"] = session_id
    return session_id


def recorded(session: str, verdict: Verdict | None = None) -> str:
    """A recording, judged as given."""
    return uploaded(session, "voice", "audio/wav", verdict)


def uploaded(session: str, kind: str, media_type: str, verdict: Verdict | None = None) -> str:
    """A row of an upload: how its file is checked is not the question here."""
    blob = asdict(current_services().artifacts.put_bytes(os.urandom(500), media_type))
    told = verdict.to_dict() if verdict is not None else None
    state = verdicts.DONE if verdict is not None else verdicts.PENDING
    upload = Upload(session_id=name_of(session), kind=kind, filename=f"{kind}.wav", **blob)
    upload.verdict, upload.verdict_state = told, state
    with writing() as db:
        db.add(upload)
        db.flush()
        return upload.id


def agree(caller: Caller, upload: str) -> Any:
    sent = {"subject": "Ada", "statement": SENTENCE, "shown": "spoken"}
    return caller.http.post("/api/consents", json=sent | {"evidence_upload_id": upload})


def heard(caller: Caller, consent_id: str, verdict: Verdict) -> Any:
    """What the record says once a worker has listened."""
    with writing() as db:
        subjects.record(db, f"consent:{consent_id}", verdict)
    return caller.http.get(f"/api/consents/{consent_id}").json()


def recogniser() -> None:
    """Announce a worker that can transcribe."""
    at = registry.Node("a@here", "lite", "here", 1, "cpu", 100, 1000, (), examines=(KIND,))
    registry.send_heartbeat(current_services().redis, at)


def test_the_words_of_the_recording_decide(app: Flask, caller: Caller, session: str) -> None:
    uploaded(session, "face", "image/png")
    upload = recorded(session, Verdict(sound=SPEECH))
    recogniser()
    for words, same in (
        ("I Ada Lovelace agree that my voice speaks in this film", True),
        ("I aida lovelace agree my voice speaks in this film", True),
        ("Please never use my recordings for anything.", False),
        ("", False),
    ):
        consent = agree(caller, upload).json()
        assert consent["check"]["state"] == "pending"
        assert (consent["check"]["how"], consent["check"]["matches"]) == ("speech", None)
        assert consent["valid"]  # a busy worker is no refusal
        known = heard(caller, consent["id"], Verdict(sound=SPEECH, heard=words))
        assert known["check"]["how"] == "recogniser"
        assert known["check"]["heard"] == words
        assert (known["check"]["matches"], known["valid"]) == (same, same)
        assert (known["check"]["likeness"] >= spoken.SAME_FROM) is same
        started = caller.start(session, voice_consent_id=consent["id"])
        if same:
            assert started.status_code == 202, started.text
        else:
            problem(started, 422, "CONSENT_NOT_VALID")


def test_without_a_recogniser_the_record_says_so_at_once_and_what_follows(
    app: Flask, caller: Caller, session: str
) -> None:
    consent = agree(caller, recorded(session, Verdict(sound=SPEECH))).json()
    assert (consent["check"]["state"], consent["check"]["how"]) == ("unavailable", "speech")
    assert "no worker has a recogniser" in consent["check"]["message"]
    assert "listen to the recording yourself" in consent["check"]["message"]
    assert consent["valid"]
    recogniser()  # one that is started later still checks it
    known = caller.http.get("/api/consents").json()["consents"][0]
    assert known["check"]["state"] == "pending"
    known = heard(caller, consent["id"], Verdict(sound=SPEECH, heard="Please never use it."))
    assert known["check"]["message"].startswith("The recording does not say the statement")


def test_without_a_recogniser_the_record_says_that_only_speech_was_found(
    app: Flask, caller: Caller, session: str
) -> None:
    consent = agree(caller, recorded(session, Verdict(sound=SPEECH))).json()
    with writing() as db:
        db.get_one(Consent, consent["id"]).created_at = now() - 2 * verdicts.LONGEST_WAIT
    requests.repeat(current_services())
    with reading() as db:
        assert db.get_one(Consent, consent["id"]).verdict_state == verdicts.UNAVAILABLE
    known = caller.http.get(f"/api/consents/{consent['id']}").json()
    assert known["check"].pop("message")
    assert known["check"] == {
        **{"state": "unavailable", "how": "speech", "matches": None},
        **{"heard": None, "likeness": None, "language": ""},
    }
    assert known["valid"]


def test_a_recording_without_speech_is_no_evidence(
    app: Flask, caller: Caller, session: str
) -> None:
    silent = Verdict("VOICE_REFUSED", "The recording is silent.", sound=SPEECH)
    told = problem(agree(caller, recorded(session, silent)), 422, "VALIDATION_FAILED")
    assert told["errors"] == [
        {"field": "evidence_upload_id", "message": "The recording is silent."}
    ]
    unjudged = agree(caller, recorded(session)).json()
    assert unjudged["check"]["how"] is None
    known = heard(caller, unjudged["id"], Verdict("VOICE_REFUSED", "No speech.", sound=SPEECH))
    assert (known["check"]["matches"], known["valid"]) == (False, False)


@pytest.mark.slow
def test_the_controller_knows_every_kind_of_file_that_is_examined() -> None:
    """It imports no route, and puts verdicts on unknown kinds of files aside."""
    words = (
        "import web.base_app, web.control.loop\n"
        "from web.examinations import subjects\n"
        "print(*subjects._declared)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True
    ).stdout
    assert set(printed.split()) == {"upload", "item", "image", "consent"}


def test_other_consents_have_no_check(app: Flask, caller: Caller, session: str) -> None:
    sent = {"subject": "Ada", "statement": SENTENCE}
    assert caller.http.post("/api/consents", json=sent).json()["check"] is None
