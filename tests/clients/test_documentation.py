"""The programs of README.md, docs/clients.md and docs/frontends.md run as they are written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.setup import studio
from tests.clients.conftest import MODULES, tsc
from tests.deployment import ROOT, Deployment
from tests.studio.conftest import Journey, chromium, journey  # noqa: F401  fixtures
from tests.studio.test_frontends_page import served
from tests.web.samples import picture
from web.jobs import modes

SERVER = "http://127.0.0.1:5000"
STRICT = (
    "--noEmit",
    "--strict",
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--jsx",
    "react-jsx",
)


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture(scope="module")
def system(standing_deployment: Deployment) -> str:
    """The address of a whole system, whose jobs are simulated."""
    modes.set_mode(standing_deployment.services, "simulation")
    return standing_deployment.start_web()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a reader of the page works: a portrait is there."""
    (tmp_path / "face.jpg").write_bytes(picture(320, 400, "JPEG"))
    return tmp_path


@pytest.fixture
def project(folder: Path, built: Path) -> Path:
    """The same with the client and React installed, as npm does it."""
    modules = folder / "node_modules"
    modules.mkdir()
    (folder / "package.json").write_text('{"type": "module"}')
    (modules / "callsheet-client").symlink_to(built)
    for name in ("react", "react-dom", "scheduler", "@types", "csstype", "undici-types"):
        (modules / name).symlink_to(MODULES / name)
    return folder


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT / "clients" / "python")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def is_video(path: Path) -> bool:
    return path.read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize(
    "page", ["README.md", pytest.param("docs/clients.md", marks=pytest.mark.slow)]
)
def test_the_python_program_makes_a_video(system: str, folder: Path, page: str) -> None:
    [program] = [one for one in blocks(page, "python") if "callsheet_client" in one]
    assert SERVER in program
    shown = run([sys.executable, "-c", program.replace(SERVER, system)], folder)
    assert "100 %" in shown.splitlines()[-2 if "print(job.download" in program else -1]
    assert is_video(folder / "video.mp4")


@pytest.mark.slow
def test_the_program_for_node_makes_a_video(system: str, project: Path, node: studio.Node) -> None:
    [program] = blocks("docs/clients.md", "js")
    assert SERVER in program
    (project / "make.mjs").write_text(program.replace(SERVER, system))
    shown = run([node.node, "make.mjs"], project)
    assert "100 %" in shown.splitlines()[-1]
    assert is_video(project / "video.mp4")


@pytest.mark.slow
def test_the_typescript_of_the_readme_compiles_and_runs(
    system: str, project: Path, node: studio.Node
) -> None:
    [program] = blocks("README.md", "ts")
    (project / "typed.ts").write_text(f"declare const file: File;\n{program}")
    assert tsc(node, *STRICT, str(project / "typed.ts")) == ""
    given = (
        'const file = new Blob([await (await import("node:fs/promises")).readFile("face.jpg")]);'
    )
    check = 'if ((await video.slice(4, 8).text()) !== "ftyp") throw new Error("no video");'
    (project / "make.mjs").write_text(
        "\n".join((given, program.replace(SERVER, system), check)), encoding="utf-8"
    )
    assert "100 " in run([node.node, "make.mjs"], project).splitlines()[-1]


@pytest.mark.slow
def test_the_components_for_react_follow_a_job(
    system: str,
    project: Path,
    node: studio.Node,
    journey: Journey,  # noqa: F811
) -> None:
    [of_client] = blocks("docs/clients.md", "tsx")
    watch, [by_hand] = (
        blocks("docs/frontends.md", "javascript")[0],
        blocks("docs/frontends.md", "jsx"),
    )
    (project / "client.tsx").write_text(f"{of_client}\nexport {{ Progress }};\n")
    assert tsc(node, *STRICT, str(project / "client.tsx")) == ""
    (project / "hand.jsx").write_text(f"{watch}\n{by_hand}\nexport {{ Progress }};\n")
    page = Path(__file__).with_name("page.tsx").read_text()
    (project / "page.tsx").write_text(page.replace("SERVER", system))
    bundle = project / "bundle"
    rolldown = MODULES / "rolldown" / "bin" / "cli.mjs"
    arguments = ["page.tsx", "--dir", "bundle", "--format", "esm", "--platform", "browser"]
    run([node.node, str(rolldown), *arguments], project)
    html = '<!doctype html><div id="root"></div><script type="module" src="page.js"></script>'
    with served(project / "page", html) as address:
        for path in (*bundle.iterdir(), project / "face.jpg"):
            shutil.copy(path, project / "page")
        seen = journey("react", system, STUDIO_PAGE=address)
    assert seen["hand"] == "The video is ready."
    assert "100 %" in seen["client"]
