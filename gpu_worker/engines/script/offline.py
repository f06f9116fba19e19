"""The writer without a model: splits a given text, or fills a template with a topic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.engines.script.pages import speakable, write_parts
from gpu_worker.engines.script.templates import TEMPLATES
from tasks.domain.errors import ScriptRefused
from tasks.domain.screenplay import Scene, Screenplay
from tasks.domain.splitter import clean, split_to

_LINES_PER_SCENE = 2


class OfflineWriter(WithoutModel):
    """Needs no model and no network: keeps a given text as it is, or uses a template."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="offline",
        stage="script",
        version="3",
        kind="lite",
        environments=("script", "lite"),
        licence="Apache-2.0",
        params=("text", "topic", "language", "scenes", "recorded"),
        files=(),
        uses_seed=True,
        memory_mb=32,
        seconds=0.1,
    )

    def probe(self) -> Probe:
        return Probe(ok=True)

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        ctx.progress(0.0, "writing")
        language = str(inputs.params.get("language") or "en")
        if inputs.params.get("recorded"):
            return _unwritten(ctx, language)
        text, written_by = _words_of(inputs.params, language, inputs.seed)
        scenes = split_to(text, int(inputs.params["scenes"]))
        parts = write_parts(ctx.workdir, Screenplay(language, scenes, written_by))
        ctx.progress(1.0)
        return Output(parts, {"written_by": written_by, "words": len(text.split())})


def _unwritten(ctx: Context, language: str) -> Output:
    """Make a screenplay of one scene without text: the words are in the recording."""
    screenplay = Screenplay(language, (Scene(0, "", 0.0),), "recording")
    return Output(
        write_parts(ctx.workdir, screenplay), {"written_by": screenplay.written_by, "words": 0}
    )


def _words_of(params: Mapping[str, Any], language: str, seed: int) -> tuple[str, str]:
    """Return the text and its author."""
    if params.get("text"):
        return speakable(str(params["text"])), "user"
    topic = clean(speakable(str(params.get("topic") or ""))).rstrip(" .!?…。！？:;,")
    template = TEMPLATES.get(language.partition("-")[0].lower())
    if template is None:
        known = ", ".join(TEMPLATES)
        raise ScriptRefused(
            f"Without a language model a topic can only be written about in: {known}. "
            "Send the text itself to speak another language."
        )
    return template.write(topic, int(params["scenes"]) * _LINES_PER_SCENE, seed), "template"


ENGINE = OfflineWriter
