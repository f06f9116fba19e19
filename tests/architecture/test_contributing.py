"""What a newcomer is told works: hooks, templates, and the words of the glossary."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def test_hooks_run_what_make_check_runs_and_fetch_nothing() -> None:
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repo["repo"] == "local"
    assert {hook["language"] for hook in repo["hooks"]} == {"system"}
    assert [hook["entry"] for hook in repo["hooks"]] == list(recipe("check"))


def recipe(target: str) -> Iterator[str]:
    """Yield the commands of a target of the Makefile, those of its parallel parts included."""
    lines = (ROOT / "Makefile").read_text().partition(f"\n{target}:")[2].partition("\n\n")[0]
    for line in lines.splitlines()[1:]:
        command = line.strip().removeprefix("@")
        command = command.replace("$(PYTEST)", "$(DEV)/python -m pytest")
        if command.startswith("$(MAKE)"):
            parts = [word for word in command.split() if word.startswith("check-")]
            yield from (line for part in parts for line in recipe(part))
        else:
            yield command.replace("$(DEV)", ".venvs/dev/bin")


@pytest.mark.parametrize("form", ["bug", "feature"])
def test_issue_forms_fit_their_schema(form: str) -> None:
    path = ROOT / ".github" / "ISSUE_TEMPLATE" / f"{form}.yml"
    described = yaml.safe_load(path.read_text())
    assert {"name", "description", "body"} <= set(described)
    kinds = {"markdown", "textarea", "input", "dropdown", "checkboxes"}
    assert {field["type"] for field in described["body"]} <= kinds
    ids = [field["id"] for field in described["body"] if field["type"] != "markdown"]
    assert len(ids) == len(set(ids))
    assert any(field.get("validations", {}).get("required") for field in described["body"])


def test_the_first_changed_test_of_a_newcomer_fails_and_is_found(tmp_path: Path) -> None:
    """The command of the page, on a copy of the module: the test's token becomes too short."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    (edit,) = re.findall(r"^(sed -i .*) config/exposure\.py$", page, re.MULTILINE)
    copy = tmp_path / "exposure.py"
    copy.write_text((ROOT / "config" / "exposure.py").read_text())
    subprocess.run(["sh", "-c", f"{edit} {copy}"], check=True)
    assert "\nSHORTEST_TOKEN = 20\n" in copy.read_text()
    assert (
        '"OPERATOR_TOKEN": "0123456789abcdef"'
        in (ROOT / "tests" / "config" / "test_exposure.py").read_text()
    )


def test_commands_of_the_page_exist() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in set(re.findall(r"`make ([a-z-]+)`", page)):
        assert re.search(rf"make {target}\b", listed.stdout), target


def test_glossary_says_each_word_once() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text()
    rows = [row.strip() for row in re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)]
    words = [word for row in rows if row not in ("word", "---") for word in row.split(", ")]
    assert len(words) > 40
    assert len(words) == len(set(words))
