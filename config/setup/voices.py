"""Fetch Kokoro's voice packs, and what suggests a voice: `python config/setup/voices.py`.

They are files of npm packages, which npm downloads from the registry that it is configured for:
with the Node of this machine or the one from a wheel (`config/setup/studio.py`). `callsheet models`
then checks each package and keeps it as it is published. Node is not used again. Without them,
the workers speak with the voices that Python packages bring, and suggest none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # as a script, it has only its own folder on the path

from config.setup.studio import Node, NotBuilt, find_node  # noqa: E402

SECONDS = 300


@dataclass(frozen=True)
class Published:
    """A model that is a file of an npm package."""

    model: str
    package: str
    what: str
    without: str


PUBLISHED = (
    Published("kokoro", "kokoro-js@1.2.1", "voice packs", "with fewer voices"),
    Published(
        "face-api", "@vladmandic/face-api@1.7.15", "voice suggestions", "without suggested voices"
    ),
)


def main() -> int:
    for one in PUBLISHED:
        try:
            if not is_here(one):
                sys.stderr.write(f"Fetching the {one.what}\n")
                fetch(one)
        except (NotBuilt, OSError, subprocess.TimeoutExpired) as error:
            sys.stderr.write(
                f"The {one.what} were not fetched: {error}\n"
                f"Everything works without them, {one.without}. "
                f"To fetch them later: callsheet models fetch {one.model}\n"
            )
    return 0


def is_here(one: Published) -> bool:
    """Return whether the package was fetched before."""
    return bool(json.loads(_models("list", one))["state"] == "here")


def fetch(one: Published) -> None:
    """Have npm download the package, and hand it to `callsheet models`, which knows its hash."""
    node = find_node()
    with tempfile.TemporaryDirectory(prefix="callsheet-voices-") as folder:
        mirror = Path(folder)
        (mirror / one.model).mkdir()
        _pack(node, one.package, mirror / one.model)
        _models("fetch", one, MODELS_MIRROR=mirror.as_uri())


def _pack(node: Node, package: str, folder: Path) -> None:
    """Download the package with npm, which runs nothing of it."""
    done = subprocess.run(  # noqa: S603  our own command
        [*node.npm, "pack", package, "--ignore-scripts", "--silent"],
        cwd=folder,
        env=node.environ,
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise NotBuilt(f"npm did not bring {package}: {said[-1] if said else 'it gave no reason.'}")


def _models(what: str, one: Published, **settings: str) -> str:
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "gpu_worker.models", what, one.model],
        cwd=ROOT,
        env=os.environ | settings,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NotBuilt(done.stderr.strip().splitlines()[0])
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
