"""Decide which pages are generated, and from what."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from docs.generate import endpoint_pages, layout, options, tables
from docs.generate.endpoints import endpoints
from docs.generate.examples import by_page
from web.state_directory import ROOT

PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "environments": tables.environments,
    "stages": tables.stages,
    "endpoints": lambda: tables.endpoints(endpoints()),
    "exit-codes": tables.exit_codes,
    "languages": options.languages,
    "map": lambda: layout.diagram(layout.layouts(ROOT)),
    "start-options": options.options,
    "voices": options.voices,
    "folders": lambda: tables.folders(layout.purposes(ROOT)),
}
"""What a page contains between `<!-- generated: NAME -->` and `<!-- end -->`."""

HANDWRITTEN: Final = (
    "docs/api.md",
    "docs/architecture.md",
    "docs/command-line.md",
    "docs/engines.md",
    "docs/start-options.md",
)
"""Pages with such parts."""


def generated(root: Path) -> dict[Path, str]:
    """Return the up-to-date text of every generated page."""
    docs = root / "docs"
    return {
        docs / "configuration.md": tables.configuration(),
        docs / "errors.md": tables.errors(),
        **{
            docs / "endpoints" / f"{name}.md": endpoint_pages.page(name, found)
            for name, found in by_page(endpoints()).items()
        },
        **{root / name: fill((root / name).read_text(encoding="utf-8")) for name in HANDWRITTEN},
    }


def changed(root: Path) -> dict[Path, str]:
    """Return the pages that are out of date."""
    return {path: text for path, text in generated(root).items() if _read(path) != text}


def fill(page: str) -> str:
    """Return a page with its generated parts up to date."""

    def part(found: re.Match[str]) -> str:
        return f"{found['begin']}\n{PARTS[found['name']]()}{found['end']}"

    pattern = r"(?P<begin><!-- generated: (?P<name>\S+) -->).*?(?P<end><!-- end -->)"
    return re.sub(pattern, part, page, flags=re.DOTALL)


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
