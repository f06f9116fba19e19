"""Migrations form one line: two that were written side by side are put in order."""

from __future__ import annotations

import re

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
