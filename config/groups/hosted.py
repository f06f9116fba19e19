"""The settings of hosted services."""

from __future__ import annotations

from dataclasses import dataclass

from config.setting import setting


@dataclass(frozen=True, slots=True)
class HostedSettings:
    """External services that write scripts and synthesize speech."""

    gemini_api_key: tuple[str, ...] = setting(
        (),
        "GEMINI_API_KEY",
        "API keys of Gemini, separated by commas; they are used in turn.",
        secret=True,
    )
    gemini_model: str = setting("gemini-flash-latest", "GEMINI_MODEL", "Gemini model.")
    gemini_base_url: str = setting(
        "", "GEMINI_BASE_URL", "Base URL of a compatible server. Empty: Google."
    )
    openai_base_url: str = setting(
        "", "OPENAI_BASE_URL", "Base URL of a server with OpenAI's chat API. Empty: OpenAI."
    )
    openai_api_key: tuple[str, ...] = setting(
        (),
        "OPENAI_API_KEY",
        "API keys of the server at `OPENAI_BASE_URL`, separated by commas; some need none.",
        secret=True,
    )
    openai_model: str = setting("", "OPENAI_MODEL", "Model of the server at `OPENAI_BASE_URL`.")
    elevenlabs_api_key: tuple[str, ...] = setting(
        (), "ELEVENLABS_API_KEY", "API keys of ElevenLabs, separated by commas.", secret=True
    )
    elevenlabs_base_url: str = setting(
        "", "ELEVENLABS_BASE_URL", "Base URL of a compatible server. Empty: ElevenLabs itself."
    )
    elevenlabs_model: str = setting(
        "eleven_multilingual_v2", "ELEVENLABS_MODEL", "ElevenLabs model."
    )
    elevenlabs_voice: str = setting(
        "", "ELEVENLABS_VOICE", "Id of the voice to use when there is no recording."
    )
