"""Write the Python reference, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from docs.generate.source import Entry, Module

HEAD = """\
# Python reference

Generated from the source by `make docs`; `reference.json` beside it holds the same for
programs. Lines that begin with `>>>` run as tests.
"""


def as_json(modules: Sequence[Module]) -> str:
    return json.dumps([asdict(module) for module in modules], indent=1, ensure_ascii=False) + "\n"


def markdown(modules: Sequence[Module]) -> str:
    return "\n".join([HEAD, *(line for module in modules for line in _module(module))])


def _module(module: Module) -> Iterator[str]:
    yield f"## `{module.name}`\n"
    if module.doc:
        yield f"{_text(module.doc)}\n"
    for entry in module.entries:
        yield from _entry(entry, "###", "")


def _entry(entry: Entry, level: str, owner: str) -> Iterator[str]:
    yield f"{level} `{owner}{entry.name}`\n"
    yield f"```python\n{entry.signature}\n```\n"
    yield f"{_text(entry.doc)}\n"
    for member in entry.members:
        yield from _entry(member, level + "#", f"{entry.name}.")


def _text(doc: str) -> str:
    """Keep prose; mark examples and indented blocks as code."""
    return "\n\n".join(_paragraph(text) for text in doc.split("\n\n"))


def _paragraph(text: str) -> str:
    if text.startswith(">>>"):
        return f"```pycon\n{text}\n```"
    return f"```text\n{text}\n```" if text.startswith("    ") else text
