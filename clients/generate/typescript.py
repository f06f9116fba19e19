"""Write the types and the operations of the TypeScript client."""

from __future__ import annotations

import json
from typing import Any, Final

from clients.generate.description import (
    SESSION,
    Description,
    Operation,
    Parameter,
    Schema,
    is_error_code,
    reference,
)

_PLAIN: Final = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}


def module(described: Description) -> str:
    """Write the whole generated module."""
    schemas = [_schema(described, name, one) for name, one in described.schemas.items()]
    methods = [_method(operation) for operation in described.operations]
    return "\n".join(
        (
            "// Generated from the OpenAPI document by `make clients`; do not edit.\n",
            f'export const API_VERSION = "{described.version}";\n',
            _error_code(described.error_codes),
            *schemas,
            _CALL,
            *methods,
            "}\n",
        )
    )


_CALL: Final = """\
/** What a method sends beside its path and its body. */
export interface CallOptions {
  query?: Record<string, unknown>;
  headers?: Record<string, unknown>;
  body?: unknown;
  binary?: boolean;
}

/** What every method takes last. */
export interface RequestOptions {
  signal?: AbortSignal;
}

/** The operations of the API, by their operationIds. */
export abstract class Operations {
  protected abstract call<T>(
    method: string, path: string, options: CallOptions & RequestOptions,
  ): Promise<T>;
"""


def _error_code(codes: list[str]) -> str:
    known = "\n".join(f"  | {json.dumps(code)}" for code in codes)
    return (
        "/** The codes of this version. Newer servers have more, so any text is one. */\n"
        f"export type ErrorCode =\n{known}\n  | (string & {{}});\n"
    )


def _schema(described: Description, name: str, schema: Schema) -> str:
    fields = f"{name}Fields" if "oneOf" in schema else name
    text = _comment(schema.get("description"), "")
    if not schema.get("properties"):
        text += f"export type {name} = Record<string, unknown>;\n"
    else:
        text += f"export interface {fields} {_object(schema, '')}\n"
    if "oneOf" in schema:
        variants = " | ".join(_variant(schema, one) for one in schema["oneOf"])
        text += f"\nexport type {name} = {fields} & ({variants});\n"
    if described.body_with_session(name):
        rest = f'Omit<{fields}, "{SESSION}">'
        more = f" & ({variants})" if "oneOf" in schema else ""
        text += f"\nexport type {name}Options = {rest}{more};\n"
    return text


def _variant(schema: Schema, variant: Schema) -> str:
    properties = schema["properties"] | variant.get("properties", {})
    return _inline({"properties": properties, "required": variant["required"]})


def _inline(schema: Schema) -> str:
    inner = "; ".join(f"{name}: {_type(schema['properties'][name])}" for name in schema["required"])
    return f"{{ {inner} }}"


def _object(schema: Schema, indent: str) -> str:
    required = set(schema.get("required", ()))
    lines = []
    for name, inner in schema["properties"].items():
        lines.append(_comment(inner.get("description"), f"{indent}  ", inner.get("deprecated")))
        mark = "" if name in required else "?"
        typed = _type(inner)
        if is_error_code(name, inner):
            typed = typed.replace("string", "ErrorCode")
        lines.append(f"{indent}  {name}{mark}: {typed};\n")
    return "{\n" + "".join(lines) + indent + "}"


def _type(schema: Schema) -> str:
    named = reference(schema)
    if named is not None:
        return named
    if "const" in schema:
        return json.dumps(schema["const"])
    for alternatives in ("anyOf", "oneOf"):
        if alternatives in schema and "properties" not in schema:
            return _union([_type(one) for one in schema[alternatives]])
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return _union([_one(kind, schema) for kind in kinds]) if kinds else "unknown"


def _one(kind: str, schema: Schema) -> str:
    if "enum" in schema and kind != "null":
        return _union([json.dumps(value) for value in schema["enum"] if value is not None])
    if kind == "array":
        inner = _type(schema.get("items", {}))
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if kind == "object":
        more = schema.get("additionalProperties", {})
        return f"Record<string, {_type(more) if isinstance(more, dict) else 'unknown'}>"
    return _PLAIN[kind]


def _union(parts: list[str]) -> str:
    return " | ".join(dict.fromkeys(parts))


def _comment(text: str | None, indent: str, deprecated: Any = False) -> str:
    said = " ".join(f"{text or ''}{' @deprecated' if deprecated else ''}".split())
    return f"{indent}/** {said.replace('*/', '* /')} */\n" if said else ""


def _method(operation: Operation) -> str:
    in_path, queried, in_headers = (operation.at(where) for where in ("path", "query", "header"))
    arguments = [f"{_argument(one)}: string" for one in in_path]
    if operation.body is not None:
        arguments.append(f"body{'' if operation.needs_body else '?'}: {operation.body}")
    named = [*queried, *in_headers]
    own = "; ".join(f"{_argument(p)}{'' if p.required else '?'}: {_type(p.schema)}" for p in named)
    options = f"{{ {own} }} & RequestOptions" if named else "RequestOptions"
    has_required = any(one.required for one in named)
    arguments.append(f"options: {options}{'' if has_required else ' = {}'}")
    sent = ", ".join(_sent(operation, queried, in_headers))
    answer = _answer(operation)
    path = operation.path
    for one in in_path:
        path = path.replace(f"{{{one.name}}}", f"${{encodeURIComponent({_argument(one)})}}")
    return (
        f"{_comment(f'{operation.summary}.', '  ')}"
        f"  {operation.id}({', '.join(arguments)}): Promise<{answer}> {{\n"
        f'    return this.call("{operation.method}", `{path}`, {{ {sent} }});\n'
        "  }\n"
    )


def _answer(operation: Operation) -> str:
    if operation.is_binary:
        return "Blob"
    return _union([_type(one) for one in operation.answers]) or "void"


def _sent(operation: Operation, queried: list[Parameter], in_headers: list[Parameter]) -> list[str]:
    found = ["signal: options.signal"]
    for name, parameters in (("query", queried), ("headers", in_headers)):
        if parameters:
            pairs = ", ".join(f'"{one.name}": options.{_argument(one)}' for one in parameters)
            found.append(f"{name}: {{ {pairs} }}")
    if operation.body is not None:
        found.append("body")
    if operation.is_binary:
        found.append("binary: true")
    return found


def _argument(parameter: Parameter) -> str:
    return parameter.name.lower().replace("-", "_")
