"""Declare settings (fields of a dataclass with their variable and meaning) and groups of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, field, fields
from typing import Any


def setting(
    default: Any, env: str, doc: str, *, secret: bool = False, password_within: bool = False
) -> Any:
    """Declare a setting; secrets and what may hold one can come from a file and are not shown."""
    confidential = secret or password_within
    metadata = {"env": env, "doc": doc, "hidden": secret, "file": confidential}
    return field(default=default, metadata=metadata, repr=not confidential)


def group(kind: type) -> Any:
    """Declare a field that holds a group of settings: a dataclass of this module's kind."""
    return field(default_factory=kind, metadata={"group": kind})


def groups(kind: type) -> Iterator[tuple[str, type]]:
    """Return the groups of a class of settings, each with the name of its field."""
    for declared in fields(kind):
        if "group" in declared.metadata:
            yield declared.name, declared.metadata["group"]


def own_settings(kind: type) -> Iterator[Field[Any]]:
    """Return the settings of this class without those of its groups."""
    return (declared for declared in fields(kind) if "group" not in declared.metadata)


def all_settings(kind: type) -> Iterator[Field[Any]]:
    """Return the settings of this class and of its groups."""
    yield from own_settings(kind)
    for _, inner in groups(kind):
        yield from all_settings(inner)


def all_values(settings: Any) -> Iterator[tuple[Field[Any], Any]]:
    """Return every setting of an object and of its groups with its value."""
    for declared in own_settings(type(settings)):
        yield declared, getattr(settings, declared.name)
    for name, _ in groups(type(settings)):
        yield from all_values(getattr(settings, name))
