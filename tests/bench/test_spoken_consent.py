"""How long it takes until a spoken consent is checked by the recogniser, and what it hears."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from gpu_worker.speech import recogniser
from tests.bench.report import Row, write
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller

RECORDING = Path(__file__).parents[1] / "gpu_worker/engines/recordings/austen.flac"

STATEMENTS = {
    "And Mr. John Dashwood had then leisure to consider how much there might be prudently in his "
    "power to do for them.": True,
    "I agree that my voice is used in every film of this company.": False,
}
"""What is said in the recording, and what is not."""

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]


def test_the_recogniser_checks_what_was_said(tmp_path: Path, redis_server: RedisServer) -> None:
    if not recogniser.is_installed():
        pytest.skip("the recogniser is not installed")
    variables = {"EXAMINE_UPLOADS": "on", "EXAMINE_WAIT_SECONDS": "60"}
    with Deployment(tmp_path, redis_server, **variables) as built:
        built.start_control()
        built.start_workers("lite")
        with httpx.Client(base_url=built.start_web(), timeout=90) as http:
            caller = Caller(http)
            session_id = caller.session()
            http.headers["X-Session-ID"] = session_id
            sent = caller.voice(session_id, RECORDING.read_bytes(), "me.flac").json()
            assert sent["examination"]["sound"]["language"] == "en"
            for statement, same in STATEMENTS.items():
                began = time.monotonic()
                told = {"subject": "Ada", "statement": statement, "shown": "spoken"}
                told["evidence_upload_id"] = sent["upload_id"]
                kept = http.post("/api/consents", json=told).json()

                def checked(consent_id: str = kept["id"]) -> Any:
                    found = http.get(f"/api/consents/{consent_id}").json()
                    return found if found["check"]["state"] == "done" else None

                found = until(checked, "the recording is checked", 120)
                took = time.monotonic() - began
                print(found["check"])
                assert (found["check"]["how"], found["check"]["matches"]) == ("recogniser", same)
                assert found["valid"] is same
    write("spoken-consent", [Row("seven seconds of speech until they are checked", took, "s")])
