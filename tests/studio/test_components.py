"""The studio's own tests, by Vitest, and its types against the API as it is now."""

from __future__ import annotations

import os
import subprocess

import pytest

from config.setup import studio


def run(node: studio.Node, *arguments: str) -> None:
    done = subprocess.run(
        [node.node, *arguments],
        cwd=studio.SOURCE,
        env=os.environ | {"NO_COLOR": "1", "CI": "true"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_components(node: studio.Node) -> None:
    """In one document for all files: a document for each costs three quarters of the time."""
    run(node, "node_modules/vitest/vitest.mjs", "run", "--no-isolate", "--pool=threads")


@pytest.mark.slow
def test_types_fit_the_api(node: studio.Node) -> None:
    studio.check(node)


def test_the_lock_names_no_registry() -> None:
    """Registries are the machine's own affair; the hashes say that the packages are the same."""
    lock = (studio.SOURCE / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert '"integrity": "sha512-' in lock


def test_modules_are_small() -> None:
    sources = [
        path for kind in ("ts", "tsx") for path in (studio.SOURCE / "src").rglob(f"*.{kind}")
    ]
    written = [path for path in sources if path.name != "schema.d.ts"]
    assert len(written) > 40
    for path in written:
        assert len(path.read_text().splitlines()) < 250, path.name
