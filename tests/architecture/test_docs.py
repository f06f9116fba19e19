"""Pages say what the code says: what is generated is fresh, what is written by hand is complete."""

from __future__ import annotations

import doctest
import importlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.environments import ENVIRONMENTS
from config.setting import all_settings
from config.settings import Settings
from config.stages import ALL_STAGES
from docs.generate import openapi, pages, source
from docs.generate.endpoints import endpoints
from docs.generate.placeholders import Placeholders
from tasks.domain.events import EventType
from tests import nightly
from web.cli.__main__ import main
from web.cli.commands.exit_codes import ExitCode

ROOT = Path(__file__).resolve().parents[2]
PROMPT = ">>>"
"""Of an example."""


@pytest.fixture(scope="module")
def generated() -> dict[Path, str]:
    return pages.generated(ROOT)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows(page: str) -> Iterator[list[str]]:
    """The cells of every table's lines."""
    for line in page.splitlines():
        if line.startswith("| ") and not line.startswith("| ---"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


@pytest.mark.parametrize("name", ["docs/configuration.md", "docs/errors.md", *pages.HANDWRITTEN])
def test_generated_pages_are_fresh(name: str, generated: dict[Path, str]) -> None:
    assert text(name) == generated[ROOT / name], f"{name} is out of date: run `make docs`"


def test_every_setting_is_on_its_page() -> None:
    said = {cells[0].strip("`") for cells in rows(text("docs/configuration.md"))} - {"variable"}
    assert said == {declared.metadata["env"] for declared in all_settings(Settings)}


def test_every_part_of_the_night_is_on_its_page() -> None:
    described = {line[0].strip("`"): line[1] for line in rows(text("docs/testing.md"))}
    parts = {part.name for part in nightly.parts(seed=1)}
    assert "bench" in parts
    assert {name for name in parts if name not in described["make nightly"]} == set()


def first_cells(name: str) -> set[str]:
    return {line[0].strip("`") for line in rows(text(name))}


def test_engines_page_lists_every_environment_and_stage() -> None:
    assert set(ENVIRONMENTS) | set(ALL_STAGES) <= first_cells("docs/engines.md")


def test_command_line_page_lists_every_exit_code() -> None:
    assert {str(ending.value) for ending in ExitCode} <= first_cells("docs/command-line.md")


def test_routes_openapi_and_pages_list_the_same_endpoints_each_once() -> None:
    routes = Counter(e.row for e in endpoints())  # of the `url_map`
    assert set(routes.values()) == {1}
    documented = Counter(
        f"{method.upper()} {path}"
        for path, item in json.loads(openapi.document())["paths"].items()
        for method in item
        if method != "parameters"
    )
    assert routes - documented == Counter(["GET /openapi.json"])  # it is that document
    assert documented - routes == Counter()
    listed = re.findall(r"^\| `([A-Z]+)` \| \[`([^`]+)`\]", text("docs/api.md"), re.MULTILINE)
    assert Counter(f"{method} {path}" for method, path in listed) == routes
    shown: Counter[str] = Counter()
    for page in (ROOT / "docs" / "endpoints").glob("*.md"):
        shown += Counter(re.findall(r"^## `([^`]+)`", page.read_text(), re.MULTILINE))
    assert shown == routes


def test_command_line_page_has_every_command() -> None:
    page = text("docs/command-line.md")
    for name in set(main.commands) - {"demo", "serve"}:
        assert f"callsheet {name}" in page.replace('"$(', "")


def test_every_endpoint_says_what_it_does() -> None:
    assert [e for e in endpoints() if not e.summary] == []


def dependencies() -> set[str]:
    project = tomllib.loads(text("pyproject.toml"))
    wishes = list(project["project"]["dependencies"])
    for group in project["dependency-groups"].values():
        wishes += [wish for wish in group if isinstance(wish, str)]
    return {re.split(r"[\[<>=!~; ]", wish)[0].lower() for wish in wishes}


def test_every_dependency_has_its_reasons() -> None:
    lines = [cells for cells in rows(text("docs/dependencies.md")) if cells[0].startswith("`")]
    named = [name for cells in lines for name in re.findall(r"`([^`]+)`", cells[0])]
    assert len(named) == len(set(named))
    assert set(named) == dependencies()
    for cells in lines:
        assert len(cells) == 5, cells[0]
        assert all(cells), f"{cells[0]} leaves a question open"


def test_links_lead_to_pages_and_headings_that_exist() -> None:
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for link in re.findall(r"\]\(([^) ]+)\)", page.read_text(encoding="utf-8")):
            if "://" in link:
                continue
            name, _, anchor = link.partition("#")
            target = page.parent / name if name else page
            assert target.exists(), f"{page.name}: {link}"
            assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def test_pages_use_the_words_of_the_glossary() -> None:
    """Metaphors that the glossary replaced stay out of prose; code spans may name them."""
    old = r"\b(anew|befall|checkup|household|keepsakes?|ledger|mishaps?|thrift|upkeep|whosever)\b"
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        prose = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert re.findall(old, prose, re.IGNORECASE) == [], page.name


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_changelog_has_each_heading_once_and_one_line_for_each_change() -> None:
    """Git merges its lines by union, which can bring removed ones back."""
    lines = text("CHANGELOG.md").splitlines()[4:]
    release = ""
    headings = []
    for line in lines:
        if line.startswith("## "):
            release = line
        if line.startswith("#"):
            headings.append((release, line))
    assert len(headings) == len(set(headings))
    assert [line for line in lines if line and not line.startswith(("#", "- "))] == []


def test_the_front_end_uses_what_there_is() -> None:
    page = text("docs/frontends.md")
    paths = {e.path for e in endpoints()}
    for path in re.findall(r'(?:send|ask)\("([^"]+)"', page):
        assert path in paths
    names = set(re.findall(r"\b(?:pipeline|stage|processing)_[a-z]+\b", page))
    assert names
    assert names <= {kind.value for kind in EventType}
    (script,) = re.findall(r'<script type="module">\n(.*?)</script>', page, re.DOTALL)
    assert len(script.splitlines()) <= 40


def examples() -> Iterator[str]:
    for module in source.modules(ROOT, containing=PROMPT):
        entries = list(module.entries)
        docs = [module.doc, *(e.doc for e in entries), *(m.doc for e in entries for m in e.members)]
        if any(PROMPT in doc for doc in docs):
            yield module.name


def test_there_are_examples() -> None:
    assert len(list(examples())) >= 6


@pytest.mark.parametrize("name", list(examples()))
def test_examples_of_the_reference(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted
    assert result.failed == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("id 9dc250792360004ca513", "id 00000000000000000001"),
        ("of s82dd24e307962766ea8b66d5617d4c1", "of s0000000000000000000000000000001"),
        ("1.764590000123e+09 of 0.123456789012", "1.764590000123e+09 of 0.123456789012"),
    ],
)
def test_examples_show_ids_as_placeholders_and_numbers_as_numbers(text: str, shown: str) -> None:
    assert Placeholders([]).applied(text) == shown
