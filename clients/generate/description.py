"""What clients need of the OpenAPI document: its schemas, and the operations with JSON answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

Schema = dict[str, Any]

JSON: Final = "application/json"
_BYTES: Final = {"*/*", "audio/mpeg", "application/x-ndjson"}
_STREAM: Final = "text/event-stream"
_SKIPPED_TAGS: Final = {"docs", "studio", "metrics", "resumable"}
"""Pages, and what the hand-written layer does: uploads in pieces."""
_SKIPPED: Final = {"receiveStripeEvent"}
SESSION: Final = "session_id"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation, in its path, its query or its headers."""

    name: str
    where: str
    required: bool
    schema: Schema
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A method on a path."""

    id: str
    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...]
    body: str | None
    """The name of the body's schema."""
    needs_body: bool
    answers: tuple[Schema, ...]
    is_binary: bool

    def at(self, where: str) -> list[Parameter]:
        """Return the parameters of one place; required ones first."""
        found = [one for one in self.parameters if one.where == where]
        return sorted(found, key=lambda one: not one.required)


@dataclass(frozen=True)
class Description:
    """The document, read for the generators."""

    document: dict[str, Any]
    schemas: dict[str, Schema] = field(init=False)
    operations: list[Operation] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "operations", sorted(self._operations(), key=lambda o: o.id))
        object.__setattr__(self, "schemas", self._reachable())

    @property
    def version(self) -> str:
        """The version of the API."""
        return str(self.document["info"]["version"])

    @property
    def error_codes(self) -> list[str]:
        """The codes of all errors that this version of the server knows."""
        return sorted({str(entry["code"]) for entry in self.document["x-error-codes"]})

    def body_with_session(self, name: str) -> bool:
        """Return whether a request has to name a session beside its own fields."""
        bodies = {operation.body for operation in self.operations}
        return name in bodies and SESSION in self.schemas[name].get("required", ())

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.document["paths"].items():
            for method, raw in item.items():
                if method != "parameters":
                    found = self._operation(path, method, raw, item.get("parameters", []))
                    if found is not None:
                        yield found

    def _operation(self, path: str, method: str, raw: Any, of_path: Any) -> Operation | None:
        media = {
            media_type: content["schema"]
            for status, response in raw["responses"].items()
            if status.startswith("2")
            for media_type, content in response.get("content", {}).items()
        }
        if JSON in media:
            media.pop(_STREAM, None)  # the same answer for who asks for events
        done = [status for status in raw["responses"] if status.startswith("2")]
        bodies = raw.get("requestBody", {"content": {}})
        if (
            not done
            or _SKIPPED_TAGS & set(raw["tags"])
            or raw["operationId"] in _SKIPPED
            or not set(media) <= _BYTES | {JSON}
            or (bodies["content"] and JSON not in bodies["content"])
        ):
            return None
        body = bodies["content"].get(JSON)
        return Operation(
            raw["operationId"],
            method.upper(),
            path,
            raw["summary"],
            tuple(_parameter(one) for one in [*of_path, *raw.get("parameters", [])]),
            _name(body["schema"]) if body else None,
            bool(bodies.get("required")),
            tuple(self._answers(raw)),
            bool(media) and not set(media) <= {JSON},
        )

    @staticmethod
    def _answers(raw: Any) -> Iterator[Schema]:
        for status, response in sorted(raw["responses"].items(), reverse=True):
            content = response.get("content", {})
            if status.startswith("2") and JSON in content:
                yield content[JSON]["schema"]

    def _reachable(self) -> dict[str, Schema]:
        """Return the schemas that operations use, problems and events, in the order of names."""
        every = self.document["components"]["schemas"]
        wanted = ["Problem", "Event"]
        for operation in self.operations:
            wanted += [_name(one) for one in _references(list(operation.answers))]
            wanted += [operation.body] if operation.body else []
        found: dict[str, Schema] = {}
        while wanted:
            name = wanted.pop()
            if name not in found:
                found[name] = every[name]
                wanted += [_name(reference) for reference in _references(every[name])]
        return dict(sorted(found.items()))


def _parameter(raw: Any) -> Parameter:
    required = bool(raw.get("required"))
    return Parameter(raw["name"], raw["in"], required, raw["schema"], raw.get("description", ""))


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _references(schema: Any) -> Iterator[Schema]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema
        for inner in schema.values():
            yield from _references(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)


def reference(schema: Schema) -> str | None:
    """Return the name of the schema that this one refers to."""
    return _name(schema) if "$ref" in schema else None


def is_error_code(name: str, schema: Schema) -> bool:
    """Return whether a property has the code of an error."""
    return name == "error_code" and "string" in str(schema.get("type"))


def words(identifier: str) -> list[str]:
    """Split a camelCase name into lower-case words."""
    separated = "".join(f" {c.lower()}" if c.isupper() else c for c in identifier)
    return separated.split()
