"""Rootless podman on a machine that is not set up for it.

The containers' user owns nothing here but one directory. It exists only in a namespace of mounts in
which podman finds its name and its range of user ids, so nothing of the machine is changed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.binaries import missing, require
from tests.services.cgroups import Limits

UID = 64000
IDS = f"callsheet-images:{UID + 36000}:65536\n"
# No cgroups and no network of their own: a machine in a container may make neither. crun reads
# which version of cgroups there is, and refuses a mixture.
CONFIGURATION = """\
[containers]
cgroups = "disabled"
netns = "host"
default_sysctls = []
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
"""
# Layers lie over each other; by default podman may copy them.
STORAGE = """\
[storage]
driver = "overlay"
"""
WRAPPER = """\
#!/bin/sh
exec unshare --mount --propagation private sh -c '
for file in subuid subgid passwd group; do
  mount --bind "$0/etc/$file" "/etc/$file" || exit 125
done
mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 125
exec setpriv --reuid={uid} --regid={uid} --clear-groups --inh-caps=-all \\
  env -i {environ} {podman} "$@"
' {home} "$@"
"""
FILES = ("subuid", "subgid", "passwd", "group")


class Podman:
    """One store of images and containers, which is deleted at the end."""

    def __init__(self) -> None:
        podman = require("podman", "podman")
        for program, package in (("crun", "crun"), ("newuidmap", "uidmap"), ("setpriv", "mount")):
            require(program, package)
        if os.geteuid() != 0:
            missing("rootless containers of another user need root")
        # Not below pytest's own directory: only root may pass through that one.
        self.home = Path(tempfile.mkdtemp(prefix="callsheet-images-", dir="/var/tmp"))
        self.home.chmod(0o711)
        for name in ("home", "run", "tmp"):
            (self.home / name).mkdir(mode=0o700)
            os.chown(self.home / name, UID, UID)
        self._write_users()
        (self.home / "containers.conf").write_text(CONFIGURATION)
        (self.home / "storage.conf").write_text(STORAGE)
        self.binaries = self.home / "bin"
        self.binaries.mkdir()
        wrapper = self.binaries / "podman"
        environ = " ".join(f"{name}={text}" for name, text in self._environ().items())
        wrapper.write_text(WRAPPER.format(uid=UID, environ=environ, podman=podman, home=self.home))
        wrapper.chmod(0o755)

    def _environ(self) -> dict[str, str]:
        return {
            "HOME": str(self.home / "home"),
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "XDG_RUNTIME_DIR": str(self.home / "run"),
            "TMPDIR": str(self.home / "tmp"),
            "CONTAINERS_CONF": str(self.home / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.home / "storage.conf"),
            "BUILDAH_ISOLATION": "chroot",
        }

    def _write_users(self) -> None:
        etc = self.home / "etc"
        etc.mkdir()
        for name in FILES:
            if not Path("/etc", name).exists():
                missing(f"/etc/{name} is missing (Debian: apt-get install uidmap)")
        (etc / "subuid").write_text(IDS)
        (etc / "subgid").write_text(IDS)
        user = f"callsheet-images:x:{UID}:{UID}::{self.home / 'home'}:/bin/sh\n"
        (etc / "passwd").write_text(Path("/etc/passwd").read_text() + user)
        group = f"callsheet-images:x:{UID}:\n"
        (etc / "group").write_text(Path("/etc/group").read_text() + group)

    def run(
        self, *command: str, check: bool = True, limits: Limits | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of podman as the user of the containers."""
        called = [str(self.binaries / "podman"), *command]
        done = subprocess.run(
            limits.entered(called) if limits else called,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(
                f"podman {' '.join(command)}\n{(done.stdout + done.stderr)[-4000:]}"
            )
        return done

    def import_tree(self, root: Path, name: str) -> None:
        """Make an image of a directory; device nodes are the runtime's."""
        archive = self.home / "tmp" / "tree.tar"
        with tarfile.open(archive, "w") as tar:
            for path in sorted(root.iterdir()):
                if path.name not in ("dev", "proc", "sys"):
                    tar.add(path, path.name)
        os.chown(archive, UID, UID)
        self.run("import", str(archive), name)
        archive.unlink()

    def close(self) -> None:
        self.run("kill", "--all", check=False)
        self.run("system", "reset", "--force", check=False)
        # What is left is the process that holds the namespace of users.
        pause = self.home / "run" / "libpod" / "tmp" / "pause.pid"
        if pause.exists():
            os.kill(int(pause.read_text()), 9)
        shutil.rmtree(self.home, ignore_errors=True)


@contextmanager
def rootless() -> Iterator[Podman]:
    made = Podman()
    try:
        yield made
    finally:
        made.close()
