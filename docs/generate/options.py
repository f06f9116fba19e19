"""Write what a start may say as Markdown tables: options, languages and voices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from docs.generate.tables import table
from tasks.domain.voices import VOICES, default_voice
from web.api.schemas.start import StartJob

_HIDDEN = frozenset({"session_id"})


def options() -> str:
    """List every field of `POST /process/start`, as the OpenAPI document describes it."""
    # Without a name a nested schema is inlined, which the types of apispec do not know.
    plugin = MarshmallowPlugin(schema_name_resolver=lambda _: None)  # type: ignore[arg-type, return-value]
    APISpec("", "", "3.1.0", plugins=[plugin])
    assert plugin.converter is not None  # noqa: S101  the specification has set it
    schema = plugin.converter.schema2jsonschema(StartJob())  # type: ignore[no-untyped-call]
    fields: dict[str, Any] = schema["properties"]
    rows = (
        (f"`{name}`", _values(field), _default(field), field.get("description", ""))
        for name, field in fields.items()
        if name not in _HIDDEN
    )
    return table(("option", "values", "default", "meaning"), rows)


def languages() -> str:
    """List the languages that voices of this product speak, with the default voice by engine."""
    found: dict[str, set[str]] = defaultdict(set)
    for voice in VOICES.values():
        found[voice.primary_language].add(voice.engine)
    rows = ((f"`{language}`", _defaults(language, found[language])) for language in sorted(found))
    return table(("language", "engines, with their default voice"), rows)


def _defaults(language: str, engines: Iterable[str]) -> str:
    chosen = {engine: default_voice(engine, language, VOICES) for engine in sorted(engines)}
    return ", ".join(f"{engine} (`{voice}`)" for engine, voice in chosen.items())


def voices() -> str:
    """List every voice that a start may name."""
    rows = (
        (f"`{v.id}`", v.language, v.gender, v.style, v.engine, v.licence) for v in VOICES.values()
    )
    return table(("voice", "language", "gender", "style", "engine", "licence"), rows)


def _values(field: Mapping[str, Any]) -> str:
    return ", ".join(_described(field)) or "any"


def _described(field: Mapping[str, Any]) -> Iterator[str]:
    if "enum" in field:
        yield from (f"`{value}`" for value in field["enum"] if value is not None)
        return
    kinds = field.get("type", "object")
    yield " or ".join([kinds] if isinstance(kinds, str) else kinds)
    for name, words in (("minimum", "at least"), ("maximum", "at most")):
        if name in field:
            yield f"{words} {field[name]}"
    if "maxLength" in field:
        yield f"at most {field['maxLength']} characters"
    if field.get("properties"):
        yield "with " + ", ".join(f"`{name}`" for name in field["properties"])


def _default(field: Mapping[str, Any]) -> str:
    if "default" not in field or field["default"] in (None, ""):
        return ""
    value = field["default"]
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
