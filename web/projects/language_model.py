"""Ask the language model of the installation: any server with OpenAI's chat API, or Gemini.

Gemini is reached by the same format, which Google offers beside its own. The address is the
operator's; no address of a message is ever opened.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar

from config.groups.hosted import HostedSettings
from tasks.domain.plan_answers import LONGEST_ANSWER, Message, ask_again
from tasks.domain.typed_document import InvalidDocument
from tasks.domain.video_plan import Degraded
from tasks.outbound.addresses import OPERATOR
from tasks.outbound.client import GuardedClient, RequestFailed
from tasks.outbound.destinations import DestinationRefused

log = logging.getLogger(__name__)

SECONDS: Final = 40.0
_BYTES: Final = 4 * LONGEST_ANSWER
_OPENAI: Final = "https://api.openai.com/v1"
_GEMINI: Final = "https://generativelanguage.googleapis.com"
_GEMINI_PATH: Final = "/v1beta/openai"
NO_MODEL: Final = Degraded(
    "plan", "no_language_model", "No language model is configured; fixed rules were used."
)
UNAVAILABLE: Final = Degraded(
    "plan", "language_model_unavailable", "The language model did not answer; rules were used."
)
INVALID: Final = Degraded(
    "plan", "invalid_answer", "The language model's answer was not valid; rules were used."
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """Where the model is, and what it is called."""

    base_url: str
    model: str
    key: str = ""

    def ask(self, messages: list[Message]) -> str:
        """Return the text of an answer; raises `RequestFailed`."""
        body = {
            "model": self.model,
            "messages": [{"role": one.role, "content": one.text} for one in messages],
            "response_format": {"type": "json_object"},
            "temperature": 0.4,
        }
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        answer = _client().request(
            "POST",
            f"{self.base_url}/chat/completions",
            content=json.dumps(body).encode(),
            headers=headers,
            seconds=SECONDS,
            most_bytes=_BYTES,
        )
        if answer.status != 200:
            raise RequestFailed(f"the language model answered {answer.status}")
        return _text(answer.body)


def configured(settings: HostedSettings) -> LanguageModel | None:
    """Return the language model of an installation; None if none is set."""
    if settings.openai_model and (settings.openai_base_url or settings.openai_api_key):
        base = settings.openai_base_url.rstrip("/") or _OPENAI
        return LanguageModel(base, settings.openai_model, *settings.openai_api_key[:1])
    if settings.gemini_api_key:
        base = (settings.gemini_base_url or _GEMINI).rstrip("/") + _GEMINI_PATH
        return LanguageModel(base, settings.gemini_model, settings.gemini_api_key[0])
    return None


def answered(
    model: LanguageModel | None, asked: list[Message], read: Callable[[str], T]
) -> tuple[T | None, Degraded | None]:
    """Return what an answer says, after one repair at most; or why there is none."""
    if model is None:
        return None, NO_MODEL
    for repair in (False, True):
        try:
            text = model.ask(asked)
        except (RequestFailed, DestinationRefused) as error:
            log.warning("language model unavailable", extra={"error": type(error).__name__})
            return None, UNAVAILABLE
        try:
            return read(text), None
        except InvalidDocument as invalid:
            log.info("answer of the language model not valid", extra={"repair": repair})
            asked = ask_again(asked, text, invalid)
    return None, INVALID


@cache
def _client() -> GuardedClient:
    return GuardedClient(OPERATOR)


def _text(body: bytes) -> str:
    """Return the message of a completion; raises `RequestFailed`."""
    try:
        answer: Any = json.loads(body)
        text = answer["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise RequestFailed("the answer is not a completion") from None
    if not isinstance(text, str):
        raise RequestFailed("the answer has no text")
    return text
