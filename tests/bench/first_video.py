"""`python -m tests.bench.first_video`: from a clone to the first video by docs/clients.md alone.

It does what a reader of the section on TypeScript does: clones this checkout, runs `make serve`
with an empty home (nothing is in a cache), builds the client, installs it in an application beside
it, and runs the program for Node. It prints the seconds of each step; what is not committed is not
in the clone.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from web.cli.local.demo import portrait

ROOT = Path(__file__).resolve().parents[2]
SERVER = "http://127.0.0.1:5000"
AIM_SECONDS = 600.0


class Steps:
    """The seconds of each step, printed as they end."""

    def __init__(self) -> None:
        self.began = self._last = time.monotonic()

    def ended(self, what: str) -> None:
        now = time.monotonic()
        sys.stdout.write(f"{now - self._last:7.1f} s  {what}\n")
        sys.stdout.flush()
        self._last = now


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="callsheet-first-video-") as place:
        folder = Path(place)
        (folder / "home").mkdir()
        environ = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}
        environ["HOME"] = str(folder / "home")
        steps = Steps()
        clone = folder / "callsheet"
        run(["git", "clone", "--quiet", str(ROOT), str(clone)], folder, environ)
        steps.ended("git clone")
        with serving(clone, environ, steps) as server:
            follow(clone, environ, server, steps)
        total = time.monotonic() - steps.began
    load = os.getloadavg()[0]
    sys.stdout.write(f"{total:7.1f} s  in all (aim {AIM_SECONDS:.0f}; load now {load:.1f})\n")
    return int(total > AIM_SECONDS)


@contextmanager
def serving(clone: Path, environ: Mapping[str, str], steps: Steps) -> Iterator[str]:
    """Run `make serve` until the block ends; its address."""
    process = subprocess.Popen(
        ["make", "serve"],
        cwd=clone,
        env=dict(environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        address = None
        for line in process.stdout:
            if line.startswith(("Setting up", "Fetching", "Building", "Waiting", "Starting")):
                steps.ended(f"until: {line.strip()}")
            address = re.match(r"Server +(http://\S+)", line)
            if address:
                break
        if address is None:
            raise SystemExit("make serve ended before it was ready")
        steps.ended("until the server is ready")
        yield address[1]
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # a shell may have SIGINT ignored
        process.communicate(timeout=120)


def follow(clone: Path, environ: Mapping[str, str], server: str, steps: Steps) -> None:
    """Do what the page says after the server runs, to the finished video."""
    section = (clone / "docs" / "clients.md").read_text().partition("\n## TypeScript")[2]
    [commands] = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    [program] = re.findall(r"```js\n(.*?)```", section, re.DOTALL)
    application = clone / "your-app"
    application.mkdir()
    for command in commands.splitlines():
        run(["bash", "-c", command], clone, environ)
        steps.ended(command.partition("#")[0].strip())
    with Image.open(portrait()) as picture:
        picture.convert("RGB").save(application / "face.jpg")
    (application / "make.mjs").write_text(program.replace(SERVER, server))
    run(["node", "make.mjs"], application, environ)
    assert (application / "video.mp4").read_bytes()[4:8] == b"ftyp"
    steps.ended("node make.mjs")


def run(command: list[str], folder: Path, environ: Mapping[str, str]) -> None:
    done = subprocess.run(
        command, cwd=folder, env=dict(environ), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
