"""Which images `make images` builds, by a builder that only notes what it is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config.installation import ROOT
from config.version import VERSION

SCRIPT = ROOT / "config" / "setup" / "images.py"


def build(
    directory: Path, builder: str, *environments: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    noting = directory / builder
    noting.write_text('#!/bin/sh\necho "$0 $*" >> "$NOTES"\nexit "${FAILS:-0}"\n')
    noting.chmod(0o755)
    path = f"{directory}:/usr/bin:/bin"
    return subprocess.run(
        [sys.executable, "-I", SCRIPT, *environments],
        env={"PATH": path, "NOTES": str(directory / "notes"), "BUILDER": builder, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("builder", "verb"), [("docker", "build"), ("buildah", "bud")])
def test_images_have_the_names_of_the_chart(tmp_path: Path, builder: str, verb: str) -> None:
    done = build(tmp_path, builder, "lite", "media", REGISTRY="registry.example.com/us/")
    assert done.returncode == 0, done.stderr
    notes = (tmp_path / "notes").read_text().splitlines()
    assert all(note.startswith(f"{tmp_path / builder} {verb} --file docker/") for note in notes)
    tags = [note.split("--tag ")[1].split()[0] for note in notes]
    assert tags == [
        f"registry.example.com/us/callsheet-web:{VERSION}",
        f"registry.example.com/us/callsheet-worker:{VERSION}-lite",
        f"registry.example.com/us/callsheet-worker:{VERSION}-media",
    ]
    assert all(f"--build-arg VERSION={VERSION}" in note for note in notes)
    assert ["--build-arg ENVIRONMENT=lite" in note for note in notes] == [False, True, False]


def test_a_base_is_pinned_by_an_argument(tmp_path: Path) -> None:
    base = f"docker.io/library/python@sha256:{'0' * 64}"
    assert build(tmp_path, "podman", PYTHON_IMAGE=base).returncode == 0
    assert f"--build-arg PYTHON_IMAGE={base} " in (tmp_path / "notes").read_text()


def test_a_failed_build_ends_the_others(tmp_path: Path) -> None:
    assert build(tmp_path, "docker", "lite", FAILS="3").returncode == 3
    assert len((tmp_path / "notes").read_text().splitlines()) == 1


def test_without_a_builder_it_says_what_to_install(tmp_path: Path) -> None:
    done = build(tmp_path, "docker", BUILDER="no-such-builder")
    assert done.returncode == 1
    assert "podman" in done.stderr
