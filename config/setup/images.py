"""Build the images of the control plane and of workers: `config/setup/images.py lite media logs`.

Uses docker, podman or buildah, whichever is there (`BUILDER` names one). Tags are those of the
chart: REGISTRY/callsheet-web:VERSION and REGISTRY/callsheet-worker:VERSION-ENVIRONMENT; `logs` is
the shipper of logs, callsheet-logs:VERSION. The time of
the last commit stands for the time of the files, so podman and buildah make equal images of equal
contents. What this machine says about its package indexes and certificates is given to the builder
as secrets, which no image keeps.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILDERS = ("docker", "podman", "buildah")
PLAIN = ("web", "logs")
"""Images that are not of a model environment."""
_PINNED = re.compile(r".+@sha256:[0-9a-f]{64}")
BASES = {"web": ("PYTHON_IMAGE", "NODE_IMAGE"), "logs": ("DEBIAN_IMAGE",)}
_VERSION = re.compile(r'VERSION: Final = "([^"]+)"')
_NO_BUILDER = """\
No image builder found: install docker, podman or buildah (Debian: apt-get install podman).
"""


def main(environments: list[str]) -> int:
    builder = _builder()
    if builder is None:
        sys.stderr.write(_NO_BUILDER)
        return 1
    for base in unpinned():
        sys.stderr.write(
            f"{base}={os.environ[base]} is not pinned by a digest (NAME@sha256:...): "
            "the same sources may give another image later.\n"
        )
    for command in commands(builder, environments):
        sys.stdout.write(" ".join(command) + "\n")
        sys.stdout.flush()
        done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603  our own
        if done.returncode:
            sys.stderr.write(f"{builder} failed; is its daemon running?\n")
            return done.returncode
    return 0


def unpinned() -> list[str]:
    """List the arguments for bases that may name another image tomorrow."""
    bases = dict.fromkeys(base for group in BASES.values() for base in group)
    return [b for b in bases if os.environ.get(b) and not _PINNED.fullmatch(os.environ[b])]


def commands(builder: str, environments: list[str]) -> Iterator[list[str]]:
    """Return the command that builds each image."""
    version, created = _version(), _git("log", "-1", "--format=%ct")
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or created or "0"
    common = {
        "SOURCE_DATE_EPOCH": seconds,
        "VERSION": version,
        "REVISION": _git("rev-parse", "HEAD") or "unknown",
        "CREATED": datetime.fromtimestamp(int(seconds), UTC).isoformat(),
    }
    registry = os.environ.get("REGISTRY", "").rstrip("/")
    for name in ("web", *environments):
        is_plain = name in PLAIN
        tag = f"callsheet-{name}:{version}" if is_plain else f"callsheet-worker:{version}-{name}"
        bases = {base: os.environ.get(base, "") for base in BASES.get(name, ("PYTHON_IMAGE",))}
        arguments = bases | common | ({} if is_plain else {"ENVIRONMENT": name})
        yield [
            builder,
            *(["build"] if builder != "buildah" else ["bud"]),
            *("--file", f"docker/{name if is_plain else 'worker'}.Dockerfile"),
            *_options("--build-arg", {key: text for key, text in arguments.items() if text}),
            *([] if builder == "docker" else ["--timestamp", seconds]),
            *(part for id_, path in secrets() for part in ("--secret", f"id={id_},src={path}")),
            *("--tag", f"{registry}/{tag}" if registry else tag),
            ".",
        ]


def secrets() -> Iterator[tuple[str, Path]]:
    """List the files of this machine that say where packages come from and whom to trust."""
    home = Path.home()
    places = {
        "pip": ("PIP_CONFIG_FILE", home / ".config/pip/pip.conf", Path("/etc/pip.conf")),
        "uv": ("UV_CONFIG_FILE", home / ".config/uv/uv.toml", Path("/etc/uv/uv.toml")),
        "npm": ("NPM_CONFIG_USERCONFIG", home / ".npmrc"),
        "certificates": ("SSL_CERT_FILE",),
    }
    for name, (variable, *files) in places.items():
        chosen = os.environ.get(str(variable))
        candidates = [Path(chosen)] if chosen else [Path(file) for file in files]
        found = next((path for path in candidates if path.is_file()), None)
        if found is not None:
            yield name, found


def _options(option: str, values: dict[str, str]) -> Iterator[str]:
    for key, text in values.items():
        yield from (option, f"{key}={text}")


def _builder() -> str | None:
    named = os.environ.get("BUILDER", "")
    return next((one for one in ([named] if named else BUILDERS) if shutil.which(one)), None)


def _version() -> str:
    found = _VERSION.search((ROOT / "config" / "version.py").read_text(encoding="utf-8"))
    assert found is not None  # noqa: S101  of our own file
    return found[1]


def _git(*command: str) -> str:
    done = subprocess.run(  # noqa: S603  our own
        ["git", *command],  # noqa: S607  wherever it is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
