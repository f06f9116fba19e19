"""A whole system for a test: real processes on a real Redis and a real database.

A test starts what it needs, kills what it likes and reads the ledger; leaving the house
ends everything in it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil
import redis
from flask import Flask
from sqlalchemy import select

from config.settings import Settings, read
from tasks.domain.artifact import Blob
from tasks.domain.events import Event
from tasks.domain.job import JobOptions, JobState
from tasks.nodes import registry
from tests.services import bundled_ffmpeg, fork_server, paid_jobs
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.accounts import api_keys
from web.accounts.api_keys import Wanted
from web.accounts.models import Org, User, owner_of
from web.app import create_app
from web.audit.log import COMMAND_LINE
from web.cli.local.ports import find_free_port
from web.db.columns import new_id, now
from web.db.engine import db, reading, writing
from web.events.models import LedgerEvent
from web.http.operators import operator_token
from web.jobs.dispatch import Dispatcher
from web.jobs.models import Job, StageRun
from web.migrate import upgrade
from web.services import Services
from web.sessions.models import UserSession

ROOT = Path(__file__).resolve().parents[1]
Process = subprocess.Popen[bytes] | fork_server.ForkedProcess
# The shortest that stay three: a second of video costs 0.2 CPU seconds in each job.
# Of different lengths: simulated scenes of the same length are the same film and computed once.
THREE_SCENES = "This is scene one. Here comes the second scene. Scene three ends it all now."

# Short enough for tests, long enough for two slow cores.
QUICK = {
    "LEASE_SECONDS": "3",
    "SWEEP_SECONDS": "1",
    "FALLBACK_SECONDS": "2",
    "SIMULATION_SPEED": "0.004",
    "MAX_SESSIONS": "1000",
    "EMPTY_SESSIONS_PER_ADDRESS": "0",
    "CONNECTIONS_PER_ADDRESS": "0",
    "CLIENTS_PER_ADDRESS": "0",
    "CLIENTS_PER_SESSION": "0",
    "REQUESTS_A_MINUTE": "0",
    "CLAMD": "off",
    # Examining loads the models of the face stage; tests of it say `on`.
    "EXAMINE_UPLOADS": "off",
}


USER = "ada"
"""The `user_id` that callers of tests send, which has to be their own where `AUTH=required`."""
AUTH = "CALLSHEET_TEST_AUTH"
"""The variable that runs every system with this `AUTH`: with `required`, a user's API key starts
the jobs, and they belong to the user."""


class Deployment:
    """Processes by name, with the settings that they share."""

    def __init__(self, directory: Path, server: RedisServer, **extra: str) -> None:
        self.redis_server = server
        self.variables = QUICK | {
            "CALLSHEET_STATE": str(directory / "state"),
            "REDIS_URL": server.url,
            **paid_jobs.settings(extra),
            **({"AUTH": os.environ[AUTH]} if AUTH in os.environ else {}),
            **extra,
        }
        self.settings: Settings = read(self.variables)
        copied = "DATABASE_URL" not in extra and _copy_migrated(self.settings)
        self.app: Flask = create_app(self.settings)
        self.services: Services = self.app.extensions["callsheet"]
        self.prefix: tuple[str, ...] = ()
        """Before every command: who watches it."""
        self.owner = "key:tester"
        """Whose jobs are accepted, unless a test says another."""
        self._log = directory / "house.log"
        self._processes: dict[str, Process] = {}
        self._workers = 0
        self.credentials: dict[str, str] = {}
        """Headers of the owner; none where no one has to sign in."""
        if not copied:
            upgrade(self.app)
        self.is_billed = bool(paid_jobs.settings(extra)) and self.settings.billing.is_on
        """Whether the jobs of the owner cost credits; that is checked at the end."""
        if self.is_billed or (AUTH in os.environ and self.settings.accounts.auth == "required"):
            self._sign_up()

    def _sign_up(self) -> None:
        with self.app.app_context():
            with writing() as db:
                org = Org(name="Personal")
                db.add(org)
                db.flush()
                db.add(User(id=USER, email="tester@example.com", org_id=org.id, verified_at=now()))
            wanted = Wanted("tests", api_keys.SCOPES)
            key = api_keys.create(self.services, COMMAND_LINE, USER, wanted)
            if self.is_billed:
                paid_jobs.give_credits(USER)
        self.owner, self.credentials = owner_of(USER), {"X-API-Key": key.text}

    # --- processes --------------------------------------------------------------------

    @property
    def environ(self) -> dict[str, str]:
        """What every process of it is told."""
        ours = self.variables | {"PYTHONPATH": str(ROOT)}
        return bundled_ffmpeg.environ() | os.environ | ours

    @property
    def operator(self) -> dict[str, str]:
        """Headers of an operator."""
        return {"Authorization": f"Bearer {operator_token(self.settings)}"}

    def start(self, name: str, *command: str, **extra: str) -> Process:
        """Start a module as a program: by a fork, unless something stands before the command."""
        environ = self.environ | extra
        forked = None if self.prefix else fork_server.start([*command], environ, self._log)
        process = forked or self._execute(command, environ)
        self._processes[name] = process
        return process

    def _execute(self, command: Sequence[str], environ: dict[str, str]) -> Process:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*self.prefix, sys.executable, "-m", *command],
                cwd=ROOT,
                env=environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_control(self, name: str = "control") -> None:
        self.start(name, "web.control")

    def start_web(self, name: str = "web", *command: str, **extra: str) -> str:
        """A web process on a port of its own; returns its address once it answers."""
        port = find_free_port()
        self.start(name, *(command or ("web.wsgi",)), PORT=str(port), **extra)
        address = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            try:
                return httpx.get(f"{address}/livez", timeout=2).status_code == 200
            except httpx.TransportError:
                return False

        until(answers, f"{name} answers", 60)
        return address

    def start_workers(self, *environments: str, faults: str = "") -> None:
        """Start one worker for each environment; return when all of them send heartbeats.

        `faults` is what `tests/faults/worker.py` injects into their engines.
        """
        module = "tests.faults.worker" if faults else "gpu_worker"
        before = {node.name for node in self.nodes()}
        for environment in environments:
            name = f"worker-{self._workers}"
            self.start(name, module, environment, CALLSHEET_TEST_FAULTS=faults)
            self._workers += 1
        wanted = len(before) + len(environments)
        until(lambda: len(self.nodes()) >= wanted, self._why("workers beat"), 60)

    def process(self, name: str) -> psutil.Process:
        return psutil.Process(self._processes[name].pid)

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """Kill one process, and nothing that it has started."""
        process = self._processes.pop(name)
        process.send_signal(how)
        process.wait(30)

    def until_exited(self, name: str, seconds: float = 20) -> int:
        """Wait for a process that ends by itself; return its exit code."""
        return self._processes.pop(name).wait(seconds)

    def kill_tree(self, name: str) -> None:
        """Kill a process and all its children at once, as a power cut of its machine would."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)

    def nodes(self) -> list[registry.Node]:
        try:
            return registry.alive(self.services.redis)
        except redis.RedisError:
            return []

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    # --- jobs -------------------------------------------------------------------------

    def face(self) -> dict[str, Any]:
        """A picture in the store, as a job refers to it."""
        picture = small_picture()
        return asdict(self.services.artifacts.put_bytes(picture, "image/png"))

    def accept(
        self,
        face: Blob | None = None,
        owner: str = "",
        inputs: dict[str, Any] | None = None,
        consent: dict[str, Any] | None = None,
        **options: Any,
    ) -> tuple[str, str]:
        """What the API does before it answers 202; the ids of session and job.

        Each job has a session of its own; those of one owner share their results.
        `inputs` takes the place of a face.
        """
        wanted = {"script": THREE_SCENES, "mode": "simulation", "height": 240} | options
        with self.app.app_context(), writing() as db:
            # Opened by its name, as sessions were before ids were kept secret.
            room = UserSession(id=new_id(), user_id="tester", owner=owner or self.owner)
            db.add(room)
            db.flush()
            job = Job(
                session_id=room.id,
                options=JobOptions(**wanted).to_dict(),
                inputs=inputs
                if inputs is not None
                else {"face": asdict(face) if face else self.face()},
                consent=consent,
            )
            db.add(job)
            db.flush()
            if self.is_billed and room.owner == self.owner:
                paid_jobs.hold(self.services, db, job)
            return room.id, job.id

    def submit(self, **options: Any) -> tuple[str, str]:
        """Accept a job and dispatch it, as the API does: with Redis away, control will."""
        session_id, job_id = self.accept(**options)
        with self.app.app_context(), suppress(redis.RedisError):
            dispatcher = Dispatcher(self.services)
            dispatcher.dispatch(job_id, dispatcher.capacity())
        return session_id, job_id

    def job(self, job_id: str) -> Job:
        with self.app.app_context(), reading() as db:
            return db.get_one(Job, job_id)

    def runs(self, job_id: str) -> list[StageRun]:
        with self.app.app_context(), reading() as db:
            return list(db.scalars(select(StageRun).where(StageRun.job_id == job_id)))

    def ledger(self, job_id: str) -> list[Event]:
        """The job's events as the database has them, in the order of their ids."""
        with self.app.app_context(), reading() as db:
            rows = db.scalars(
                select(LedgerEvent)
                .where(LedgerEvent.job_id == job_id)
                .order_by(LedgerEvent.milliseconds, LedgerEvent.sequence)
            )
            return [Event.from_dict(row.payload) for row in rows]

    def request_cancel(self, job_id: str) -> None:
        from web.db.columns import now

        with self.app.app_context(), writing() as db:
            db.get_one(Job, job_id).cancel_requested_at = now()
        self.services.bus.wake_controller()

    def until_ended(self, job_id: str, seconds: float = 60) -> Job:
        until(
            lambda: JobState(self.job(job_id).state).terminal, self._why(f"{job_id} ends"), seconds
        )
        return self.job(job_id)

    def until_running(self, job_id: str, stage: str, seconds: float = 30) -> StageRun:
        def look() -> StageRun | None:
            runs = self.runs(job_id)
            return next((r for r in runs if r.stage == stage and r.state == "running"), None)

        return until(look, self._why(f"{stage} runs"), seconds)

    def until_done(self, job_id: str, stage: str, seconds: float = 30) -> StageRun:
        def look() -> StageRun | None:
            runs = self.runs(job_id)
            return next((r for r in runs if r.stage == stage and r.state == "done"), None)

        return until(look, self._why(f"{stage} is done"), seconds)

    @contextmanager
    def listener(self) -> Iterator[list[Event]]:
        """Hears what a web process hears, from now on."""
        heard: list[Event] = []
        over = threading.Event()
        ready = threading.Event()

        def listen() -> None:
            for event in self.services.bus.listen():
                ready.set()
                if isinstance(event, Event):
                    heard.append(event)
                if over.is_set():
                    return

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        ready.wait(5)
        try:
            yield heard
        finally:
            over.set()
            thread.join(5)

    def _why(self, what: str) -> str:
        return what

    # --- the end ----------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._end_processes()
        with self.app.app_context():
            if self.is_billed and kind is None:
                paid_jobs.assert_charged_once(USER)
            db.engine.dispose()
        self.services.redis.close()
        sys.stderr.write(self.log[-6000:])  # pytest shows it beside a failure only

    def _end_processes(self) -> None:
        if "COVERAGE_PROCESS_CONFIG" in os.environ:  # a killed process says not what it reached
            for process in self._processes.values():
                process.send_signal(signal.SIGTERM)
            for process in self._processes.values():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(10)
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in self._processes.values():
            process.wait(30)


@cache
def _migrated() -> bytes:
    """An empty SQLite database with all tables: made once, copied for each system."""
    with tempfile.TemporaryDirectory() as state:
        app = create_app(read({"CALLSHEET_STATE": state}))
        upgrade(app)
        with app.app_context():
            db.engine.dispose()
        app.extensions["callsheet"].redis.close()
        return (Path(state) / "callsheet.db").read_bytes()


def _copy_migrated(settings: Settings) -> bool:
    """Write that database where the settings want it; False if one is there already."""
    path = settings.path("callsheet.db")
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_migrated())
    path.chmod(0o600)
    return True


def small_picture(red: int = 60) -> bytes:
    """A small PNG of two colours; no simulated engine looks at it closely."""
    import io

    from PIL import Image

    picture = Image.new("RGB", (320, 400), (200, 170, 150))
    picture.paste((red, 60, 90), (0, 260, 320, 400))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
