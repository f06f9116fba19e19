"""The clients say what the API says: their generated files are up to date."""

from __future__ import annotations

from pathlib import Path

from clients.generate.files import generated

ROOT = Path(__file__).resolve().parents[2]


def test_generated_files_of_the_clients_are_up_to_date() -> None:
    stale = [
        str(path.relative_to(ROOT))
        for path, text in generated(ROOT).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run `make clients`"
