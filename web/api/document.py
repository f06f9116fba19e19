"""What the OpenAPI document says of every operation beside its own route: ids, keys and refusals.

A route documents the errors of its own work. Those of the middleware, which every route may answer
with, are added here, and so are the credentials that it takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from apispec import APISpec, BasePlugin
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask
from marshmallow import RAISE, fields
from werkzeug.routing import Rule

from tasks.domain.text import PATTERN, QUERY_PATTERN
from web.access.principal import REQUIREMENT, require_user
from web.api.event_schema import event_schema
from web.api.examples import add_example
from web.api.multipart import FORM
from web.api.operation_ids import operation_id
from web.api.schemas.problem import Problem
from web.api.schemas.projects import ChatFailed, ChatStarted
from web.api.schemas.text import WITHOUT_NUL, Secret, Text
from web.http import versions
from web.http.authentication import API_KEY_HEADER, OPTIONAL_CREDENTIALS
from web.http.errors import MEDIA_TYPE
from web.http.operators import GUARD
from web.http.origins import SAFE_METHODS
from web.http.rates import FREE_PATHS, SESSION_HEADER

SERVERS: Final = [
    {"url": versions.PREFIX, "description": "Version 1, whose promise is in docs/api-versions.md."},
    {"url": "/", "description": "The same addresses without a version."},
]
SECURITY_SCHEMES: Final = {
    "session": {
        "type": "apiKey",
        "in": "header",
        "name": SESSION_HEADER,
        "description": "The id of a session: the key of its files and jobs.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": API_KEY_HEADER,
        "description": "An API key of a user, or one of the setting `API_KEYS`.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token, an API key, a session id or the operator token.",
    },
}
_LIMITS: Final = {"enum", "format", "pattern"}
_SESSION, _KEY, _BEARER = ({name: []} for name in SECURITY_SCHEMES)  # type: ignore[var-annotated]

_CREDENTIALS: Final = {
    401: ("API_KEY_UNKNOWN", "API_KEY_EXPIRED", "TOKEN_INVALID", "TOKEN_EXPIRED"),
    403: (
        *("ACCOUNT_SUSPENDED", "API_KEY_NOT_ALLOWED", "SCOPE_MISSING", "ORIGIN_NOT_ALLOWED"),
        # The user of a key, and the account that the token of an issuer opens or joins:
        *("EMAIL_NOT_VERIFIED", "IDENTITY_EMAIL_UNVERIFIED", "PASSWORD_SIGN_IN_REQUIRED"),
        "REGISTRATION_CLOSED",
    ),
    409: ("ACCOUNT_UNVERIFIED",),
    503: ("IDENTITY_PROVIDER_UNAVAILABLE",),
}
_OF_CHANGES: Final = {401: ("LOGIN_REQUIRED",)}
"""With `AUTH=required` only users change anything."""
_ORIGIN: Final = {403: ("ORIGIN_NOT_ALLOWED",)}
_OF_ARGUMENTS: Final[dict[str, dict[int, tuple[str, ...]]]] = {
    "session_id": {401: ("LINK_INVALID", "TICKET_INVALID"), 404: ("SESSION_NOT_FOUND",)},
    "job_id": {
        401: ("SESSION_REQUIRED", "LINK_INVALID", "TICKET_INVALID"),
        404: ("JOB_NOT_FOUND",),
    },
    "upload_id": {401: ("SESSION_REQUIRED",)},
    "image_id": {401: ("LINK_INVALID",)},
    "voice_id": {401: ("LINK_INVALID",)},
}
"""What `web.access.guard` refuses, by the arguments of a path."""
_EVERYWHERE: Final = {
    400: ("BAD_REQUEST",),
    500: ("INTERNAL_ERROR",),
    503: ("NOT_READY", "STORE_UNAVAILABLE", "TOO_MANY_CONNECTIONS"),
}
_COUNTED: Final = {429: ("TOO_MANY_REQUESTS",)}
_OF_BODIES: Final = {
    408: ("REQUEST_INCOMPLETE",),
    413: ("REQUEST_TOO_LARGE",),
    415: ("UNSUPPORTED_MEDIA_TYPE",),
    422: ("VALIDATION_FAILED",),
}
_OF_PARAMETERS: Final = {422: ("VALIDATION_FAILED",)}
_OF_PATHS: Final = {404: ("NOT_FOUND",)}
"""Nothing has a name with control characters."""


class Descriptions(BasePlugin):
    """Completes schemas and operations when the document is made."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def init_spec(self, spec: APISpec) -> None:
        for name, scheme in SECURITY_SCHEMES.items():
            spec.components.security_scheme(name, scheme)
        spec.components.schema("Event", event_schema())

        for plugin in spec.plugins:
            if isinstance(plugin, MarshmallowPlugin) and plugin.converter is not None:
                plugin.converter.add_attribute_function(_pattern)  # type: ignore[no-untyped-call]
                plugin.converter.add_attribute_function(_names)  # type: ignore[no-untyped-call]
        for event in (ChatStarted, ChatFailed):  # no operation has them as its whole answer
            spec.components.schema(event.__name__, schema=event)

    def schema_helper(self, *_: Any, **kwargs: Any) -> dict[str, Any]:
        """Add what marshmallow cannot say, which a schema declares as its `OPENAPI`."""
        return dict(getattr(kwargs.get("schema"), "OPENAPI", {}))

    def operation_helper(
        self,
        path: str | None = None,  # noqa: ARG002
        operations: Any = None,
        **kwargs: Any,
    ) -> None:
        """Add the id, the credentials and the refusals of the middleware to an operation."""
        rule: Rule = kwargs["rule"]
        view = self._app.view_functions[rule.endpoint]
        for method, operation in (operations or {}).items():
            _add_patterns(operation.get("parameters", ()))
            _limit_form(operation.get("requestBody", {}).get("content", {}).get(FORM))
            operation["operationId"] = operation_id(rule.endpoint)
            operation.setdefault("security", _security(rule, view))
            for status, codes in _refusals(rule, view, operation, method.upper()):
                _add(operation["responses"], status, codes)
            add_example(operation, method, re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule))


def _pattern(_: OpenAPIConverter, field: Any, ret: Any, **__: Any) -> dict[str, Any]:
    """Say which characters text may have, in requests: their schemas refuse unknown fields."""
    if "pattern" in ret:  # JSON Schema has the expressions of JavaScript, without \\A and \\Z
        return {"pattern": re.sub(r"\\Z$", "$", re.sub(r"^\\A", "^", ret["pattern"]))}
    if _LIMITS & set(ret) or not isinstance(field, Text | Secret) or not _is_sent(field):
        return {}
    return {"pattern": PATTERN if isinstance(field, Text) else WITHOUT_NUL}


def _names(_: OpenAPIConverter, field: Any, **__: Any) -> dict[str, Any]:
    """Say the same of the names in a map."""
    has_text = isinstance(field, fields.Dict) and isinstance(field.key_field, Text)
    return {"propertyNames": {"pattern": PATTERN}} if has_text and _is_sent(field) else {}


def _is_sent(field: Any) -> bool:
    """Return whether a field belongs to a request, be it in a list or map of one."""
    while isinstance(field, fields.Field):
        field = field.parent
    return getattr(getattr(field, "Meta", None), "unknown", None) == RAISE  # not the default


def _add_patterns(parameters: Any) -> None:
    """Say the same of the parameters of a query."""
    for parameter in parameters:
        schema = parameter.get("schema", {}) if parameter.get("in") == "query" else {}
        if schema.get("type") == "string" and (
            schema.get("pattern") == PATTERN or not _LIMITS & set(schema)
        ):
            schema["pattern"] = QUERY_PATTERN


def _limit_form(form: Any) -> None:
    """Say which characters the names and texts of a form may have."""
    if form is None or "properties" not in form["schema"]:
        return
    schema = form["schema"]
    schema["propertyNames"] = {"pattern": PATTERN}
    schema.setdefault("additionalProperties", {"type": "string"})
    for text in (*schema["properties"].values(), schema["additionalProperties"]):
        if text and text.get("type") == "string" and not _LIMITS & set(text):
            text["pattern"] = PATTERN


def _security(rule: Rule, view: Any) -> list[dict[str, list[str]]]:
    """Return the alternatives among the credentials; the empty one means none is needed."""
    if hasattr(view, GUARD):
        return [_BEARER]
    requirement = getattr(view, REQUIREMENT, None)
    if requirement is not None:
        return [_BEARER] if requirement is require_user else [_BEARER, _KEY]
    if {"job_id", "upload_id"} & rule.arguments:
        return [_SESSION, _BEARER, _KEY]
    return [{}, _SESSION, _BEARER, _KEY]


def _refusals(
    rule: Rule, view: Any, operation: Any, method: str
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Return the codes of the middleware by status; a status may come more than once."""
    is_optional = hasattr(view, OPTIONAL_CREDENTIALS)
    yield from (_ORIGIN if is_optional else _CREDENTIALS).items()
    if method not in SAFE_METHODS and not is_optional:
        yield from _OF_CHANGES.items()
    for argument in sorted(rule.arguments) if not hasattr(view, GUARD) else ():
        yield from _OF_ARGUMENTS.get(argument, {}).items()
    yield from _EVERYWHERE.items()
    if not rule.rule.startswith(FREE_PATHS):
        yield from _COUNTED.items()
    if operation.get("parameters") or rule.arguments:
        yield from _OF_PARAMETERS.items()
    if rule.arguments:
        yield from _OF_PATHS.items()
    if "requestBody" in operation:
        yield from _OF_BODIES.items()


def _add(responses: Any, status: int, codes: tuple[str, ...]) -> None:
    """Document error codes of a status after those that the route has documented itself."""
    documented = responses.get(status, {})
    if isinstance(documented, str):  # flask-smorest's own, by the name of a component
        documented = {}
    own = documented.get("description", "")
    if own and MEDIA_TYPE not in documented.get("content", {}):
        return  # such as the report of an unhealthy server
    named = [code for code in own.split(" or ") if code]
    named += [code for code in codes if code not in named]
    responses[status] = {
        "description": " or ".join(named),
        "content": {MEDIA_TYPE: {"schema": Problem.__name__}},
    }
