"""Write with any server that has OpenAI's chat API: Groq, vLLM, Ollama, OpenAI itself."""

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
    import openai

_STRICT = {
    "type": "json_schema",
    "json_schema": {"name": "screenplay", "strict": True, "schema": SCHEMA},
}
_LOOSE = {"type": "json_object"}
_NO_KEY = "none"
"""Sent to servers that need no key, because the SDK requires one."""


class OpenAIChat:
    """Calls a chat model by its base URL."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="openai_chat",
        stage="script",
        version="2",
        kind="real",
        environments=("script",),
        licence="of the server and its model",
        params=("text", "topic", "tone", "language", "scenes"),
        files=(),
        uses_seed=True,
        hosted=True,
        memory_mb=200,
        seconds=6,
    )

    def __init__(self) -> None:
        self._ring = KeyRing(())
        self._clients: dict[str, openai.OpenAI] = {}

    def probe(self) -> Probe:
        if importlib.util.find_spec("openai") is None:
            return Probe(False, "openai is not installed", "callsheet env create script")
        settings = current().hosted
        if not (settings.openai_base_url or settings.openai_api_key):
            return Probe(False, "no server is set", "set OPENAI_BASE_URL, or OPENAI_API_KEY")
        if not settings.openai_model:
            return Probe(False, "no model is set", "set OPENAI_MODEL")
        return Probe(True, decides=writer.decides(settings.openai_model, settings.openai_base_url))

    def load(self) -> None:
        import openai  # noqa: F401  the import is what takes its time

        self._ring = KeyRing(current().hosted.openai_api_key or (_NO_KEY,))

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        return writer.screenplay(inputs, ctx, current().hosted.openai_model, self._written)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients = {}

    def _written(self, commission: Commission) -> str:
        import openai

        with circuit_breaker.guarded_call("openai_chat", failures=(openai.APIConnectionError,)):
            try:
                return self._ring.ask(lambda key: self._asked(key, commission))
            except Refused as error:
                raise refusals.unavailable("openai_chat", error, self._ring.keys) from None

    def _asked(self, key: str, commission: Commission) -> str:
        """Ask with our JSON schema, or for any JSON if the server does not support schemas."""
        import openai

        client = self._client(key)
        try:
            return _answered(client, commission, _STRICT)
        except openai.BadRequestError as error:
            if _is_moderation(error):
                raise writer.refused_topic(str(error.code)) from None
            if "response_format" not in str(error.body) and "schema" not in str(error.body):
                raise _refused(error) from None
        except openai.APIStatusError as error:
            raise _refused(error) from None
        try:
            return _answered(client, commission, _LOOSE)
        except openai.APIStatusError as error:
            raise _refused(error) from None

    def _client(self, key: str) -> openai.OpenAI:
        import openai

        if key not in self._clients:
            self._clients[key] = openai.OpenAI(
                api_key=key,
                base_url=current().hosted.openai_base_url or None,
                timeout=writer.TIMEOUT_SECONDS,
                max_retries=0,
            )
        return self._clients[key]


def _answered(client: openai.OpenAI, commission: Commission, form: Any) -> str:
    answer = client.chat.completions.create(
        model=current().hosted.openai_model,
        messages=[
            {"role": "system", "content": commission.instruction},
            {"role": "user", "content": commission.request},
        ],
        response_format=form,
        temperature=writer.TEMPERATURE,
        seed=commission.seed,
    )
    choice = answer.choices[0]
    if choice.message.refusal or choice.finish_reason == "content_filter":
        raise writer.refused_topic(choice.message.refusal or "content_filter")
    return choice.message.content or ""


def _is_moderation(error: openai.BadRequestError) -> bool:
    return str(error.code) in ("content_filter", "content_policy_violation", "moderation_blocked")


def _refused(error: openai.APIStatusError) -> Refused:
    wait = refusals.retry_after(error.response.headers)
    return Refused(error.status_code, error.message, wait)


ENGINE = OpenAIChat
