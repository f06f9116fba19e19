"""The options of a job, as callers may send them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import (
    RAISE,
    Schema,
    ValidationError,
    fields,
    pre_load,
    validate,
    validates,
    validates_schema,
)

from config.stages import STAGES
from tasks.domain.job import ASPECT_RATIOS, MODES, PRIORITIES, QUALITIES, JobOptions
from tasks.domain.splitter import clean
from web.api.schemas.text import Text
from web.jobs.stage_names import canonical

LONGEST_SCRIPT: Final = 20_000
LONGEST_TOPIC: Final = 1_000
LONGEST_TONE: Final = 100
LOWEST, HIGHEST = 240, 1080
MOST_SCENES: Final = 24
MOST_SEED: Final = 2**31 - 1
TRANSITIONS: Final = ("cut", "crossfade")

_DEFAULT = JobOptions()


def _speakable(text: str) -> None:
    if not any(character.isalnum() for character in clean(text)):
        raise ValidationError("There is nothing in it that could be spoken.")


def _even(number: int) -> None:
    if number % 2:
        raise ValidationError("Must be an even number.")


class Options(Schema):
    """Each option with its default; exactly one source of words is asked for."""

    class Meta:
        unknown = RAISE

    script = Text(
        validate=[validate.Length(max=LONGEST_SCRIPT), _speakable],
        metadata={"description": "What is said, word for word."},
    )
    topic = Text(
        validate=[validate.Length(max=LONGEST_TOPIC), _speakable],
        metadata={"description": "What a writer shall write about, in `scenes` scenes."},
    )
    language = Text(
        load_default=_DEFAULT.language,
        validate=validate.Regexp(
            # Python's `$` also matches before a last newline; JavaScript knows no `\\Z`.
            r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$(?!\n)",
            error="Use a language code such as `en`.",
        ),
    )
    tone = Text(
        load_default=_DEFAULT.tone,
        validate=validate.Length(max=LONGEST_TONE),
        metadata={"description": "How a writer shall write, such as `warm and curious`."},
    )
    aspect_ratio = Text(
        load_default=_DEFAULT.aspect_ratio, validate=validate.OneOf(tuple(ASPECT_RATIOS))
    )
    height = fields.Integer(
        strict=True,
        load_default=_DEFAULT.height,
        validate=[validate.Range(LOWEST, HIGHEST), _even],
        metadata={"description": 'The shorter side of the video, as in "720p".'},
    )
    captions = fields.Boolean(load_default=_DEFAULT.captions)
    seed = fields.Integer(
        strict=True,
        allow_none=True,
        load_default=None,
        validate=validate.Range(0, MOST_SEED),
        metadata={"description": "Without one, equal requests share a seed of their own."},
    )
    mode = Text(
        validate=validate.OneOf(MODES),
        metadata={"description": "Without one, the server's `DEFAULT_MODE`."},
    )
    priority = Text(load_default=_DEFAULT.priority, validate=validate.OneOf(PRIORITIES))
    scenes = fields.Integer(
        strict=True,
        load_default=_DEFAULT.scenes,
        validate=validate.Range(1, MOST_SCENES),
        metadata={"description": "For a topic: how many scenes are written."},
    )
    quality = Text(load_default=_DEFAULT.quality, validate=validate.OneOf(QUALITIES))
    transition = Text(load_default=_DEFAULT.transition, validate=validate.OneOf(TRANSITIONS))
    label = fields.Boolean(
        load_default=_DEFAULT.label,
        metadata={"description": "Burn in a mark that says the video is synthetic."},
    )
    face_index = fields.Integer(
        strict=True,
        allow_none=True,
        load_default=None,
        validate=validate.Range(0, 99),
        metadata={"description": "Which face, where the picture shows several."},
    )
    use_audio_as_is = fields.Boolean(
        load_default=_DEFAULT.use_audio_as_is,
        metadata={"description": "The uploaded recording itself is what the face says."},
    )
    match_voice = fields.Boolean(
        load_default=_DEFAULT.match_voice,
        metadata={"description": "Bring the spoken voice nearer to the uploaded recording."},
    )
    engines = fields.Dict(
        keys=Text(),
        values=Text(),
        load_default=dict,
        metadata={"description": "An engine by name for a stage, as `GET /capabilities` lists."},
    )

    @pre_load
    def _former_stage_names(self, data: Any, **_: Any) -> Any:
        engines = data.get("engines") if isinstance(data, Mapping) else None
        if not isinstance(engines, Mapping):
            return data
        return {**data, "engines": {canonical(str(s)): name for s, name in engines.items()}}

    @validates("engines")
    def _known_engines(self, engines: Mapping[str, str], **_: Any) -> None:
        wrong: dict[str, list[str]] = {}
        for stage, engine in engines.items():
            if stage not in STAGES:
                wrong[stage] = [f"No such stage; there are {', '.join(STAGES)}."]
            elif engine not in STAGES[stage].engines:
                known = ", ".join(STAGES[stage].engines)
                wrong[stage] = [f"No such engine; there are {known}."]
        if wrong:
            raise ValidationError(wrong)

    @validates_schema
    def _one_source_of_words(self, data: Mapping[str, Any], **_: Any) -> None:
        given = [name for name in ("script", "topic") if data.get(name) is not None]
        if data.get("use_audio_as_is"):
            given.append("use_audio_as_is")
        if len(given) != 1:
            raise ValidationError(
                "Give exactly one of `script`, `topic` and `use_audio_as_is`.", "script"
            )

    @validates_schema
    def _production_is_real(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("mode") == "production" and "simulated" in data.get("engines", {}).values():
            raise ValidationError("Mode `production` has no simulated engines.", "engines")
