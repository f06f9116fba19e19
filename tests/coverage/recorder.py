"""Has our modules note their lines; every interpreter of a run calls `record` at its start."""

from __future__ import annotations

import builtins
import marshal
import mmap
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any, cast


def record(folder: Path) -> None:
    """Load the code of modules that `__main__.py` prepared in `folder`, and map its lines."""
    if not folder.exists():
        return
    places: dict[str, int] = marshal.loads((folder / "places").read_bytes())
    with (folder / "lines").open("r+b") as file:
        lines: Any = mmap.mmap(file.fileno(), 0)
    load_as_written = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
        place = places.get(loader.path)
        if place is None:
            return load_as_written(loader, fullname)
        return cast(CodeType, marshal.loads((folder / f"{place}.code").read_bytes()))

    builtins.__lines__ = lines  # type: ignore[attr-defined]
    SourceFileLoader.get_code = get_code  # type: ignore[assignment,method-assign]
