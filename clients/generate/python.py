"""Write the models and the operations of the Python client."""

from __future__ import annotations

import keyword
import textwrap
from typing import Any, Final

from clients.generate.description import (
    SESSION,
    Description,
    Operation,
    Parameter,
    Schema,
    is_error_code,
    reference,
    words,
)

_HEAD: Final = "# Generated from the OpenAPI document by `make clients`; do not edit.\n"
_PLAIN: Final = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
}


def models(described: Description) -> str:
    """Write a typed dictionary for each schema."""
    parts = [
        f'{_HEAD}"""The objects of requests and answers, as typed dictionaries."""\n',
        "from __future__ import annotations\n",
        "from typing import Any, Literal, NotRequired, TypeAlias, TypedDict\n",
        _error_code(described.error_codes),
    ]
    for name, schema in described.schemas.items():
        if described.body_with_session(name):
            rest = {k: v for k, v in schema["properties"].items() if k != SESSION}
            needed = [one for one in schema["required"] if one != SESSION]
            options = schema | {"properties": rest, "required": needed}
            parts.append(_class(f"{name}Options", options, "TypedDict"))
            of_session = {"properties": {SESSION: schema["properties"][SESSION]}}
            with_session = {"required": [SESSION], "description": schema.get("description", "")}
            parts.append(_class(name, of_session | with_session, f"{name}Options"))
        else:
            parts.append(_class(name, schema, "TypedDict"))
    return "\n\n".join(parts)


def _error_code(codes: list[str]) -> str:
    values = ", ".join(repr(code) for code in codes)
    return (
        f"ErrorCode: TypeAlias = Literal[{values}] | str\n"
        '"""The codes of this version. Newer servers have more, so any text is one."""\n'
    )


def _class(name: str, schema: Schema, base: str) -> str:
    lines = [f"class {name}({base}):"]
    if schema.get("description"):
        lines += textwrap.indent(_doc(schema["description"]), "    ").splitlines()
    required = set(schema.get("required", ()))
    for prop, inner in schema.get("properties", {}).items():
        typed = _type(inner)
        if is_error_code(prop, inner):
            typed = typed.replace("str", "ErrorCode")
        lines.append(f"    {prop}: {typed if prop in required else f'NotRequired[{typed}]'}")
        if inner.get("description"):
            lines += textwrap.indent(_doc(inner["description"]), "    ").splitlines()
    return "\n".join(lines if len(lines) > 1 else [*lines, "    pass"]) + "\n"


def _type(schema: Schema, prefix: str = "") -> str:
    named = reference(schema)
    if named is not None:
        return prefix + named
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    for alternatives in ("anyOf", "oneOf"):
        if alternatives in schema and "properties" not in schema:
            return _union([_type(one, prefix) for one in schema[alternatives]])
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return _union([_one(kind, schema, prefix) for kind in kinds]) if kinds else "Any"


def _one(kind: str, schema: Schema, prefix: str) -> str:
    if "enum" in schema and kind != "null":
        values = ", ".join(repr(value) for value in schema["enum"] if value is not None)
        return f"Literal[{values}]"
    if kind == "array":
        return f"list[{_type(schema.get('items', {}), prefix)}]"
    if kind == "object":
        more = schema.get("additionalProperties", {})
        return f"dict[str, {_type(more, prefix) if isinstance(more, dict) else 'Any'}]"
    return _PLAIN[kind]


def _union(parts: list[str]) -> str:
    return " | ".join(dict.fromkeys(parts))


def _doc(text: str) -> str:
    """Write a docstring, as raw text if it contains backslashes."""
    raw = "r" if "\\" in text else ""
    lines = textwrap.wrap(f'{raw}"""{text}"""', 90, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)


def operations(described: Description) -> str:
    """Write the asynchronous class with a method for each operation."""
    return "\n".join(
        (
            f'{_HEAD}"""Every operation of the API as a method."""\n',
            "from __future__ import annotations\n",
            "from collections.abc import Mapping",
            "from typing import Any, Literal",
            "from urllib.parse import quote\n",
            "from callsheet_client import models\n\n",
            f'API_VERSION = "{described.version}"\n\n',
            "class AsyncOperations:",
            '    """The operations of the API, by their operationIds."""\n',
            _CALL,
            *(_method(operation) for operation in described.operations),
            "\n\ndef _quoted(part: str) -> str:",
            '    return quote(part, safe="")\n',
        )
    )


_CALL: Final = """\
    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
        binary: bool = False,
    ) -> Any:
        raise NotImplementedError
"""


def _method(operation: Operation) -> str:
    in_path, queried, in_headers = (operation.at(where) for where in ("path", "query", "header"))
    arguments = ["self", *(f"{_argument(one)}: str" for one in in_path)]
    if operation.body is not None:
        optional = "" if operation.needs_body else " | None = None"
        arguments.append(f"body: models.{operation.body}{optional}")
    named = [_named(one) for one in (*queried, *in_headers)]
    arguments += ["*", *named] if named else []
    answer = _answer(operation)
    call = ", ".join(_call_arguments(operation, queried, in_headers))
    lines = [
        f"    async def {'_'.join(words(operation.id))}({', '.join(arguments)}) -> {answer}:",
        textwrap.indent(_doc(f"{operation.summary}."), " " * 8),
    ]
    if answer == "None":
        lines.append(f"        await self._call({call})")
    else:
        lines += [f"        answer: {answer} = await self._call({call})", "        return answer"]
    return "\n".join(lines) + "\n"


def _answer(operation: Operation) -> str:
    if operation.is_binary:
        return "bytes"
    return _union([_type(one, "models.") for one in operation.answers]) or "None"


def _call_arguments(
    operation: Operation, queried: list[Parameter], in_headers: list[Parameter]
) -> list[str]:
    path = operation.path
    for one in operation.at("path"):
        path = path.replace(f"{{{one.name}}}", f"{{_quoted({_argument(one)})}}")
    found = [f'"{operation.method}"', f'f"{path}"' if "{" in path else f'"{path}"']
    for keyword_, parameters in (("query", queried), ("headers", in_headers)):
        if parameters:
            pairs = ", ".join(f'"{one.name}": {_argument(one)}' for one in parameters)
            found.append(f"{keyword_}={{{pairs}}}")
    if operation.body is not None:
        found.append("body=body")
    if operation.is_binary:
        found.append("binary=True")
    return found


def _named(parameter: Parameter) -> str:
    typed = _type(parameter.schema)
    optional = "" if parameter.required else " | None = None"
    return f"{_argument(parameter)}: {typed}{optional}"


def _argument(parameter: Parameter) -> str:
    name = parameter.name.lower().replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) or name in _BUILTINS else name


_BUILTINS: Final[tuple[Any, ...]] = ("format", "filter", "type", "id", "body", "self")
