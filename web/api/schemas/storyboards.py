"""The schemas of storyboards."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from tasks.domain.video_plan import MOST_SCENES
from web.api.schemas.text import Text
from web.projects.storyboard import STATES


class MakeDrafts(Schema):
    """The scenes to draft; empty: all that have no draft."""

    class Meta:
        unknown = RAISE

    scenes = fields.List(
        Text(validate=validate.Length(1, 32)),
        load_default=list,
        validate=validate.Length(max=MOST_SCENES),
        metadata={"description": "Ids of scenes of the latest plan; empty: all of them."},
    )


class ApproveDrafts(MakeDrafts):
    """The drafts to approve; empty: all of them."""

    approved = fields.Boolean(
        load_default=True, metadata={"description": "False takes an approval back."}
    )


class Panel(Schema):
    """The draft of a scene."""

    scene_id = Text(required=True)
    scene = fields.Integer(required=True, metadata={"description": "Its place, from 0."})
    start = fields.Float(required=True, metadata={"description": "Its second in the video."})
    seconds = fields.Float(required=True)
    prompt = Text(required=True)
    state = Text(
        required=True,
        validate=validate.OneOf(STATES),
        metadata={
            "description": "`missing`, `making`, `made`, `failed`, or `own`: an uploaded clip."
        },
    )
    outdated = fields.Boolean(
        required=True, metadata={"description": "Whether the scene has changed since."}
    )
    approved = fields.Boolean(required=True)
    job_id = Text(required=True, allow_none=True, metadata={"description": "Its events are of it."})
    progress_percent = fields.Float(required=True)
    url = Text(required=True, allow_none=True, metadata={"description": "A signed link."})


class Storyboard(Schema):
    """The drafts of a plan, in the order of its scenes."""

    panels = fields.List(fields.Nested(Panel), required=True)
    approved = fields.Boolean(
        required=True, metadata={"description": "Whether every draft is approved as it is now."}
    )
