"""Which images `make images` builds, by a builder that only notes what it is asked for."""

from __future__ import annotations

import re
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


def test_the_shipper_of_logs_is_an_image_without_an_environment(tmp_path: Path) -> None:
    assert build(tmp_path, "podman", "logs", DEBIAN_IMAGE="debian@sha256:0").returncode == 0
    web, logs = (tmp_path / "notes").read_text().splitlines()
    assert "--file docker/logs.Dockerfile" in logs
    assert f"--tag callsheet-logs:{VERSION} " in logs
    assert "--build-arg DEBIAN_IMAGE=debian@sha256:0" in logs
    assert "DEBIAN_IMAGE" not in web
    assert "ENVIRONMENT=" not in logs


@pytest.mark.parametrize("builder", ["docker", "podman"])
def test_all_times_are_that_of_the_sources(tmp_path: Path, builder: str) -> None:
    assert build(tmp_path, builder, SOURCE_DATE_EPOCH="1764000000").returncode == 0
    note = (tmp_path / "notes").read_text()
    assert "--build-arg SOURCE_DATE_EPOCH=1764000000" in note
    assert "--build-arg CREATED=2025-11-24T16:00:00+00:00" in note
    # Docker's builder has no such option.
    assert ("--timestamp 1764000000" in note) == (builder == "podman")


def test_settings_for_mirrors_are_secrets_of_the_build(tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_text("registry=https://npm.example.com/")
    certificates = tmp_path / "certificates.crt"
    certificates.touch()
    environ = {"HOME": str(tmp_path), "SSL_CERT_FILE": str(certificates)}
    environ |= {"PIP_CONFIG_FILE": "/dev/null", "UV_CONFIG_FILE": "/none"}
    assert build(tmp_path, "docker", **environ).returncode == 0
    note = (tmp_path / "notes").read_text()
    secrets = [part.split()[0] for part in note.split("--secret ")[1:]]
    assert secrets == [f"id=npm,src={tmp_path}/.npmrc", f"id=certificates,src={certificates}"]


@pytest.mark.parametrize("file", sorted((ROOT / "docker").glob("*.Dockerfile")))
def test_every_base_is_pinned_by_its_digest(file: Path) -> None:
    bases = re.findall(r"^ARG \w+_IMAGE=(.+)$", file.read_text(), re.MULTILINE)
    assert bases
    assert all(re.fullmatch(r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}", base) for base in bases)
    named = re.findall(r"^FROM (\S+)", file.read_text(), re.MULTILINE)
    assert all(re.fullmatch(r"\$\{\w+_IMAGE\}", name) for name in named)


def test_a_base_is_pinned_by_an_argument(tmp_path: Path) -> None:
    base = f"docker.io/library/python@sha256:{'0' * 64}"
    assert build(tmp_path, "podman", PYTHON_IMAGE=base).returncode == 0
    assert f"--build-arg PYTHON_IMAGE={base} " in (tmp_path / "notes").read_text()


def test_a_base_without_a_digest_is_announced(tmp_path: Path) -> None:
    pinned = {"PYTHON_IMAGE": f"python:3.12@sha256:{'0' * 64}"}
    assert build(tmp_path, "podman", "lite", "logs", **pinned).stderr == ""
    done = build(tmp_path, "podman", "lite", PYTHON_IMAGE="python:3.12", NODE_IMAGE="node@sha256:0")
    assert done.returncode == 0
    warnings = done.stderr.splitlines()
    assert [line.split(" is not pinned")[0] for line in warnings] == [
        "PYTHON_IMAGE=python:3.12",
        "NODE_IMAGE=node@sha256:0",
    ]


def test_a_failed_build_ends_the_others(tmp_path: Path) -> None:
    assert build(tmp_path, "docker", "lite", FAILS="3").returncode == 3
    assert len((tmp_path / "notes").read_text().splitlines()) == 1


def test_without_a_builder_it_says_what_to_install(tmp_path: Path) -> None:
    done = build(tmp_path, "docker", BUILDER="no-such-builder")
    assert done.returncode == 1
    assert "podman" in done.stderr
