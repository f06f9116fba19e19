"""There is one way to a session's file, and it is `SessionDirectory.path`."""

from __future__ import annotations

import re
from pathlib import Path

from docs.generate.source import python_files, text

ROOT = Path(__file__).resolve().parents[2]


def test_one_module_knows_where_sessions_lie() -> None:
    rooms = ("web", "tasks", "gpu_worker", "config")
    sources = [path for room in rooms for path in python_files(ROOT / room)]
    knowing = [
        path.relative_to(ROOT).as_posix()
        for path in sources
        if re.search(r"""path\(\s*["']sessions["']|["']sessions/""", text(path))
    ]
    assert knowing == ["web/sessions/directories.py"]
