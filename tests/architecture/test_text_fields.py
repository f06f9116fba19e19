"""Text comes in through one field, and JSON through one parser."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.generate.source import nodes, python_files, text

ROOT = Path(__file__).resolve().parents[2]
TEXT_OF_MARSHMALLOW = {"String", "Str", "Email", "Url", "URL", "UUID", "IP", "IPv4", "IPv6"}


def named(path: Path) -> Iterator[str]:
    """`module.name` of what a file imports from, or looks up in, a module."""
    for node in nodes(path):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def users(wanted: set[str], *allowed: str) -> set[str]:
    last = re.compile("|".join(name.rpartition(".")[2] for name in wanted))
    return {
        f"{path.relative_to(ROOT)}: {name}"
        for path in python_files(ROOT / "web")
        if last.search(text(path))
        if str(path.relative_to(ROOT)) not in allowed
        for name in named(path)
        if name in wanted
    }


@pytest.mark.parametrize("module", ["fields", "marshmallow.fields"])
def test_no_schema_has_a_bare_string(module: str) -> None:
    bare = {f"{module}.{name}" for name in TEXT_OF_MARSHMALLOW}
    assert users(bare, "web/api/schemas/text.py") == set(), "use web.api.schemas.text.Text"


def test_the_check_sees_a_bare_string(tmp_path: Path) -> None:
    schema = tmp_path / "schema.py"
    schema.write_text("from marshmallow import fields\nclass S:\n    a = fields.String()\n")
    assert "fields.String" in named(schema)


def test_every_blueprint_reads_json_strictly() -> None:
    own = ("web/api/blueprint.py", "web/api/documented_errors.py")
    assert users({"flask_smorest.Blueprint"}, *own) == set(), "use web.api.blueprint.Blueprint"
    assert users({"request.json", "request.get_json", "request.is_json"}) == set()
