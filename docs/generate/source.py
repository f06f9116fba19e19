"""Read public, documented names from the source without importing it."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGES = ("config", "tasks", "gpu_worker", "web")
_NOT_OURS = {"node_modules", "__pycache__", "static"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A class, a function or a method."""

    name: str
    kind: str
    signature: str
    doc: str
    members: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Module:
    """A module with its public entries."""

    name: str
    doc: str
    entries: tuple[Entry, ...]


@cache
def files(folder: Path, suffix: str) -> tuple[Path, ...]:
    """Return the files below a folder with a suffix, sorted, without packages of npm."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _NOT_OURS]
        found += [Path(place, name) for name in names if name.endswith(suffix)]
    return tuple(sorted(found))


def python_files(folder: Path) -> tuple[Path, ...]:
    """Return the Python files below a folder, sorted."""
    return files(folder, ".py")


@cache
def text(path: Path) -> str:
    """Return the text of a file, which is read once."""
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file, which is parsed once."""
    return ast.parse(text(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Return every node of a file, in the order of `ast.walk`."""
    return tuple(ast.walk(tree(path)))


def modules(root: Path, containing: str = "") -> list[Module]:
    """Return the modules with a text and public, documented entries, sorted by name."""
    paths = (path for package in PACKAGES for path in _files(root / package))
    found = (_module(root, path) for path in paths if containing in text(path))
    return [module for module in found if module.entries]


def _files(package: Path) -> Iterator[Path]:
    for path in python_files(package):
        parts = path.relative_to(package.parent).parts
        inner = parts[:2] == ("gpu_worker", "engines")  # docs/engines.md describes those
        if not inner and "migrations" not in parts and path.name != "__main__.py":
            yield path


def _module(root: Path, path: Path) -> Module:
    name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    module = tree(path)
    return Module(name, ast.get_docstring(module) or "", tuple(_entries(module)))


def _entries(parent: ast.Module | ast.ClassDef) -> Iterator[Entry]:
    for node in parent.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef):
            continue
        doc = ast.get_docstring(node)
        if doc is None or node.name.startswith("_"):
            continue
        if isinstance(node, ast.ClassDef):
            yield Entry(node.name, "class", _class(node), doc, tuple(_entries(node)))
        else:
            kind = "method" if isinstance(parent, ast.ClassDef) else "function"
            yield Entry(node.name, kind, _function(node), doc)


def _class(node: ast.ClassDef) -> str:
    """Return a class with its bases and, for data classes, its fields."""
    bases = ", ".join(map(ast.unparse, node.bases))
    head = f"class {node.name}({bases})" if bases else f"class {node.name}"
    fields = [
        f"    {ast.unparse(ast.AnnAssign(part.target, part.annotation, _plain(part.value), 1))}"
        for part in node.body
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
        if not part.target.id.startswith("_")
    ]
    return "\n".join([f"{head}:", *fields]) if fields else head


def _plain(value: ast.expr | None) -> ast.expr | None:
    """Leave out a default that is a call: it says little here."""
    return None if isinstance(value, ast.Call) else value


def _function(node: ast.FunctionDef) -> str:
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{node.name}({ast.unparse(node.args)}){returns}"
