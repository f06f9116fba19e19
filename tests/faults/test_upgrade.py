"""A newer version replaces the processes one by one under work, and the older one returns."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tasks.domain.job import JobState
from tests.deployment import Deployment, Process
from tests.faults.promise import assert_kept
from tests.services.nginx import Nginx
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.cli.local.ports import find_free_port
from web.db.schema import revisions

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1500)]
ROOT = Path(__file__).resolve().parents[2]
NEWER = "9.9.0"
JOBS = 50
# What a newer version may do to the tables: add.
MIGRATION = """\
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("novelties", sa.Column("id", sa.String(32), primary_key=True))
    op.add_column("job", sa.Column("novelty", sa.String(32), nullable=True))


def downgrade() -> None:
    op.drop_column("job", "novelty")
    op.drop_table("novelties")
"""


def newer_version(directory: Path) -> Path:
    """Copy the sources, with another version and one more migration."""
    tree = directory / "newer"
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "studio", "static")
    for name in ("config", "tasks", "gpu_worker", "web"):
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    version = tree / "config" / "version.py"
    version.write_text(re.sub(r'"[\d.]+"', f'"{NEWER}"', version.read_text()))
    migrations = tree / "web" / "db" / "migrations" / "versions"
    (migrations / "9001_novelties.py").write_text(MIGRATION.format(newest=revisions()[0]))
    return tree


class TwoVersions(Deployment):
    """A system whose processes start from the sources of either version."""

    tree = ROOT

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {"PYTHONPATH": str(self.tree)}

    def start(self, name: str, *command: str, **extra: str) -> Process:
        """Execute a process from the current tree; a fork would have the older modules."""
        process = self._execute(command, self.environ | extra)
        self._processes[name] = process
        return process

    def _execute(self, command: Sequence[str], environ: dict[str, str]) -> Process:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=self.tree,
                env=environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def migrate(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "web.migrate"],
            cwd=self.tree,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]

    def replace(self, name: str, *command: str, **extra: str) -> None:
        """End a process warmly and start it from the current tree."""
        self.kill(name, signal.SIGTERM)
        self.start(name, *command, **extra)


class Requests:
    """Opens sessions through the proxy all the time, and measures how long it is refused."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answered = 0
        self.refused: list[str] = []
        self.seconds = 0.0
        """From the first refused request of each gap to the next answered one."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        since = None
        with httpx.Client(base_url=self.url, timeout=20) as http:
            while not self._over.wait(0.2):
                began = time.monotonic()
                problem = self._ask(http)
                if problem is None:
                    self.answered += 1
                    self.seconds += began - since if since is not None else 0.0
                    since = None
                else:
                    self.refused.append(problem)
                    since = since or began

    def _ask(self, http: httpx.Client) -> str | None:
        try:
            answer = http.post("/session/create", json={"user_id": "tester"})
        except httpx.TransportError as error:
            return type(error).__name__
        return None if answer.is_success else f"{answer.status_code} {answer.text[:80]}"

    @contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join(30)


@pytest.fixture(params=["sqlite", "postgresql"])
def system(
    tmp_path: Path, redis_server: RedisServer, request: pytest.FixtureRequest
) -> Iterator[tuple[TwoVersions, list[str]]]:
    # Long enough that work goes on while each process is replaced.
    extra = {"JOBS_IN_FLIGHT": str(JOBS), "SIMULATION_SPEED": "0.05"}
    if request.param == "postgresql":
        extra["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    made = TwoVersions(tmp_path, redis_server, **extra)
    with made:
        ports = [str(find_free_port()) for _ in range(2)]
        for number, port in enumerate(ports):
            made.start_control(f"control-{number}")
            made.start(f"web-{number}", "web.wsgi", PORT=port)
            made.start(f"worker-{number}", "gpu_worker", "lite", CALLSHEET_NODE=str(number))
        for port in ports:
            until(lambda port=port: version_at(port), "web answers", 60)
        until(lambda: len(made.nodes()) == 2, "workers send heartbeats", 60)
        yield made, ports


def version_at(port: str) -> str:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/health", timeout=5)
    except httpx.TransportError:
        return ""
    return str(answer.json().get("version", ""))


def replace_all(made: TwoVersions, ports: list[str], version: str) -> None:
    """Replace control, then web, then workers, each when the one before it runs."""
    for number in range(2):
        made.replace(f"control-{number}", "web.control")
    for number, port in enumerate(ports):
        made.replace(f"web-{number}", "web.wsgi", PORT=port)
        until(lambda port=port: version_at(port) == version, f"{version} answers", 60)
    for number in range(2):
        made.replace(f"worker-{number}", "gpu_worker", "lite", CALLSHEET_NODE=str(number))
        until(lambda: len(made.nodes()) == 2, "workers send heartbeats", 60)


def test_nothing_is_lost_by_an_upgrade_and_a_roll_back_under_work(
    system: tuple[TwoVersions, list[str]], tmp_path: Path
) -> None:
    made, ports = system
    older = version_at(ports[0])
    newer = newer_version(tmp_path)
    with Nginx(tmp_path, *(f"http://127.0.0.1:{port}" for port in ports)) as proxy:
        requests = Requests(proxy.url)
        with made.listener() as heard, requests.running():
            # Of an owner each, or all but the first would be answered from the cache.
            owners = [f"key:tester-{number}" for number in range(JOBS)]
            jobs = [made.submit(owner=owner, script="One scene.")[1] for owner in owners]
            until(lambda: ended(made, jobs), "the first job ends", 120)
            before = ended(made, jobs)
            made.tree = newer
            made.migrate()
            replace_all(made, ports, NEWER)
            between = ended(made, jobs)
            made.tree = ROOT
            made.migrate()  # says that the tables are newer, and leaves them
            replace_all(made, ports, older)
            after = ended(made, jobs)
            for job in jobs:
                assert_kept(made, job, heard)
    states = [made.job(job).state for job in jobs]
    print(
        f"{JOBS} jobs: {before} ended before the upgrade, {between} before the roll back, {after} "
        f"after it; {JOBS - states.count(JobState.SUCCEEDED)} lost. {requests.answered} requests "
        f"answered, {len(requests.refused)} refused in {requests.seconds:.1f} s: "
        f"{sorted(set(requests.refused))}"
    )
    assert states.count(JobState.SUCCEEDED) == JOBS
    assert between < JOBS, "the work ended before the roll back: it proves nothing"
    assert requests.seconds < 1.0


def ended(made: TwoVersions, jobs: list[str]) -> int:
    return sum(JobState(made.job(job).state).terminal for job in jobs)
