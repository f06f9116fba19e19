"""ElevenLabs: a hosted voice with timings, cloned from the user's recording if there is one."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from config.settings import current
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe
from gpu_worker.hosted import refusals
from gpu_worker.hosted.interruptible import wait_interruptibly
from gpu_worker.hosted.keys import KeyRing
from gpu_worker.hosted.refusals import Refused
from gpu_worker.speech.reading import as_written
from gpu_worker.speech.scene import line
from gpu_worker.speech.take import Take, delivered, finished
from gpu_worker.speech.timings import Word
from tasks import circuit_breaker
from tasks.domain.errors import VoiceRefused

if TYPE_CHECKING:
    from elevenlabs import ElevenLabs as Client

T = TypeVar("T")

_RATE = 24_000
_TIMEOUT_SECONDS = 120
_DEFAULT_VOICE = "21m00Tcm4TlvDq8ikWAM"
"""A voice that every ElevenLabs account has."""
_NO_RETRIES: Any = {"max_retries": 0, "timeout_in_seconds": _TIMEOUT_SECONDS}


class ElevenLabs:
    """Sends one request per scene; a voice is cloned once and then found by its name."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="elevenlabs",
        stage="voice",
        version="3",
        kind="real",
        environments=("xtts",),
        licence="hosted: ElevenLabs terms",
        params=(),
        files=("script/scene.json", "upload/voice"),
        uses_seed=True,
        hosted=True,
        memory_mb=200,
        seconds=4,
        voice_match="cloned",
    )

    def __init__(self) -> None:
        self._ring = KeyRing(())
        self._clients: dict[str, Client] = {}

    def probe(self) -> Probe:
        if importlib.util.find_spec("elevenlabs") is None:
            return Probe(False, "elevenlabs is not installed", "callsheet env create xtts")
        if not current().hosted.elevenlabs_api_key:
            return Probe(False, "there is no key for ElevenLabs", "set ELEVENLABS_API_KEY")
        settings = current().hosted
        asked = (settings.elevenlabs_model, settings.elevenlabs_voice, settings.elevenlabs_base_url)
        return Probe(True, decides=" ".join(asked))

    def load(self) -> None:
        import elevenlabs  # noqa: F401  the import takes most of the time

        self._ring = KeyRing(current().hosted.elevenlabs_api_key)

    def close(self) -> None:
        self._clients = {}

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        import numpy as np

        ctx.progress(0.0, "speaking")
        said = line(inputs.files)
        reference = inputs.files.get("upload/voice")
        recording = reference.read_bytes() if reference else None

        def speak(client: Client) -> Any:
            voice = _cloned(client, recording, inputs.salt) if recording else _voice()
            return client.text_to_speech.convert_with_timestamps(
                voice,
                text=said.said,
                model_id=current().hosted.elevenlabs_model,
                output_format="pcm_24000",
                seed=inputs.seed % 2**32,
                request_options=_NO_RETRIES,
            )

        spoken = wait_interruptibly(lambda: self._request(speak), ctx.check)
        ctx.progress(0.9)
        sound = np.frombuffer(base64.b64decode(spoken.audio_base_64), "<i2") / np.float32(32768)
        take = Take(
            sound.astype(np.float32), _RATE, words=as_written(said.units, _words(spoken.alignment))
        )
        match = "cloned" if recording else "plain"
        return delivered(
            finished(take, said.pause), ctx, match=match, model=current().hosted.elevenlabs_model
        )

    def _request(self, question: Callable[[Client], T]) -> T:
        import httpx

        def ask(key: str) -> T:
            from elevenlabs.core.api_error import ApiError

            try:
                return question(self._client(key))
            except ApiError as error:
                raise _refusal_of(error) from None

        with circuit_breaker.guarded_call("elevenlabs", failures=(httpx.TransportError,)):
            try:
                return self._ring.ask(ask)
            except Refused as error:
                raise refusals.unavailable("elevenlabs", error, self._ring.keys) from None

    def _client(self, key: str) -> Client:
        from elevenlabs import ElevenLabs as Client

        if key not in self._clients:
            base = current().hosted.elevenlabs_base_url or None
            self._clients[key] = Client(api_key=key, base_url=base, timeout=_TIMEOUT_SECONDS)
        return self._clients[key]


def _voice() -> str:
    return current().hosted.elevenlabs_voice or _DEFAULT_VOICE


def _cloned(client: Client, recording: bytes, salt: str) -> str:
    """Find or clone the owner's voice of this recording; an account can hold only a few."""
    name = f"callsheet {hashlib.sha256(salt.encode() + recording).hexdigest()[:16]}"
    found = client.voices.search(search=name, request_options=_NO_RETRIES)
    for voice in found.voices:
        if voice.name == name:
            return str(voice.voice_id)
    made = client.voices.ivc.create(
        name=name, files=[("voice.wav", recording, "audio/wav")], request_options=_NO_RETRIES
    )
    return str(made.voice_id)


def _words(alignment: Any) -> list[Word]:
    """Convert the times of letters to those of words."""
    if alignment is None:
        return []
    words: list[Word] = []
    text, start, end = "", 0.0, 0.0
    starts, ends = alignment.character_start_times_seconds, alignment.character_end_times_seconds
    for letter, begins, ceases in zip(
        (*alignment.characters, " "), (*starts, 0), (*ends, 0), strict=True
    ):
        if not letter.isspace():
            start, text, end = (start if text else begins), text + letter, ceases
        elif text:
            words.append(Word(text, start, end))
            text = ""
    return words


def _refusal_of(error: Any) -> Refused:
    """Convert a refusal of the service; its `status` says more than the HTTP code."""
    detail = error.body.get("detail") if isinstance(error.body, dict) else error.body
    said = detail.get("status", "") if isinstance(detail, dict) else ""
    if said in ("quota_exceeded", "voice_limit_reached"):
        return Refused(402, said)
    if error.status_code in (400, 422):
        raise VoiceRefused("The voice service cannot work with this text or recording.", said=said)
    wait = refusals.retry_after({k.lower(): v for k, v in (error.headers or {}).items()})
    return Refused(error.status_code or 0, str(detail), wait)


ENGINE = ElevenLabs
