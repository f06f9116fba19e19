"""Migrations form one line: two that were written side by side are put in order."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment import ROOT

VERSIONS = ROOT / "web" / "db" / "migrations" / "versions"


def names(pattern: str) -> list[str]:
    texts = (path.read_text(encoding="utf-8") for path in sorted(VERSIONS.glob("*.py")))
    return [name for text in texts for name in re.findall(pattern, text, re.MULTILINE)]


def test_each_migration_follows_another_one() -> None:
    revisions = names(r'^revision\b.* = "(\w+)"')
    followed = names(r'^down_revision\b.* = "(\w+)"')
    assert len(revisions) == len(list(VERSIONS.glob("*.py")))
    assert sorted(set(revisions)) == sorted(revisions)
    assert sorted(set(followed)) == sorted(followed), "two migrations follow the same one"
    assert len(set(revisions) - set(followed)) == 1


FIRST_SUPPORTED = "0028"
"""From here on, the version before works with the tables of the next one."""
_REMOVING = {"drop_column", "drop_table", "alter_column", "rename_table", "drop_constraint"}


def upgrade_of(path: Path) -> ast.FunctionDef:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "upgrade")


def contractions(function: ast.AST) -> Iterator[str]:
    """What a migration does that the code before it may not survive."""
    for node in ast.walk(function):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr in _REMOVING:
            yield node.func.attr
        if node.func.attr == "add_column":
            column = node.args[-1]
            options = column.keywords if isinstance(column, ast.Call) else []
            names = {option.arg: option.value for option in options}
            nullable = names.get("nullable")
            if (
                isinstance(nullable, ast.Constant)
                and nullable.value is False
                and "server_default" not in names
            ):
                yield "add_column of one that the code before does not fill"


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(VERSIONS.glob("*.py")) if path.name[:4] >= FIRST_SUPPORTED],
    ids=lambda path: path.stem,
)
def test_the_version_before_works_with_the_new_tables(path: Path) -> None:
    """Or the migration says from which revision on code works with them."""
    found = sorted(contractions(upgrade_of(path)))
    says_so = "UPDATE schema_support" in path.read_text(encoding="utf-8")
    assert not found or says_so, f"{found}: see docs/operations/upgrade.md"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("op.add_column('job', sa.Column('a', sa.String, nullable=True))", 0),
        ("op.add_column('job', sa.Column('a', sa.String, nullable=False, server_default=''))", 0),
        ("op.add_column('job', sa.Column('a', sa.String, nullable=False))", 1),
        ("batch.add_column(sa.Column('a', sa.String, nullable=False))", 1),
        ("op.drop_column('job', 'a')", 1),
        ("op.create_table('new', sa.Column('a', sa.String, nullable=False))", 0),
    ],
)
def test_contractions_are_found(statement: str, found: int) -> None:
    assert len(list(contractions(ast.parse(statement)))) == found
