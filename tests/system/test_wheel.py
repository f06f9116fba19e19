"""The wheel: what it holds, that two builds are equal, and a video from an empty environment."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from config.environments import ENVIRONMENTS
from config.installation import ROOT
from config.version import VERSION

pytestmark = pytest.mark.slow
UV = ROOT / ".venvs" / "uv" / "bin" / "uv"


def build(directory: Path) -> Path:
    environ = os.environ | {"SOURCE_DATE_EPOCH": "1764000000"}
    done = subprocess.run(
        [str(UV), "build", "--wheel", "--out-dir", str(directory)],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=140,
    )
    if "Failed to fetch" in done.stderr or "dns error" in done.stderr:
        pytest.skip("no package index for hatchling")
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = directory.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / "web" / "static" / "index.html").exists():
        pytest.skip("the page is not built: make studio")
    return build(tmp_path_factory.mktemp("wheel"))


def test_it_claims_one_name_in_site_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
        inside = set(archive.namelist())
    assert tops == {"callsheet", f"callsheet-{VERSION}.dist-info"}
    needed = {"Procfile", "web/static/index.html", "config/locks/lite.txt", "docs/api.md"}
    # Every module is there, also those that the launcher is made of.
    needed |= {"config/version.py", "web/cli/__main__.py", "gpu_worker/__main__.py"}
    assert {f"callsheet/_app/{name}" for name in needed} <= inside
    assert not [name for name in inside if "node_modules" in name or "__pycache__" in name]


def test_two_builds_are_equal(wheel: Path, tmp_path: Path) -> None:
    again = build(tmp_path)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (wheel, again)]
    assert digests[0] == digests[1]


def test_an_extra_is_a_lock(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith("/METADATA"))
        metadata = message_from_string(archive.read(name).decode())
    assert set(metadata.get_all("Provides-Extra", [])) == {"web", *ENVIRONMENTS}
    required = metadata.get_all("Requires-Dist", [])
    pinned = {one for one in required if re.search(r"extra == '?\"?lite", one)}
    lock = (ROOT / "config" / "locks" / "lite.txt").read_text()
    versions = {re.split(r"[; ]", one)[0] for one in pinned}
    assert versions >= set(re.findall(r"^[\w.-]+==[^\s;]+", lock, re.MULTILINE))
    assert all("==" in version for version in versions)


def test_the_list_of_components_has_every_locked_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if "/sboms/" in one)
        inside = archive.read(name)
    beside = wheel.with_suffix(".cdx.json").read_bytes()
    assert inside == beside
    found = json.loads(inside)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    listed = {one["purl"] for one in found["components"]}
    for extra in ("web", *ENVIRONMENTS):
        lock = (ROOT / "config" / "locks" / f"{extra}.txt").read_text()
        for package, version in re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE):
            assert f"pkg:pypi/{package}@{version}" in listed
    assert all(one["externalReferences"][0]["hashes"] for one in found["components"])


def test_an_entry_point_without_its_packages_names_the_extra(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    # `-I` and `-S`: nothing but the standard library.
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
    code += "from callsheet.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pip install 'callsheet[lite]'" in done.stderr


def test_a_process_of_the_procfile_is_started_by_its_name(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
    code += "from callsheet.__main__ import run; run()"
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    for name, expected in (("media", "which environment"), ("nothing", "the names are")):
        done = subprocess.run(
            [sys.executable, "-c", code, name, "--help"],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert expected in done.stdout + done.stderr


@pytest.mark.timeout(3600)
def test_an_empty_environment_makes_a_video(wheel: Path, tmp_path: Path) -> None:
    """`pip install callsheet-*.whl[lite] && callsheet demo --once`, and nothing else."""
    environ = {
        name: text
        for name, text in os.environ.items()
        if name in ("PATH", "LANG", "HTTPS_PROXY", "SSL_CERT_FILE") or name.startswith("PIP_")
    }
    environ["HOME"] = str(tmp_path / "home")
    (tmp_path / "home").mkdir()
    began = time.monotonic()
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin" / "pip"), "install", "--quiet", f"{wheel}[lite]"]
    done = subprocess.run(pip, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    installed = time.monotonic() - began
    before = contents(venv)
    done = subprocess.run(
        [str(venv / "bin" / "callsheet"), "demo", "--once"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    took = time.monotonic() - began
    print(f"installed after {installed / 60:.1f} min, video after {took / 60:.1f} min")
    state = tmp_path / "home" / ".local" / "share" / "callsheet" / "state"
    (video,) = (state / "videos").glob("*.mp4")
    assert video.read_bytes()[4:8] == b"ftyp"
    assert not (tmp_path / ".callsheet").exists()
    assert contents(venv) == before  # nothing was written beside the packages


def contents(venv: Path) -> set[str]:
    """List the files of an environment; bytecode belongs to the interpreter."""
    return {str(path) for path in venv.rglob("*") if "__pycache__" not in path.parts}


def test_the_version_of_the_build_back_end_is_exact() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (backend,) = project["build-system"]["requires"]
    assert re.fullmatch(r"hatchling==[\d.]+", backend)
