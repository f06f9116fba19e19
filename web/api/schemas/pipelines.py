"""Requests that are for a talking video or, with `pipeline: "clip"`, for one clip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from web.api.schemas.clips import CLIP_FIELDS, EstimateClip
from web.api.schemas.text import Text

TALKING: Final = "talking"
CLIP: Final = "clip"

CLIP_EXAMPLE: Final[dict[str, Any]] = {
    "title": "A clip",
    "required": ["pipeline"],
    "properties": {"pipeline": {"const": CLIP}},
}
"""The form of such a request in the OpenAPI document."""


class WithClips(Schema):
    """A request for either of them; that for a clip has a schema of its own."""

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
