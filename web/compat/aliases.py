"""The modules that programs of the first design import (`docs/first-design.md`).

They have moved; importing an old module provides the names of the new one.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

MOVED: Final = {
    "web.gate.problems": "web.compat.errors",
    "web.jobs.production_mode": "web.compat.production_mode",
    "web.realtime.manager": "web.compat.progress",
    "web.sessions.manager": "web.compat.sessions",
    "web.upkeep.resources": "web.compat.resources",
    "web.uploads.validator": "web.compat.files",
}
_PACKAGES: Final = frozenset({"web.gate", "web.upkeep"})


class _Finder(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in MOVED and fullname not in _PACKAGES:
            return None
        return ModuleSpec(fullname, self, is_package=fullname in _PACKAGES)

    def exec_module(self, module: ModuleType) -> None:
        new = MOVED.get(module.__name__)
        if new is not None:
            found = vars(importlib.import_module(new))
            vars(module).update({name: found[name] for name in found if name[:2] != "__"})


def install() -> None:
    """Register the old module names with the import system, after all other finders."""
    sys.meta_path.append(_Finder())
