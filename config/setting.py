"""Declare one setting: a field of a dataclass with its variable and its meaning."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def setting(
    default: Any, env: str, doc: str, *, secret: bool = False, password_within: bool = False
) -> Any:
    """Declare a setting; secrets can come from a file and are shown nowhere."""
    metadata = {"env": env, "doc": doc, "hidden": secret, "file": secret or password_within}
    return field(default=default, metadata=metadata, repr=not secret)
