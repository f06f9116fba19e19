"""Write with Gemini: a topic becomes exactly as many scenes as the plan has."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any, ClassVar

from config.settings import current
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe
from gpu_worker.engines.script import writer
from gpu_worker.engines.script.commission import SCHEMA, Commission
from gpu_worker.hosted import refusals
from gpu_worker.hosted.keys import KeyRing
from gpu_worker.hosted.refusals import Refused
from tasks import circuit_breaker

if TYPE_CHECKING:
    from google import genai
    from google.genai import errors, types

_REFUSING = {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"}
"""Finish reasons that mean that the topic is refused."""


class Gemini:
    """Calls Google's models with an API key; several keys take turns."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="gemini",
        stage="script",
        version="2",
        kind="real",
        environments=("script",),
        licence="hosted: Gemini API terms",
        params=("text", "topic", "tone", "language", "scenes"),
        files=(),
        uses_seed=True,
        hosted=True,
        memory_mb=200,
        seconds=6,
    )

    def __init__(self) -> None:
        self._ring = KeyRing(())
        self._clients: dict[str, genai.Client] = {}

    def probe(self) -> Probe:
        if importlib.util.find_spec("google") is None or _without_package():
            return Probe(False, "google-genai is not installed", "callsheet env create script")
        if not current().hosted.gemini_api_key:
            return Probe(False, "there is no key for Gemini", "set GEMINI_API_KEY")
        settings = current().hosted
        return Probe(True, decides=writer.decides(settings.gemini_model, settings.gemini_base_url))

    def load(self) -> None:
        from google import genai  # noqa: F401  the import is what takes its time

        self._ring = KeyRing(current().hosted.gemini_api_key)

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        return writer.screenplay(inputs, ctx, current().hosted.gemini_model, self._written)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients = {}

    def _written(self, commission: Commission) -> str:
        import httpx

        with circuit_breaker.guarded_call("gemini", failures=(httpx.TransportError,)):
            try:
                return self._ring.ask(lambda key: self._asked(key, commission))
            except Refused as error:
                raise refusals.unavailable("gemini", error, self._ring.keys) from None

    def _asked(self, key: str, commission: Commission) -> str:
        from google.genai import errors

        try:
            answer = self._client(key).models.generate_content(
                model=current().hosted.gemini_model,
                contents=commission.request,
                config=_wishes(commission),
            )
        except errors.APIError as error:
            raise _refused(error) from None
        return _text(answer)

    def _client(self, key: str) -> genai.Client:
        from google import genai
        from google.genai import types

        if key not in self._clients:
            options = types.HttpOptions(
                base_url=current().hosted.gemini_base_url or None,
                timeout=int(writer.TIMEOUT_SECONDS * 1000),
            )
            self._clients[key] = genai.Client(api_key=key, vertexai=False, http_options=options)
        return self._clients[key]


def _without_package() -> bool:
    return importlib.util.find_spec("google.genai") is None


def _wishes(commission: Commission) -> types.GenerateContentConfig:
    from google.genai import types

    return types.GenerateContentConfig(
        system_instruction=commission.instruction,
        response_mime_type="application/json",
        response_json_schema=SCHEMA,
        temperature=writer.TEMPERATURE,
        seed=commission.seed,
    )


def _text(answer: types.GenerateContentResponse) -> str:
    blocked = answer.prompt_feedback and answer.prompt_feedback.block_reason
    if blocked:
        raise writer.refused_topic(blocked.name)
    ended = answer.candidates[0].finish_reason if answer.candidates else None
    if ended and ended.name in _REFUSING:
        raise writer.refused_topic(ended.name)
    return answer.text or ""


def _refused(error: errors.APIError) -> Refused:
    headers = getattr(error.response, "headers", None) or {}
    wait = refusals.retry_after(headers) or refusals.seconds(_delay(error.details))
    # An unknown key is a bad request here, told apart by its reason alone.
    bad_key = "API_KEY_INVALID" in str(error.details)
    return Refused(401 if bad_key else error.code, f"{error.status}: {error.message}", wait)


def _delay(details: Any) -> str | None:
    """Return `retryDelay` of Google's `RetryInfo`, sent beside or instead of the header."""
    try:
        hints = details["error"]["details"]
        return next((str(hint["retryDelay"]) for hint in hints if "retryDelay" in hint), None)
    except (KeyError, TypeError):
        return None


ENGINE = Gemini
