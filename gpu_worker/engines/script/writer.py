"""Shared code of hosted writers: a given text is kept, a topic is sent to the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gpu_worker.engine import Context, Inputs, Output
from gpu_worker.engines.script.commission import Commission, scenes_of
from gpu_worker.engines.script.pages import speakable, write_parts
from gpu_worker.hosted.interruptible import wait_interruptibly
from tasks.domain.errors import ScriptRefused
from tasks.domain.screenplay import Screenplay
from tasks.domain.splitter import clean, split_to

TIMEOUT_SECONDS: Final = 120.0
TEMPERATURE: Final = 0.9


def decides(model: str, base_url: str) -> str:
    """Return what belongs in the content key: the model, its temperature and its server."""
    return f"{model} at {TEMPERATURE:g}" + (f" of {base_url}" if base_url else "")


def screenplay(
    inputs: Inputs, ctx: Context, model: str, ask: Callable[[Commission], str]
) -> Output:
    """Write the screenplay: a given text unchanged, or what the model writes about a topic."""
    ctx.progress(0.0, "writing")
    params = inputs.params
    language, count = str(params.get("language") or "en"), int(params["scenes"])
    if params.get("text"):
        author, scenes = "user", split_to(speakable(str(params["text"])), count)
    else:
        commission = Commission(
            topic=clean(speakable(str(params.get("topic") or ""))),
            language=language,
            tone=str(params.get("tone") or ""),
            scenes=count,
            seed=inputs.seed,
        )
        author = model
        scenes = scenes_of(wait_interruptibly(lambda: ask(commission), ctx.check), count)
    play = Screenplay(language, scenes, author)
    parts = write_parts(ctx.workdir, play)
    ctx.progress(1.0)
    return Output(parts, {"written_by": author, "words": len(play.text.split())})


def refused_topic(why: str) -> ScriptRefused:
    """Return the error for a topic that the service's rules forbid; the user may change it."""
    return ScriptRefused(
        "The writing service refuses this topic; choose another one, or send the text itself.",
        why=why,
    )
