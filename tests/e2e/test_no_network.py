"""A whole demo, with its real engines, speaks to this machine only and reports nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.binaries import require
from web.state_directory import ROOT

# The family and the address of every socket address that strace prints.
ADDRESS = re.compile(r"sa_family=AF_(INET6?), .*?(?:inet_addr\(|inet_pton\(AF_INET6, )\"([^\"]+)\"")
LOCAL = re.compile(r"127\.|::1$|::ffff:127\.|0\.0\.0\.0$|::$")
TRACED = "trace=connect,sendto,sendmsg,sendmmsg"
RESOLVER_SOCKETS = ("/systemd/resolve/", "/avahi-daemon/")
"""Not that of nscd, which is asked for user names too; for a host, port 53 follows."""


def outside(line: str) -> bool:
    """Return whether a system call speaks to another machine, or asks a resolver for one."""
    if any(name in line for name in RESOLVER_SOCKETS) or "htons(53)" in line:
        return True
    return any(not LOCAL.match(address) for _, address in ADDRESS.findall(line))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('connect(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")}', 1),
        ('connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}', 1),
        (
            "connect(3, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
            'inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)',
            1,
        ),
        ('connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}', 0),
        ('connect(3, {sa_family=AF_UNIX, sun_path="/tmp/redis.sock"}, 110) = 0', 0),
        ('connect(3, {sa_family=AF_UNIX, sun_path="/run/systemd/resolve/io"}, 110) = -1', 1),
    ],
)
def test_calls_to_the_outside_are_found(line: str, found: int) -> None:
    assert outside(line) == bool(found)


@pytest.mark.slow
@pytest.mark.timeout(660)
def test_a_demo_asks_no_other_machine_and_keeps_no_device_id(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "CALLSHEET_STATE": str(tmp_path / "state"),
        "MODELS_DIR": str(Path("~/.cache/callsheet/models").expanduser()),
    }
    lines = tmp_path / "calls"
    strace = [require("strace", "strace"), "-f", "--seccomp-bpf", "-qq", "-e", TRACED]
    demo = [*strace, "-o", str(lines), sys.executable, "-m", "web.cli", "demo", "--once"]
    done = subprocess.run(
        demo, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    calls = lines.read_text(errors="replace").splitlines()
    assert any("AF_INET" in call for call in calls)
    assert [call for call in calls if outside(call)] == []
    assert [str(path.relative_to(home)) for path in home.rglob("*")] == []
