"""`python -m docs.generate`: write every generated page, the clients and the Python reference.

Pages and clients are committed. The reference goes to `build/docs/`, which git ignores, because it
would change with almost every commit.
"""

from __future__ import annotations

import sys
from pathlib import Path

from clients.generate import files
from docs.generate import reference, source
from docs.generate.pages import changed
from web.state_directory import ROOT


def main() -> None:
    modules = source.modules(ROOT)
    built = ROOT / "build" / "docs"
    references = {
        built / "reference.md": reference.markdown(modules),
        built / "reference.json": reference.as_json(modules),
    }
    of_clients = {p: t for p, t in files.generated(ROOT).items() if _read(p) != t}
    for path, text in (changed(ROOT) | of_clients | references).items():
        _write(path, text)


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
