"""Check which packages are installed, without importing them."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

from gpu_worker.engine import Probe


def probe(needed: Mapping[str, str], environment: str) -> Probe:
    """Probe for modules; `needed` maps each one to its package."""
    missing = [package for module, package in needed.items() if not _is_installed(module)]
    if not missing:
        return Probe(ok=True)
    why = f"Missing packages: {', '.join(missing)}."
    return Probe(ok=False, why=why, remedy=f"callsheet env create {environment}")


def _is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
