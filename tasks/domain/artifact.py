"""Results of stages, and the content keys under which they are stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


def canonical(value: Any) -> bytes:
    """Serialise equal values to equal bytes, so that they have equal digests."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_plain
    ).encode()


def _plain(value: Any) -> dict[str, Any]:
    """Return a dataclass as a dict, one level deep; `asdict` would copy a whole plan."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def digest(value: Any) -> str:
    """Hash any JSON value; the order of keys does not matter.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(canonical(value)).hexdigest()


@dataclass(frozen=True, slots=True)
class Blob:
    """A reference to stored bytes, by their digest."""

    sha256: str
    bytes: int
    media_type: str

    @property
    def path(self) -> str:
        return f"blobs/{self.sha256[:2]}/{self.sha256}"


@dataclass(frozen=True, slots=True)
class Artifact:
    """The result of a stage under its content key, with references to its media files."""

    key: str
    stage: str
    engine: str
    parts: dict[str, Blob]
    facts: dict[str, Any]

    def to_json(self) -> bytes:
        return canonical(self)

    @classmethod
    def from_json(cls, text: bytes) -> Artifact:
        raw = json.loads(text)
        return cls(**(raw | {"parts": {n: Blob(**blob) for n, blob in raw["parts"].items()}}))


def content_key(
    stage: str,
    engine: Mapping[str, Any],
    params: Mapping[str, Any],
    seed: int | None,
    inputs: Mapping[str, str],
    *,
    salt: str = "",
) -> str:
    """Return the key of a result: a digest of everything that could change it, and of the
    owner's salt, so that equal work of another owner has another key.

    The seed is None if the engine uses none, or if it is derived from the rest (`derived_seed`).

    >>> def key(salt: str) -> str:
    ...     return content_key("voice", {}, {}, 0, {}, salt=salt)
    >>> len({key(""), key("ada's"), key("bob's")})
    3
    """
    what = {"stage": stage, "engine": engine, "params": params, "seed": seed, "inputs": inputs}
    return digest(what | {"salt": salt} if salt else what)


def derived_seed(
    stage: str, params: Mapping[str, Any], seed: int | None, inputs: Mapping[str, str]
) -> int:
    """Return the seed of a step's chance: equal for equal steps, whatever else a request says.

    A seed that the request names takes part, so that another one gives another result.
    """
    return int(digest([stage, params, seed, inputs])[:8], 16) >> 1
