"""Decide which files of the clients are generated, and from what."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from clients.generate import python, typescript
from clients.generate.description import Description
from clients.generate.synchronous import synchronous
from docs.generate.openapi import document

_RUFF: Final = Path(sys.executable).parent / "ruff"


def generated(root: Path) -> dict[Path, str]:
    """Return the up-to-date text of every generated file."""
    described = Description(json.loads(document()))
    package = root / "clients" / "python" / "callsheet_client"
    operations = python.operations(described)
    asynchronous = {"operations": operations} | {
        path.stem: path.read_text(encoding="utf-8")
        for path in (package / "_async").glob("*.py")
        if path.stem != "operations"
    }
    texts = {
        package / "models.py": python.models(described),
        package / "_async" / "operations.py": operations,
        **{
            package / "_sync" / f"{name}.py": synchronous(name, text)
            for name, text in sorted(asynchronous.items())
        },
    }
    return {path: _formatted(path, text) for path, text in texts.items()} | {
        root / "clients" / "typescript" / "src" / "generated.ts": typescript.module(described)
    }


def _formatted(path: Path, text: str) -> str:
    """Format Python and sort its imports, as `make check` wants it."""
    for command in (("check", "--select", "I", "--fix"), ("format",)):
        whole = [str(_RUFF), *command, "--quiet", "--stdin-filename", str(path), "-"]
        done = subprocess.run(whole, input=text, capture_output=True, text=True, check=True)  # noqa: S603
        text = done.stdout
    return text
