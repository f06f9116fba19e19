"""Both commands of the README on the barest machine: a minimal Debian with python3, git and make.

It takes minutes and downloads a gigabyte, so it runs at night, and only where it may: as root, with
debootstrap and a mirror.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.installation import ROOT
from tests.services.debian import minimal_debian

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
PROMISED = ("python3", "git", "make")
"""What README says that is needed; certificates are what every machine with a network has."""
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# A namespace of mounts of its own: whatever happens, nothing stays mounted.
ENTER = """\
set -e
mount --make-rprivate /
mount --rbind /dev "$1/dev"
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
exec chroot "$1" /bin/sh -c "$2"
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The root directory of a minimal Debian with a checkout of this version."""
    root = minimal_debian(tmp_path_factory.mktemp("machine"), [*PROMISED, "ca-certificates"])
    for path in (Path("/etc/resolv.conf"), CERTIFICATES):
        if path.exists():
            shutil.copyfile(path, root / path.relative_to("/"))
    checkout = str(root / "callsheet")
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), checkout], check=True)
    yield root
    shutil.rmtree(root, ignore_errors=True)


def run(machine: Path, command: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: text
        for name, text in os.environ.items()
        if re.fullmatch(r"(https?|no)_proxy", name, re.IGNORECASE)
    }
    environ = kept | {
        "HOME": "/root",
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "SSL_CERT_FILE": str(CERTIFICATES),
    }
    enter = ["unshare", "--mount", "sh", "-c", ENTER, "enter", str(machine)]
    return subprocess.run(
        [*enter, f"cd /callsheet && {command}"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_minimal_machine_has_none_of_what_is_brought(machine: Path) -> None:
    assert run(machine, "command -v pip node npm ffmpeg redis-server curl").stdout == ""
    assert run(machine, "python3 -m ensurepip --version").returncode != 0


def test_make_demo_makes_its_video(machine: Path) -> None:
    began = time.monotonic()
    done = run(machine, "make demo ONCE=1")
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    print(f"from nothing to a video in {time.monotonic() - began:.0f} s")
    (video,) = (machine / "callsheet" / ".callsheet" / "videos").glob("*.mp4")
    assert video.read_bytes()[4:8] == b"ftyp"
    assert (machine / "callsheet" / "web" / "static" / "index.html").exists()


def test_make_test_sets_up_and_runs_tests(machine: Path) -> None:
    """A folder with services of their own; the whole suite runs elsewhere."""
    done = run(machine, 'make test ARGS="tests/tasks/nodes -q"')
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert re.search(r"\d+ passed", done.stdout)
