"""The command line against a system that really runs, its engines simulated."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from config.secret_files import OPERATOR_TOKEN, read_secret
from tests.deployment import Deployment, Process, small_picture
from tests.services import fork_server
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.cli.local.test_process_manager import of_state
from tests.web.samples import recording
from web.cli.__main__ import main
from web.cli.commands import own_sessions
from web.cli.commands.exit_codes import ExitCode
from web.cli.local.client import Client
from web.state_directory import ROOT, StateDirectory

# Long enough to be caught at work.
MANY_SCENES = " ".join(
    f"This is scene number {n}, and it has a few words to say." for n in range(40)
)


@dataclass(frozen=True)
class Shell:
    """A person at a terminal, with a face and a voice in files."""

    state: StateDirectory
    home: Path

    @property
    def chosen(self) -> dict[str, str]:
        """What this person has set in the environment."""
        chosen = {"DEFAULT_MODE": "simulation", "SIMULATION_SPEED": "0.004", "USER": "tester"}
        # One test session opens more rooms than a stranger may.
        chosen |= {"MAX_SESSIONS": "1000", "REQUESTS_A_MINUTE": "0", "CLAMD": "off"}
        chosen |= {"EMPTY_SESSIONS_PER_ADDRESS": "0"}
        return chosen | {"CALLSHEET_STATE": str(self.state.directory)}

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
        return kept | self.chosen | {"PYTHONPATH": str(ROOT)}

    def fork(self, log: str, *arguments: str) -> Process:
        """The command as a process that can be interrupted; it writes to a file of that name."""
        command, output = ["web.cli", *arguments], self.home / log
        if process := fork_server.start(command, self.environ, output):
            return process
        with output.open("ab") as file:  # no fork where LD_PRELOAD is set
            run = [sys.executable, "-m", *command]
            return subprocess.Popen(run, env=self.environ, stdout=file, stderr=file)

    def popen(self, *arguments: str) -> subprocess.Popen[str]:
        """The command as a new interpreter, where that is the point: it costs 3 CPU seconds."""
        return subprocess.Popen(
            [sys.executable, "-m", "web.cli", *arguments],
            cwd=self.home,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, what it said on stdout, what on stderr."""
        with chdir(self.home):
            result = CliRunner(env={"REDIS_URL": None, **self.chosen}).invoke(main, arguments)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    def json(self, *arguments: str, code: int = ExitCode.OK) -> Any:
        ended, out, err = self.run(*arguments, "--json")
        assert ended == code, err
        return json.loads(out)

    def render(self, *arguments: str) -> tuple[str, ...]:
        return ("render", "--face", str(self.home / "face.png"), "--height", "240", *arguments)


def shell(home: Path) -> Shell:
    (home / "face.png").write_bytes(small_picture())
    (home / "voice.wav").write_bytes(recording())
    return Shell(StateDirectory(home / "state"), home)


@contextmanager
def at_a_server(home: Path) -> Iterator[Shell]:
    """At a machine on which `callsheet serve` itself runs; `tests/faults` stops it."""
    made = shell(home)
    serving = made.popen("serve")
    try:
        until(lambda: made.state.address.exists() or serving.poll(), "serving", 90)
        assert serving.poll() is None, serving.communicate()
        yield made
    finally:
        serving.terminate()
        serving.communicate(timeout=60)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """At a machine on which a whole system runs, as `callsheet serve` leaves it."""
    made = shell(tmp_path_factory.mktemp("cli"))
    redis_home = made.home / "redis"
    redis_home.mkdir()
    with (
        RedisServer(redis_home) as redis_server,
        Deployment(made.home, redis_server, **made.chosen) as system,
    ):
        system.start_control()
        system.start_workers("lite")
        made.state.address.write_text(system.start_web())
        yield made


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Shell]:
    """At a machine on which nothing runs."""
    made = shell(tmp_path)
    yield made
    for process in of_state(made.state):
        process.kill()


def open_sessions(person: Shell) -> int:
    address = person.state.address.read_text().strip()
    token = read_secret(person.state.directory, OPERATOR_TOKEN)
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"{address}/sessions", headers=headers, timeout=30)
    return int(answer.json()["active_sessions"])


def test_render_saves_a_video_and_jobs_lists_it(person: Shell) -> None:
    before = open_sessions(person)
    code, out, err = person.run(
        *person.render("--voice", "voice.wav", "--script", "Hello there.", "-o", "out.mp4")
    )
    assert code == ExitCode.OK, err
    assert "assemble: done" in out
    assert "out.mp4" in out
    assert (person.home / "out.mp4").read_bytes()[4:8] == b"ftyp"
    newest = person.json("jobs")[0]
    assert newest["state"] == "succeeded"
    assert newest["job_id"] in person.run("jobs")[1]
    assert open_sessions(person) == before  # it has left the one that it opened


@pytest.fixture(scope="module")
def report(person: Shell) -> dict[str, Any]:
    """What `render --json` says of a video."""
    (person.home / "words.txt").write_text("These words come from a file.")
    options = ("--aspect", "16:9", "--seed", "7", "--no-captions")
    said: dict[str, Any] = person.json(*person.render("--script", "@words.txt", *options))
    return said


def test_render_reads_a_script_file_and_prints_json(person: Shell, report: dict[str, Any]) -> None:
    assert report["state"] == "succeeded"
    chosen = {name: report["options"][name] for name in ("script", "aspect_ratio", "seed")}
    assert chosen == {"script": "These words come from a file.", "aspect_ratio": "16:9", "seed": 7}
    assert report["options"]["captions"] is False
    assert (person.home / report["saved"]).read_bytes()[4:8] == b"ftyp"


def test_watch_replays_a_finished_job(person: Shell, report: dict[str, Any]) -> None:
    job_id = report["job_id"]
    code, out, err = person.run("watch", job_id, "--json")
    assert code == ExitCode.OK, err
    events = [json.loads(line) for line in out.splitlines()]
    assert events[0]["event_type"] == "processing_started"
    assert events[-1]["event_type"] == "pipeline_completed"
    assert {event["job_id"] for event in events} == {job_id}
    assert f"{job_id}-final.mp4" in person.run("watch", job_id)[1]


def test_verify_reads_the_statement_of_a_video(person: Shell, report: dict[str, Any]) -> None:
    verdict = person.json("verify", report["saved"])
    assert verdict["ai_generated"]
    assert {engine["stage"] for engine in verdict["engines"]} >= {"voice", "animate"}
    assert "AI-generated" in person.run("verify", report["saved"])[1]
    (person.home / "changed.mp4").write_bytes(
        _changed((person.home / report["saved"]).read_bytes())
    )
    assert person.json("verify", "changed.mp4", code=ExitCode.FAILED)["signed"]
    assert person.json("verify", "voice.wav", code=ExitCode.FAILED)["valid"] is False


def _changed(video: bytes) -> bytes:
    """One byte of the pictures themselves."""
    at = video.index(b"mdat") + 2000
    return video[:at] + bytes([video[at] ^ 1]) + video[at + 1 :]


def test_cancelled_from_elsewhere_ends_with_the_code_for_it(person: Shell) -> None:
    before = sessions(person)
    rendering = person.fork("cancelled.log", *person.render("--script", MANY_SCENES))
    job_id = until(lambda: _running(person, before), "the job runs", 30)
    assert person.json("cancel", job_id)["cancel_requested"]
    code, text = rendering.wait(60), (person.home / "cancelled.log").read_text()
    assert code == ExitCode.CANCELLED, text
    assert "The job was cancelled." in text
    assert person.run("watch", job_id)[0] == ExitCode.CANCELLED
    assert "had already ended: cancelled" in person.run("cancel", job_id)[1]


def test_ctrl_c_cancels_what_it_leaves(person: Shell) -> None:
    before = sessions(person)
    rendering = person.fork("left.log", *person.render("--script", MANY_SCENES + " Again."))
    job_id = until(lambda: _running(person, before), "the job runs", 30)
    rendering.send_signal(signal.SIGINT)
    assert rendering.wait(30) == ExitCode.INTERRUPTED
    assert "Traceback" not in (person.home / "left.log").read_text()
    assert person.run("watch", job_id)[0] == ExitCode.CANCELLED


def sessions(person: Shell) -> set[str]:
    """Those that this command line opened."""
    remembered = person.state.directory / own_sessions.FILE
    return {line.split()[-1] for line in remembered.read_text().splitlines()}


def _running(person: Shell, before: set[str]) -> str | None:
    """The job of a session that is new, once it runs."""
    with Client(person.state.address.read_text()) as client:
        found = [
            job for opened in sessions(person) - before for job in client.session(opened)["jobs"]
        ]
    return next((job["job_id"] for job in found if job["state"] == "running"), None)


def test_workers_say_what_they_are(person: Shell) -> None:
    found = person.json("workers")
    assert {worker["environment"] for worker in found} >= {"lite"}
    assert all(engine["ok"] or engine["why"] for w in found for engine in w["engines"])
    assert found[0]["name"] in person.run("workers")[1]


def test_refusal_shows_the_servers_code_and_message(person: Shell) -> None:
    refused = person.json("cancel", "nobody", code=ExitCode.REFUSED)
    assert refused["error_code"] == "JOB_NOT_FOUND"
    (person.home / "face.txt").write_text("not a picture")
    face = ("--face", "face.txt", "--script", "Hello.")
    refused = person.json("render", *face, code=ExitCode.REFUSED)
    assert refused["error_code"] == "FILE_VALIDATION_FAILED"
    assert refused["details"]
    code, _, err = person.run(*person.render("--script", "Hello.", "--engine", "voice=nobody"))
    assert code == ExitCode.REFUSED
    assert "engines" in err
    assert "Traceback" not in err


def test_session_ids_are_sent_only_to_their_own_server(person: Shell) -> None:
    url = person.state.address.read_text()
    assert person.json("jobs", "--server", url) == []
    session_id = person.json("jobs")[0]["session_id"]
    assert person.json("jobs", "--server", url, "--session", session_id)


@pytest.mark.parametrize(
    "arguments",
    [
        ("render", "--script", "No face."),
        ("render", "--face", "face.png"),
        ("render", "--face", "face.png", "--script", "Both", "--topic", "and"),
        ("render", "--face", "face.png", "--use-audio-as-is"),
        ("render", "--face", "face.png", "--script", "@nowhere.txt"),
        ("render", "--face", "face.png", "--script", "x", "--engine", "voice"),
        ("render", "--face", "nowhere.png", "--script", "x"),
        ("dance",),
    ],
)
def test_usage_errors_need_no_server(
    alone: Shell, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(alone.home)
    monkeypatch.setenv("CALLSHEET_STATE", str(alone.state.directory))
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == ExitCode.USAGE
    assert result.stdout == ""
    assert "Error" in result.stderr
    assert not alone.state.directory.exists()


@pytest.mark.parametrize("command", [("jobs",), ("watch", "job"), ("cancel", "job"), ("workers",)])
def test_missing_server_has_its_own_exit_code(command: tuple[str, ...]) -> None:
    nowhere = ("--server", "http://127.0.0.1:9")
    told = CliRunner().invoke(main, [*command, *nowhere, "--json"])
    assert told.exit_code == ExitCode.UNREACHABLE
    assert json.loads(told.stdout)["error_code"] == "UNREACHABLE"
    told = CliRunner().invoke(main, [*command, *nowhere])
    assert (told.exit_code, told.stdout) == (ExitCode.UNREACHABLE, "")
    assert "http://127.0.0.1:9" in told.stderr


@pytest.mark.slow
def test_without_a_server_one_is_started_and_ended(alone: Shell) -> None:
    process = alone.popen(*alone.render("--script", "All alone.", "-o", "out.mp4"))
    out, err = process.communicate(timeout=120)
    assert process.returncode == ExitCode.OK, err
    assert (alone.home / "out.mp4").read_bytes()[4:8] == b"ftyp"
    assert "Stopping ..." in out
    until(lambda: not of_state(alone.state), "nothing is left", 10)


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion(name: str) -> None:
    told = CliRunner().invoke(main, ["completion", name])
    assert told.exit_code == ExitCode.OK, told.output
    assert "_CALLSHEET_COMPLETE" in told.stdout


@pytest.mark.slow
def test_a_shell_completes_commands(alone: Shell) -> None:
    wish = {"_CALLSHEET_COMPLETE": "bash_complete", "COMP_WORDS": "callsheet wo", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "web.cli"],
        env=alone.environ | wish,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["plain,workers"]
