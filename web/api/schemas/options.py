"""The schema of a job's options."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from marshmallow import (
    RAISE,
    Schema,
    ValidationError,
    fields,
    post_load,
    pre_load,
    validate,
    validates,
    validates_schema,
)

from config.stages import STAGES
from tasks.domain.job import (
    ASPECT_RATIOS,
    CAPTION_POSITIONS,
    CAPTION_SIZES,
    CAPTION_STYLES,
    MODES,
    PRIORITIES,
    QUALITIES,
    JobOptions,
)
from tasks.domain.language import detect
from tasks.domain.splitter import clean
from tasks.domain.voices import REGISTERS, VOICES, primary
from web.api.schemas.labels import is_labelled
from web.api.schemas.numbers import WholeNumber
from web.api.schemas.text import Text
from web.jobs.stage_names import canonical

LONGEST_SCRIPT: Final = 20_000
LONGEST_TOPIC: Final = 1_000
LONGEST_TONE: Final = 100
LOWEST, HIGHEST = 240, 1080
MOST_SCENES: Final = 24
MOST_VOICES: Final = 1_000
MOST_SEED: Final = 2**31 - 1
TRANSITIONS: Final = ("cut", "crossfade")

AUTO: Final = "auto"
LANGUAGE: Final = validate.Regexp(
    # Python's `$` also matches before a trailing newline; JavaScript has no `\\Z`.
    r"^(auto|[a-z]{2,3}(-[A-Za-z0-9]{2,8})*)$(?!\n)",
    error="Use a language code such as `en`, or `auto`.",
)
_UNKNOWN: Final = "Unknown field."
_MOST_SUGGESTIONS, _LONGEST_NAME = 5, 50
_DEFAULT = JobOptions()


def speakable(text: str) -> None:
    """Refuse a text without anything to speak."""
    if not text.strip():
        raise ValidationError("Empty.")
    if not any(character.isalnum() for character in clean(text)):
        raise ValidationError("Must contain letters or numbers to speak.")


def _even(number: int) -> None:
    if number % 2:
        raise ValidationError("Must be an even number.")


class VoiceChoice(Schema):
    """The voice that speaks."""

    class Meta:
        unknown = RAISE

    id = Text(
        metadata={
            "description": "An id of `GET /voices`. Without one, the language's default voice "
            "speaks; with one and without a `language`, the voice's language is spoken."
        }
    )
    register = Text(
        validate=validate.OneOf(REGISTERS),
        metadata={
            "description": "Without an `id`: the kind of the default voice, where the language "
            "has both. Without it, the suggestion for the picture decides, if there is one."
        },
    )

    @validates("id")
    def _known(self, voice: str, **_: Any) -> None:
        if voice not in VOICES:
            raise ValidationError("Unknown voice. `GET /voices` lists them.")


class Options(Schema):
    """A job's options and defaults; exactly one of `script`, `topic`, `use_audio_as_is`."""

    OPENAPI = {  # noqa: RUF012
        "oneOf": [
            {"title": "A script", "required": ["script"]},
            {"title": "A topic", "required": ["topic"]},
            {
                "title": "A recording",
                "required": ["use_audio_as_is"],
                "properties": {"use_audio_as_is": {"const": True}},
            },
        ]
    }

    class Meta:
        unknown = RAISE

    script = Text(
        validate=[validate.Length(max=LONGEST_SCRIPT), speakable],
        metadata={"description": "The text to speak, word for word."},
    )
    topic = Text(
        validate=[validate.Length(max=LONGEST_TOPIC), speakable],
        metadata={"description": "The topic of a generated script with `scenes` scenes."},
    )
    language = Text(
        load_default=_DEFAULT.language,
        validate=LANGUAGE,
        metadata={
            "description": "`auto`: the language of the script (or topic), told by its words."
        },
    )
    tone = Text(
        load_default=_DEFAULT.tone,
        validate=validate.Length(max=LONGEST_TONE),
        metadata={"description": "The tone of a generated script, such as `warm and curious`."},
    )
    aspect_ratio = Text(
        load_default=_DEFAULT.aspect_ratio, validate=validate.OneOf(tuple(ASPECT_RATIOS))
    )
    height = WholeNumber(
        load_default=_DEFAULT.height,
        validate=[validate.Range(LOWEST, HIGHEST), _even],
        metadata={
            "multipleOf": 2,
            "description": 'The shorter side of the video, as in "720p".',
        },
    )
    captions = fields.Boolean(
        load_default=_DEFAULT.captions,
        metadata={
            "description": "Burn captions in. Without, they are in the SRT and VTT files and in a "
            "track of the video, which players show when it is chosen."
        },
    )
    caption_style = Text(
        load_default=_DEFAULT.caption_style,
        validate=validate.OneOf(CAPTION_STYLES),
        metadata={
            "description": "`plain` letters with a rim, letters on a dark plate (`boxed`), or each "
            "word coloured while it is spoken (`words`)."
        },
    )
    caption_size = Text(load_default=_DEFAULT.caption_size, validate=validate.OneOf(CAPTION_SIZES))
    caption_position = Text(
        load_default=_DEFAULT.caption_position,
        validate=validate.OneOf(CAPTION_POSITIONS),
        metadata={
            "description": "`auto` puts captions below the chin, or above the head if there is no "
            "room. No position covers the lips."
        },
    )
    seed = WholeNumber(
        allow_none=True,
        load_default=None,
        validate=validate.Range(0, MOST_SEED),
        metadata={
            "description": "Another seed, another take. Without one, equal work gives equal "
            "results. Only engines that draw random numbers use it."
        },
    )
    mode = Text(
        validate=validate.OneOf(MODES),
        metadata={"description": "Defaults to the server's `DEFAULT_MODE`."},
    )
    priority = Text(load_default=_DEFAULT.priority, validate=validate.OneOf(PRIORITIES))
    scenes = WholeNumber(
        load_default=_DEFAULT.scenes,
        validate=validate.Range(1, MOST_SCENES),
        metadata={"description": "Number of scenes of a generated script."},
    )
    quality = Text(load_default=_DEFAULT.quality, validate=validate.OneOf(QUALITIES))
    transition = Text(load_default=_DEFAULT.transition, validate=validate.OneOf(TRANSITIONS))
    label = fields.Boolean(
        metadata={
            "description": "Burn in a label that marks the video as synthetic; the server's "
            "`LABEL` decides where it is not given."
        },
    )
    face_index = WholeNumber(
        allow_none=True,
        load_default=None,
        validate=validate.Range(0, 99),
        metadata={"description": "Which face to use if the picture shows several."},
    )
    use_audio_as_is = fields.Boolean(
        load_default=_DEFAULT.use_audio_as_is,
        metadata={"description": "Use the uploaded recording itself as the speech."},
    )
    match_voice = fields.Boolean(
        load_default=_DEFAULT.match_voice,
        metadata={"description": "Match the synthetic voice to the uploaded recording."},
    )
    voice = fields.Nested(VoiceChoice, load_default=dict)
    scene_voices = fields.List(
        Text(),
        load_default=list,
        validate=validate.Length(max=MOST_VOICES),
        metadata={
            "description": "The voice of each scene, in their order, as ids of `GET /voices`; an "
            "empty one stands for `voice`. With marks in the script, one for each part between "
            "two of them. All need the engine and the language of the job."
        },
    )
    engines = fields.Dict(
        keys=Text(),
        values=Text(),
        load_default=dict,
        metadata={"description": "Engine names by stage, as listed by `GET /capabilities`."},
    )

    @post_load
    def _label(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"label": is_labelled(data.get("label"))}

    @pre_load
    def _former_stage_names(self, data: Any, **_: Any) -> Any:
        engines = data.get("engines") if isinstance(data, Mapping) else None
        if not isinstance(engines, Mapping):
            return data
        return {**data, "engines": {canonical(str(s)): name for s, name in engines.items()}}

    @pre_load
    def _language_of_the_voice(self, data: Any, **_: Any) -> Any:
        chosen = data.get("voice") if isinstance(data, Mapping) else None
        voice = chosen.get("id") if isinstance(chosen, Mapping) else None
        if not isinstance(voice, str) or voice not in VOICES:
            return data
        if data.get("language", AUTO) != AUTO:
            return data
        return {**data, "language": VOICES[voice].primary_language}

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> None:
        """Suggest the field that an unknown one resembles."""
        messages = error.messages if isinstance(error.messages, dict) else {}
        if len(messages) > _MOST_SUGGESTIONS:  # to compare names costs time
            return
        for name, told in messages.items():
            similar = get_close_matches(str(name)[:_LONGEST_NAME], self.fields, 1, 0.75)
            if told == [_UNKNOWN] and similar:
                messages[name] = [f"{_UNKNOWN} Did you mean `{similar[0]}`?"]

    @post_load
    def _detected_language(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if data.get("language") != AUTO:
            return data
        text = data.get("script") or data.get("topic") or ""
        return {**data, "language": detect(text) or _DEFAULT.language}

    @validates_schema
    def _voice_of_the_language(self, data: Mapping[str, Any], **_: Any) -> None:
        voice = VOICES.get(data.get("voice", {}).get("id", ""))
        language = data.get("language", "")
        if voice is not None and voice.primary_language != primary(language):
            raise ValidationError(
                f"This voice speaks {voice.language} and the language is {language}. "
                "Leave out the language, or choose another voice.",
                "voice",
            )

    @validates("engines")
    def _known_engines(self, engines: Mapping[str, str], **_: Any) -> None:
        wrong: dict[str, list[str]] = {}
        for stage, engine in engines.items():
            if stage not in STAGES:
                wrong[stage] = [f"Unknown stage. Use one of {', '.join(STAGES)}."]
            elif engine not in STAGES[stage].engines:
                known = ", ".join(STAGES[stage].engines)
                wrong[stage] = [f"Unknown engine. Use one of {known}."]
        if wrong:
            raise ValidationError(wrong)

    @validates_schema
    def _voices_of_scenes(self, data: Mapping[str, Any], **_: Any) -> None:
        named = [voice for voice in data.get("scene_voices", ()) if voice]
        if any(voice not in VOICES for voice in named):
            raise ValidationError("Unknown voice. `GET /voices` lists them.", "scene_voices")
        language, engines = primary(data.get("language", "")), {VOICES[v].engine for v in named}
        chosen = VOICES.get(data.get("voice", {}).get("id", ""))
        engines |= {chosen.engine} if chosen and named else set()
        if any(VOICES[voice].primary_language != language for voice in named):
            raise ValidationError("All voices of a job must speak its language.", "scene_voices")
        if len(engines) > 1:
            raise ValidationError("All voices of a job must be of one engine.", "scene_voices")

    @validates_schema
    def _exactly_one_source(self, data: Mapping[str, Any], **_: Any) -> None:
        given = [name for name in ("script", "topic") if data.get(name) is not None]
        if data.get("use_audio_as_is"):
            given.append("use_audio_as_is")
        if len(given) != 1:
            raise ValidationError(
                "Give exactly one of `script`, `topic` and `use_audio_as_is`.", "script"
            )

    @validates_schema
    def _no_simulation_in_production(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("mode") == "production" and "simulated" in data.get("engines", {}).values():
            raise ValidationError(
                "Simulated engines are not allowed in mode `production`.", "engines"
            )
