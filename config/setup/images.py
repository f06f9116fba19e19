"""Build the images of the control plane and of workers: `config/setup/images.py lite media`.

Uses docker, podman or buildah, whichever is there (`BUILDER` names one). Tags are those of the
chart: REGISTRY/callsheet-web:VERSION and REGISTRY/callsheet-worker:VERSION-ENVIRONMENT. The time of
the last commit stands for the time of the files.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILDERS = ("docker", "podman", "buildah")
_VERSION = re.compile(r'VERSION: Final = "([^"]+)"')
_NO_BUILDER = """\
No image builder found: install docker, podman or buildah (Debian: apt-get install podman).
"""


def main(environments: list[str]) -> int:
    builder = _builder()
    if builder is None:
        sys.stderr.write(_NO_BUILDER)
        return 1
    for command in commands(builder, environments):
        sys.stdout.write(" ".join(command) + "\n")
        sys.stdout.flush()
        done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603  our own
        if done.returncode:
            sys.stderr.write(f"{builder} failed; is its daemon running?\n")
            return done.returncode
    return 0


def commands(builder: str, environments: list[str]) -> Iterator[list[str]]:
    """Return the command that builds each image."""
    version = _version()
    base = os.environ.get("PYTHON_IMAGE", "")
    for name in ("web", *environments):
        file = "web" if name == "web" else "worker"
        tag = f"callsheet-web:{version}" if name == "web" else f"callsheet-worker:{version}-{name}"
        registry = os.environ.get("REGISTRY", "").rstrip("/")
        yield [
            builder,
            *(["build"] if builder != "buildah" else ["bud"]),
            *("--file", f"docker/{file}.Dockerfile"),
            *(("--build-arg", f"ENVIRONMENT={name}") if name != "web" else ()),
            *(("--build-arg", f"PYTHON_IMAGE={base}") if base else ()),
            *("--build-arg", f"VERSION={version}"),
            *("--build-arg", f"REVISION={_revision()}"),
            *("--tag", f"{registry}/{tag}" if registry else tag),
            ".",
        ]


def _builder() -> str | None:
    named = os.environ.get("BUILDER", "")
    return next((one for one in ([named] if named else BUILDERS) if shutil.which(one)), None)


def _version() -> str:
    found = _VERSION.search((ROOT / "config" / "version.py").read_text(encoding="utf-8"))
    assert found is not None  # noqa: S101  of our own file
    return found[1]


def _revision() -> str:
    command = ["git", "rev-parse", "HEAD"]
    done = subprocess.run(  # noqa: S603  our own
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
