"""Names and prose use the words of `docs/glossary.md`, not those of an older dialect.

Whole words are looked for in identifiers, docstrings and comments of Python files and in the
pages of `docs/`. A word that is part of a stable name (a wire format, an import of
`docs/first-design.md`) belongs in `STABLE`.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from docs.generate.source import files

ROOT: Final = Path(__file__).resolve().parents[2]

OLD_WORDS: Final = (
    "anew",
    "befall",
    "checkup",
    "courtesy",
    "household",
    "keepsake",
    "keepsakes",
    "leash",
    "mishap",
    "mishaps",
    "nobody",
    "somebody",
    "standin",
    "thrift",
    "told of",
    "upkeep",
    "veil",
    "whoever",
)
"""Words of the old dialect that no technical term of ours contains."""

STABLE: Final = ("web.upkeep",)
"""Names that keep an old word, because front ends of the first design use them."""

_PYTHON: Final = ("config", "tasks", "gpu_worker", "web", "tests", "docs")
_OLD: Final = re.compile(rf"\b(?:{'|'.join(OLD_WORDS)})\b", re.IGNORECASE)
_PERHAPS: Final = re.compile("|".join(word.replace(" ", r"[\W_]*") for word in OLD_WORDS))
"""Is found in every text with an old word, and needs no tokenizer."""


def _files(folder: str) -> Iterator[Path]:
    for suffix in (".py", ".md"):
        yield from (p for p in files(ROOT / folder, suffix) if "migrations" not in p.parts)


def _prose(source: str) -> Iterator[tuple[int, str]]:
    """Yield the identifiers (as separate words), docstrings and comments with their lines."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
        elif token.type == tokenize.NAME:
            yield token.start[0], _separate_words(token.string)
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str() as text)):
                yield node.lineno, " ".join(text.split())


def _separate_words(identifier: str) -> str:
    """Split an identifier: `OldWord` and `old_word` become `old word`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_+", " ", identifier)


def old_words(path: Path, root: Path = ROOT) -> list[str]:
    """Return the old words of a file, each with its line."""
    text = path.read_text()
    for name in STABLE:
        text = text.replace(name, "")
    lowered = text.lower()
    if not any(word.split()[0] in lowered for word in OLD_WORDS) or not _PERHAPS.search(lowered):
        return []
    prose = _prose(text) if path.suffix == ".py" else enumerate(text.splitlines(), 1)
    return [
        f"{path.relative_to(root)}:{line}: {match[0]}"
        for line, sentence in prose
        for match in _OLD.finditer(sentence)
    ]


def test_no_folder_uses_old_words() -> None:
    paths = [p for folder in _PYTHON for p in _files(folder) if p != Path(__file__)]
    assert [word for path in paths for word in old_words(path)] == []


@pytest.mark.parametrize(
    "source",
    [
        "def nobody_here(): ...",
        "# asked anew",
        'def f():\n    """Whoever asks."""',
        "told_of = True",
        "def isToldOf(): ...",
        'def f():\n    """Return what is told\n    of."""',
    ],
)
def test_names_comments_and_docstrings_are_searched(source: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(source)
    assert old_words(path, tmp_path)
