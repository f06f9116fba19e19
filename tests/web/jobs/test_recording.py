"""A recording as the speech: no script is written, and no captions are made."""

from __future__ import annotations

from dataclasses import asdict

from tests.deployment import Deployment
from tests.web.samples import recording


def test_a_recording_is_what_is_said_and_no_words_are_made_up(deployment: Deployment) -> None:
    deployment.start_workers("lite")
    deployment.start_control()
    simulated = dict.fromkeys(("face", "animate", "enhance"), "simulated")
    wanted = {"script": None, "use_audio_as_is": True, "captions": True, "engines": simulated}
    voice = deployment.services.artifacts.put_bytes(recording(2.0), "audio/wav")
    inputs = {"face": deployment.face(), "voice": asdict(voice)}
    _, job_id = deployment.accept(mode="auto", inputs=inputs, **wanted)
    ended = deployment.until_ended(job_id)
    assert ended.state == "succeeded", ended.error_message
    by_stage = {run.stage: run for run in deployment.runs(job_id)}
    assert by_stage["script"].facts == {"written_by": "recording", "words": 0}
    assert by_stage["voice"].facts["match"] == "recorded"
    made = deployment.services.artifacts.find(by_stage["assemble"].artifact)
    assert made is not None
    assert b"".join(deployment.services.artifacts.read(made.parts["captions.srt"])).strip() == b""
