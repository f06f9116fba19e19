"""The arguments of the tools: their JSON Schemas, made from those of the API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from web.api.schemas.jobs import JobConsent
from web.api.schemas.options import Options
from web.api.schemas.start import StartJob
from web.api.schemas.text import Text
from web.mcp.rest import Refused

_JOB_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)


class _Job(Schema):
    """The id of a job."""

    job_id = Text(required=True, metadata={"description": "As `start` returned it."})


class _Session(Schema):
    """A session whose uploads may be used."""

    session_id = Text(
        metadata={
            "description": "A session of yours, whose newest uploads are used where none is named. "
            "Without one, the server uses a session for all jobs of this API key."
        }
    )


class _Estimated(Options, _Session):
    """What is to be made."""


class _Started(_Estimated):
    """What is to be made, and the quote that was accepted for it."""

    quote_id = Text(
        required=True,
        metadata={
            "description": "The `quote_id` of `estimate`, asked for with the same options. A "
            "quote starts one job: repeating the call returns the same job."
        },
    )
    face_upload_id = Text(
        metadata={
            "description": "The picture of the person; `capabilities` lists your uploads. Without "
            "`session_id`, this or `face_image_id` is needed."
        }
    )
    face_image_id = StartJob._declared_fields["face_image_id"]
    voice_upload_id = StartJob._declared_fields["voice_upload_id"]
    voice_id = StartJob._declared_fields["voice_id"]
    consent = fields.Nested(JobConsent, metadata=StartJob._declared_fields["consent"].metadata)


def _json_schema(schema: type[Schema]) -> dict[str, Any]:
    # Without a name a nested schema is inlined, which the types of apispec do not know.
    plugin = MarshmallowPlugin(schema_name_resolver=lambda _: None)  # type: ignore[arg-type, return-value]
    APISpec("", "", "3.1.0", plugins=[plugin])
    assert plugin.converter is not None  # noqa: S101  the specification has set it
    found: dict[str, Any] = plugin.converter.schema2jsonschema(schema())  # type: ignore[no-untyped-call]
    return {"type": "object", "additionalProperties": False, "properties": {}} | found


NOTHING: Final = {"type": "object", "additionalProperties": False, "properties": {}}
ESTIMATED: Final = _json_schema(_Estimated)
STARTED: Final = _json_schema(_Started)
JOB: Final = _json_schema(_Job)


def require_known(schema: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Refuse unknown and missing arguments; the API checks the values."""
    wrong = {name: "Unknown field." for name in given if name not in schema["properties"]}
    missing = {
        name: "Missing data for required field."
        for name in schema.get("required", ())
        if name not in given
    }
    if wrong or missing:
        raise invalid(missing | wrong)


def job_id(given: Mapping[str, Any]) -> str:
    """Return a job's id that can be part of a path."""
    value = given["job_id"]
    if not isinstance(value, str) or _JOB_ID.fullmatch(value) is None:
        raise invalid({"job_id": "Not a valid id."})
    return value


def invalid(errors: Mapping[str, str]) -> Refused:
    """Return the error that lists invalid arguments."""
    listed = [{"field": name[:100], "message": text} for name, text in list(errors.items())[:20]]
    first = listed[0]
    return Refused(
        {
            "error_code": "VALIDATION_FAILED",
            "user_message": f"{first['field']}: {first['message']}",
            "errors": listed,
        }
    )
