"""The map of the source: packages, their folders, and what imports what."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docs.generate.source import PACKAGES, nodes, python_files

CONTRACTS: Final = {"web": "rooms", "gpu_worker": "worker-rooms", "tasks": "task-rooms"}
"""The contract in `.importlinter` that orders the folders of a package."""

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one package from top to bottom, and the imports between them."""

    package: str
    layers: tuple[tuple[str, ...], ...]
    imports: frozenset[Edge]


def layouts(root: Path) -> list[Layout]:
    """Read the layers from `.importlinter` and the imports from the source."""
    config = ConfigParser()
    config.read(root / ".importlinter")
    found = []
    for package, contract in CONTRACTS.items():
        lines = config[f"importlinter:contract:{contract}"]["layers"].split("\n")
        layers = tuple(tuple(line.split(" | ")) for line in lines if line)
        known = {room for layer in layers for room in layer}
        edges = {edge for edge in _imports(root, package) if known >= set(edge)}
        found.append(Layout(package, layers, frozenset(edges)))
    return found


def diagram(found: Sequence[Layout]) -> str:
    """Draw the packages and their folders as a Mermaid flow chart.

    An import is left out if a chain of other imports leads to the same folder.
    """
    lines = ["flowchart TB"]
    for layout in found:
        lines.append(f"  subgraph {layout.package}")
        for layer in layout.layers:
            lines += [f'    {_node(layout.package, room)}["{room}"]' for room in layer]
        lines += [
            f"    {_node(layout.package, a)} --> {_node(layout.package, b)}"
            for a, b in sorted(reduced(layout.imports))
        ]
        lines.append("  end")
    lines += ["  web --> tasks", "  gpu_worker --> tasks", "  tasks --> config"]
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def purposes(root: Path) -> Iterator[tuple[str, str]]:
    """Yield each folder of the packages with the first sentence of its docstring."""
    for package in PACKAGES:
        for path in sorted((root / package).glob("*/__init__.py")):
            doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            if doc:
                yield f"{package}/{path.parent.name}", " ".join(doc.split("\n\n")[0].split())


def reduced(edges: Iterable[Edge]) -> set[Edge]:
    """Leave out every edge that a longer path replaces. The edges have no cycle.

    >>> sorted(reduced({("a", "b"), ("b", "c"), ("a", "c")}))
    [('a', 'b'), ('b', 'c')]
    """
    targets: dict[str, set[str]] = {}
    for start, end in edges:
        targets.setdefault(start, set()).add(end)
    return {
        (start, end)
        for start, ends in targets.items()
        for end in ends
        if not any(end in _reachable(targets, other) for other in ends - {end})
    }


def _reachable(targets: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for end in targets.get(waiting.pop(), set()) - seen:
            seen.add(end)
            waiting.append(end)
    return seen


def _imports(root: Path, package: str) -> Iterator[Edge]:
    """Yield importer and imported folder, for imports within the package."""
    for path in python_files(root / package):
        inside = path.relative_to(root / package).with_suffix("").parts
        for name in _imported(path):
            parts = name.split(".")
            if parts[0] == package and len(parts) > 1 and parts[1] != inside[0]:
                yield inside[0], parts[1]


def _imported(path: Path) -> Iterator[str]:
    for node in nodes(path):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str() as module, level=0, names=names):
                yield from (f"{module}.{alias.name}" for alias in names)


def _node(package: str, room: str) -> str:
    return f"{package}_{room}"
