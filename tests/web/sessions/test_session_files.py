"""A session's own directory: what is written there, and that nothing is written elsewhere."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.deployment import ROOT, Deployment
from tests.services.binaries import require
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller
from tests.web.samples import picture, recording
from web.control.session_files import write_jobs
from web.sessions.directories import SUBDIRECTORIES
from web.sessions.names import name_of, told


@pytest.fixture
def working(slow_deployment: Deployment) -> Iterator[tuple[Deployment, Caller]]:
    """A running system and one of its users."""
    slow_deployment.start_control()
    slow_deployment.start_workers("lite")
    with httpx.Client(base_url=slow_deployment.start_web(), timeout=30) as http:
        yield slow_deployment, Caller(http)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_session_directory_mirrors_the_database(working: tuple[Deployment, Caller]) -> None:
    deployment, caller = working
    session_id = caller.ready_session()
    place = deployment.settings.path("sessions", name_of(session_id))
    assert sorted(p.name for p in place.iterdir()) == sorted(SUBDIRECTORIES)
    of_session = place / "metadata" / f"session_{name_of(session_id)}.json"
    assert read(of_session)["user_id"] == "ada"
    job_id = caller.start(session_id, mode="simulation").json()["job_id"]
    of_job = place / "metadata" / f"job_{job_id}.json"
    until(lambda: of_job.is_file() or None, "control writes the job's file", 30)
    seen = set()

    def over() -> bool | None:
        # Whole at every moment, or `read` raises.
        seen.add(read(of_job)["state"])
        return "succeeded" in seen or None

    until(over, "the file says that the job has succeeded", 60)
    assert seen <= {"queued", "running", "succeeded"}
    job, rest = read(of_job), caller.http.get(f"/process/{job_id}").json()
    # It is the answer of the API, but for the name of the session and a link that would expire.
    del rest["links"]["events"]
    assert told(job, name_of(session_id), session_id) == rest
    until(lambda: read(of_session)["processing"] == [] or None, "the session says so, too")
    session = read(of_session)
    assert (session["state"], session["metadata"]) == ("active", [f"job_{job_id}.json"])
    assert {file["kind"] for file in session["assets"]} == {"face", "preview"}
    listed = caller.http.get(f"/outputs/{session_id}").json()["outputs"]
    held = {file["filename"] for name in ("assets", "output") for file in session[name]}
    assert held == {file["filename"] for file in listed}
    for file in session["output"]:
        assert deployment.settings.path("store", file["key"]).stat().st_size == file["bytes"]
    assert session["temp"] == []
    assert list(place.rglob(".*")) == []  # nothing half written is left


def held_by(deployment: Deployment, session_id: str) -> list[dict[str, Any]]:
    """What a session refers to, as its own directory says."""
    place = deployment.settings.path(
        "sessions", name_of(session_id), "metadata", f"session_{name_of(session_id)}.json"
    )
    document = read(place)
    return [*document["assets"], *document["output"]]


@pytest.mark.slow
def test_forced_end_stops_jobs_and_deletes_all_files(
    working: tuple[Deployment, Caller],
) -> None:
    deployment, caller = working
    session_id = caller.ready_session()
    job_id = caller.start(session_id, mode="simulation").json()["job_id"]
    deployment.until_running(job_id, "animate")
    store = deployment.settings.path("store")
    # Two uploads, and what script, face and voice have made so far.
    until(lambda: len(held_by(deployment, session_id)) >= 4, "the first results are listed")
    kept = [store / file["key"] for file in held_by(deployment, session_id)]
    assert all(path.is_file() for path in kept)
    assert (
        caller.http.post(f"/session/{session_id}/end", headers=deployment.operator).status_code
        == 204
    )
    assert deployment.until_ended(job_id).state == "cancelled"

    def gone() -> bool:
        listed = caller.http.get(f"/outputs/{session_id}").json()["outputs"]
        return listed == [] and not any(path.exists() for path in kept)

    until(gone, "control lets go of what the job still held", 30)
    assert not deployment.settings.path("sessions", name_of(session_id)).exists()
    with deployment.app.app_context():
        write_jobs(deployment.services, [job_id])  # news of it makes no new directory
    assert not deployment.settings.path("sessions", name_of(session_id)).exists()


@pytest.mark.slow
def test_files_missed_by_a_killed_controller_are_written_later(
    working: tuple[Deployment, Caller],
) -> None:
    deployment, caller = working
    session_id = caller.ready_session()
    job_id = caller.start(session_id, mode="simulation").json()["job_id"]
    deployment.until_ended(job_id)
    of_job = deployment.settings.path(
        "sessions", name_of(session_id), "metadata", f"job_{job_id}.json"
    )
    until(lambda: of_job.is_file() or None, "its file")
    deployment.kill("control")
    of_job.unlink()  # as if it had died between its decision and this
    deployment.start_control("next")
    until(lambda: of_job.is_file() or None, "the next control writes it", 30)
    assert read(of_job)["state"] == "succeeded"


# --- nothing elsewhere ----------------------------------------------------------------

_MADE = re.compile(
    r"^(?:\d+ +)?(?:"
    r"(?:openat)\((?:AT_FDCWD<(?P<cwd>[^>]*)>|\d+<(?P<fd>[^>]*)>), \"(?P<opened>[^\"]*)\","
    r" [^)]*O_(?:CREAT|TMPFILE)[^)]*\)"
    r"|(?:open|creat)\(\"(?P<plain>[^\"]*)\", [^)]*O_CREAT[^)]*\)"
    r"|mkdir(?:at)?\((?:AT_FDCWD<[^>]*>, |\d+<[^>]*>, )?\"(?P<directory>[^\"]*)\", \d+\)"
    r"|(?:rename|renameat2?|link|linkat|symlink|symlinkat)\(.*\"(?P<target>[^\"]*)\"[^\"]*\)"
    r") += \d+"
)


def made(trace: str) -> set[Path]:
    """Every path that was made by a process of the trace."""
    found = set()
    for line in trace.splitlines():
        match = _MADE.match(line)
        if match is None:
            continue
        name = next(match[g] for g in ("opened", "plain", "directory", "target") if match[g])
        found.add(Path(match["cwd"] or match["fd"] or ROOT, name))
    return found


def tree(*places: Path) -> set[Path]:
    return {path for place in places for path in place.rglob("*")}


@pytest.mark.slow
def test_no_file_is_created_outside_the_state_directory(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """Watched by strace over a whole job, from the upload to the download."""
    strace = require("strace", "strace")
    home, temporary, traces = (tmp_path / name for name in ("home", "tmp", "traces"))
    for place in (home, temporary, traces):
        place.mkdir()
    own = {"HOME": str(home), "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"}
    own["MODELS_DIR"] = str(tmp_path / "state" / "models")
    with Deployment(tmp_path, redis_server, **own) as deployment:
        calls = "openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2"
        calls = f"trace={calls},link,linkat,symlink,symlinkat"
        deployment.prefix = (strace, "-f", "-ff", "--seccomp-bpf", "-y", "-s", "4096", "-qq")
        deployment.prefix += ("-e", calls, "-o", str(traces / "trace"))
        deployment.start_control()
        deployment.start_workers("lite")
        with httpx.Client(base_url=deployment.start_web(), timeout=60) as http:
            caller = Caller(http)
            session_id = caller.session()
            assert caller.face(session_id, picture()).status_code == 201
            assert caller.voice(session_id, recording()).status_code == 201
            assert caller.face(session_id, b"not a picture").status_code == 422
            job_id = caller.start(session_id, mode="simulation").json()["job_id"]
            job = deployment.until_ended(job_id, 200)
            assert job.state == "succeeded", job.error_message
            for file in http.get(f"/outputs/{session_id}").json()["outputs"]:
                assert http.get(file["url"]).status_code == 200
        state = deployment.settings.state.resolve()
    paths = {path for trace in traces.iterdir() for path in made(trace.read_text(errors="replace"))}
    inside = {path for path in paths if path.is_relative_to(state)}
    assert any("store" in path.parts for path in inside)  # the watch does see what is made
    assert any("metadata" in path.parts for path in inside)
    assert any("temp" in path.parts for path in inside)
    outside = {path for path in paths - inside if not str(path).startswith(("/dev/", "/proc/"))}
    assert {Path(os.path.normpath(p)) for p in outside if not p.is_relative_to(state)} == set()
    assert tree(home, temporary) == set()
