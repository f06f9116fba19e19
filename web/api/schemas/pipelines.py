"""Requests that are for a talking video or, with `pipeline: "clip"`, for one clip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, TypeVar

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from web.api.schemas.clips import CLIP_FIELDS, OF_A_DRAFT, EstimateClip
from web.api.schemas.text import Text

TALKING: Final = "talking"
CLIP: Final = "clip"


class WithClips(Schema):
    """A request for either of them; that for a clip has a schema of its own."""

    OPENAPI: ClassVar[dict[str, Any]]
    CLIP_SCHEMA: ClassVar[type[EstimateClip]] = EstimateClip

    pipeline: fields.Field[str] = Text(
        load_default=TALKING,
        validate=validate.OneOf((TALKING, CLIP)),
        metadata={"description": "`talking`: a person speaks. `clip`: one clip by a video model."},
    )

    def load(self, data: Any, **how: Any) -> Any:
        """Load a clip by its own schema, as `{"clip": ...}`."""
        if isinstance(data, Mapping) and data.get("pipeline") == CLIP:
            return {"clip": self.CLIP_SCHEMA().load(data)}
        return super().load(data, **how)

    @validates_schema
    def _no_clip(self, data: Mapping[str, Any], **_: Any) -> None:
        for name in CLIP_FIELDS:
            if name in data:
                raise ValidationError('Only with `pipeline: "clip"`.', name)


Request = TypeVar("Request", bound=type[WithClips])


def described(schema: Request) -> Request:
    """Say in the OpenAPI document which fields belong together, and which do not."""
    fields_of = set(schema._declared_fields)
    of_clips = set(schema.CLIP_SCHEMA._declared_fields)
    talking = {"pipeline": {"const": TALKING}} | _without(CLIP_FIELDS)
    clip = {"pipeline": {"const": CLIP}} | _without(fields_of - of_clips)
    schema.OPENAPI = {
        "oneOf": [
            *(
                way | {"properties": way.get("properties", {}) | talking}
                for way in schema.OPENAPI["oneOf"]
            ),
            {
                "title": "A clip",
                "required": ["pipeline", "prompt"],
                "properties": clip | _without({"from_draft"}),
            },
            {
                "title": "A clip from its draft",
                "required": ["pipeline", "from_draft"],
                "properties": clip | _without(of_clips - OF_A_DRAFT),
            },
        ]
    }
    return schema


def _without(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"not": {}} for name in sorted(names)}
