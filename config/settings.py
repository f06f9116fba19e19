"""All settings of all processes: one frozen object, read once from the environment.

Every mistake is reported at once, in words that name the variable. Secrets and addresses with
passwords may come from a file: `SECRET_KEY_FILE=/run/secrets/key` stands for `SECRET_KEY`. The
table in `docs/configuration.md` is generated from the declarations below.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from config.api_keys import ApiKey
from config.networks import Network
from config.node_keys import NodeKey
from config.prices import Price
from config.values import value


class ConfigurationError(Exception):
    """The environment holds settings that cannot be used; the text lists every one."""


def _setting(
    default: Any, env: str, doc: str, *, secret: bool = False, password_within: bool = False
) -> Any:
    metadata = {"env": env, "doc": doc, "hidden": secret, "file": secret or password_within}
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may choose; each field says its variable, default and meaning."""

    state: Path = _setting(
        Path(".callsheet"), "CALLSHEET_STATE", "Directory of everything the system writes."
    )
    redis_url: str = _setting(
        "redis://127.0.0.1:6379/0",
        "REDIS_URL",
        "Redis: broker, streams, leases. `noeviction`.",
        password_within=True,
    )
    database_url: str = _setting(
        "",
        "DATABASE_URL",
        "SQLAlchemy URL; empty: SQLite in the state directory.",
        password_within=True,
    )
    artifacts_url: str = _setting(
        "", "ARTIFACTS_URL", "`file://`, `s3://`, `gs://`, `az://`; empty: the state directory."
    )
    host: str = _setting("127.0.0.1", "HOST", "Address the API listens on.")
    port: int = _setting(5000, "PORT", "Port the API listens on.")
    secret_key: str = _setting(
        "",
        "SECRET_KEY",
        "Signs what a client carries; empty: made once, kept in state.",
        secret=True,
    )
    node_key: NodeKey | None = _setting(
        None,
        "NODE_KEY",
        "The key that came with this node's token; empty: the worker runs with full rights.",
        secret=True,
    )
    cors_origins: tuple[str, ...] = _setting(
        (), "CORS_ORIGINS", "Origins of front ends, separated by commas; none by default."
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        (),
        "TRUSTED_PROXIES",
        "Networks of proxies whose `X-Forwarded-For` is believed, separated by commas.",
    )
    exposure_check: str = _setting(
        "enforce",
        "EXPOSURE_CHECK",
        "`enforce` or `warn`: whether a server whose HOST is beyond loopback refuses to start with "
        "what must not be left open (`callsheet doctor --production` lists it).",
    )
    default_mode: str = _setting(
        "auto", "DEFAULT_MODE", "`production`, `auto` or `simulation` for jobs that do not say."
    )
    production_mode: str = _setting(
        "",
        "PRODUCTION_MODE",
        "`true` or `false`, for DEFAULT_MODE production or simulation.",
    )
    simulation_speed: float = _setting(
        1.0, "SIMULATION_SPEED", "Factor on the pinned seconds of simulated engines."
    )
    models_dir: Path = _setting(
        Path("~/.cache/callsheet/models"), "MODELS_DIR", "Where engines keep weights."
    )
    models_mirror: str = _setting(
        "", "MODELS_MIRROR", "Where models are fetched from, as MIRROR/MODEL/FILE; empty: origins."
    )
    coqui_tos_agreed: str = _setting(
        "", "COQUI_TOS_AGREED", "`1`: XTTS's licence, non-commercial use only, is accepted."
    )
    elevenlabs_api_key: tuple[str, ...] = _setting(
        (), "ELEVENLABS_API_KEY", "Keys of ElevenLabs, separated by commas.", secret=True
    )
    elevenlabs_base_url: str = _setting(
        "", "ELEVENLABS_BASE_URL", "Another server of its protocol; empty: ElevenLabs' own."
    )
    elevenlabs_model: str = _setting(
        "eleven_multilingual_v2", "ELEVENLABS_MODEL", "The model that speaks there."
    )
    elevenlabs_voice: str = _setting(
        "", "ELEVENLABS_VOICE", "Id of the voice that speaks where there is no recording."
    )
    log_format: str = _setting("console", "LOG_FORMAT", "`console` or `json`.")
    log_level: str = _setting("INFO", "LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR.")
    flower_port: int = _setting(5555, "FLOWER_PORT", "Port of Flower.")
    flower_basic_auth: str = _setting(
        "", "FLOWER_BASIC_AUTH", "`user:password` for Flower.", secret=True
    )
    max_clients: int = _setting(400, "MAX_CLIENTS", "Live connections one web process accepts.")
    clients_per_address: int = _setting(
        50, "CLIENTS_PER_ADDRESS", "Of those, live connections from one address; 0: any number."
    )
    clients_per_session: int = _setting(
        50, "CLIENTS_PER_SESSION", "Live listeners to one session; 0: any number."
    )
    connections_per_address: int = _setting(
        100,
        "CONNECTIONS_PER_ADDRESS",
        "Requests and connections, live ones included, that one address may have under way in a "
        "web process; 0: any number.",
    )
    join_seconds: float = _setting(
        60.0,
        "JOIN_SECONDS",
        "After which a Socket.IO client that subscribes to nothing is disconnected; 0: never.",
    )
    jobs_in_flight: int = _setting(
        16, "JOBS_IN_FLIGHT", "Jobs dispatched at once; the others wait in the ledger."
    )
    user_jobs: int = _setting(
        200, "USER_JOBS", "Jobs a session or API key may have under way; one more is answered 429."
    )
    job_attempts: int = _setting(6, "JOB_ATTEMPTS", "Dispatches of one job before it fails.")
    fallback_seconds: float = _setting(
        30.0,
        "FALLBACK_SECONDS",
        "How long a job waits for an engine that nobody has until the next takes its place.",
    )
    engine_wait_minutes: float = _setting(
        60.0,
        "ENGINE_WAIT_MINUTES",
        "How long a job waits where nothing may take that engine's place before it fails.",
    )
    lease_seconds: float = _setting(
        15.0, "LEASE_SECONDS", "How long a silent stage still counts as alive."
    )
    sweep_seconds: float = _setting(
        5.0, "SWEEP_SECONDS", "Within which a stage that nobody holds any more is found lost."
    )
    session_hours: float = _setting(2.0, "SESSION_HOURS", "Idle time after which a session ends.")
    caption_font: str = _setting(
        "", "CAPTION_FONT", "Font file for burned captions; empty: the best one found."
    )
    c2pa_cert: str = _setting(
        "", "C2PA_CERT", "PEM file of the certificate chain that signs videos; empty: self-made."
    )
    c2pa_key: str = _setting("", "C2PA_KEY", "PEM file of that certificate's private key.")
    face_max_mb: int = _setting(10, "FACE_MAX_MB", "Largest picture of a face.")
    max_sessions: int = _setting(
        100,
        "MAX_SESSIONS",
        "Sessions in use at once: those with an upload or a job. At rest one costs its files "
        "(`SESSION_QUOTA_MB`) and a row; how much is computed, `JOBS_IN_FLIGHT` limits.",
    )
    empty_session_minutes: float = _setting(
        30.0, "EMPTY_SESSION_MINUTES", "Time after which a session without an upload or job ends."
    )
    empty_sessions_per_address: int = _setting(
        20,
        "EMPTY_SESSIONS_PER_ADDRESS",
        "Sessions without an upload or job that one address may have; 0: any number.",
    )
    session_quota_mb: int = _setting(
        2048, "SESSION_QUOTA_MB", "Bytes that the files of one session may refer to."
    )
    keep_days: float = _setting(7.0, "KEEP_DAYS", "How long finished files are kept.")
    cache_policy: str = _setting(
        "lru",
        "CACHE_POLICY",
        "Which results that no job shows any more go first: `lru` (used longest ago), `lfu` (used "
        "least), `fifo` (made first) or `ttl` (made first, and their age counts from then).",
    )
    cache_mb: int = _setting(
        2048, "CACHE_MB", "Results that no job shows any more are kept up to this size."
    )
    cache_hours: float = _setting(
        24.0, "CACHE_HOURS", "They go when nobody used them for so long; 0: at once."
    )
    cache_shared: str = _setting(
        "false",
        "CACHE_SHARED",
        "`true`: a result serves all who ask the same; `false`: it serves its owner (a session or "
        "an API key) alone, so that a fast answer tells nobody what others have made.",
    )
    temp_hours: float = _setting(1.0, "TEMP_HOURS", "How long temporary files are kept.")
    https_only: str = _setting(
        "",
        "HTTPS_ONLY",
        "`1`: browsers reach the API over TLS alone, whether or not a trusted proxy says so.",
    )
    operator_token: str = _setting(
        "",
        "OPERATOR_TOKEN",
        "Bearer token of operators' routes; empty: made once, kept in state.",
        secret=True,
    )
    clamd: str = _setting(
        "optional", "CLAMD", "`required`, `optional` or `off`: whether uploads need clamd's OK."
    )
    clamd_socket: str = _setting(
        "/var/run/clamav/clamd.ctl", "CLAMD_SOCKET", "Socket of clamd: a path, or `host:port`."
    )
    consent: str = _setting(
        "optional", "CONSENT", "`required` or `optional`: consent of the people in uploads."
    )
    requests_a_minute: int = _setting(
        60, "REQUESTS_A_MINUTE", "Of one address without an API key; 0: nobody has a limit."
    )
    api_keys: tuple[ApiKey, ...] = _setting(
        (),
        "API_KEYS",
        "`NAME:SHA256:RATE` for each, as `callsheet api-key NAME` prints it.",
        secret=True,
    )
    disk_full_percent: float = _setting(
        95.0, "DISK_FULL_PERCENT", "From here on no new uploads and jobs are taken."
    )
    memory_warning_percent: float = _setting(
        70.0, "MEMORY_WARNING_PERCENT", "Used memory of a machine to be told of."
    )
    memory_critical_percent: float = _setting(
        90.0, "MEMORY_CRITICAL_PERCENT", "From here on idle models are unloaded."
    )
    storage_warning_percent: float = _setting(
        80.0,
        "STORAGE_WARNING_PERCENT",
        "Used disk to be told of; cleaning aims below it.",
    )
    alert_url: str = _setting(
        "", "ALERT_URL", "Webhook that gets every resource alert as JSON.", secret=True
    )
    log_days: float = _setting(30.0, "LOG_DAYS", "How long log files are kept.")
    worker_memory_mb: int = _setting(
        0,
        "WORKER_MEMORY_MB",
        "Above this a worker's process is replaced after its stage; 0: what its stages declare.",
    )
    voice_max_mb: int = _setting(50, "VOICE_MAX_MB", "Largest recording of a voice.")
    gemini_api_key: tuple[str, ...] = _setting(
        (), "GEMINI_API_KEY", "Keys of Gemini, separated by commas: they take turns.", secret=True
    )
    gemini_model: str = _setting("gemini-flash-latest", "GEMINI_MODEL", "Gemini's model.")
    gemini_base_url: str = _setting(
        "", "GEMINI_BASE_URL", "Another server that speaks Gemini's protocol; empty: Google's."
    )
    openai_base_url: str = _setting(
        "", "OPENAI_BASE_URL", "A server that speaks OpenAI's chat protocol; empty: OpenAI's own."
    )
    openai_api_key: tuple[str, ...] = _setting(
        (), "OPENAI_API_KEY", "Its keys, separated by commas; many servers ask none.", secret=True
    )
    torch_device: str = _setting(
        "cuda", "TORCH_DEVICE", "`cuda`, or `cpu` where there is time and no GPU."
    )
    drain_seconds: float = _setting(
        0.0,
        "DRAIN_SECONDS",
        "How long the stage of a worker that gets SIGTERM may go on; then it is handed back.",
    )
    spot_notice_url: str = _setting(
        "",
        "SPOT_NOTICE_URL",
        "Where a worker asks whether its machine will be taken away: an answer means yes.",
    )
    sadtalker_home: str = _setting(
        "",
        "SADTALKER_HOME",
        "A checkout of github.com/OpenTalker/SadTalker; empty: there is none, it cannot animate.",
    )
    sadtalker_checkpoints: str = _setting(
        "",
        "SADTALKER_CHECKPOINTS",
        "Its weights; empty: where `callsheet models fetch sadtalker` brings them. The largest "
        "`SadTalker_V0.0.2_SIZE.safetensors` that is there draws.",
    )
    gpu_memory_mb: int = _setting(
        0,
        "GPU_MEMORY_MB",
        "What models may take of a graphics card; 0: all that it has. Where the driver knows no "
        "card, one of this size is pretended.",
    )
    openai_model: str = _setting("", "OPENAI_MODEL", "The model that it shall write with.")

    otlp_endpoint: str = _setting(
        "",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "Receiver of traces (OTLP over HTTP, `http://collector:4318`); empty: nothing is traced.",
    )
    prices: tuple[Price, ...] = _setting(
        (),
        "PRICES",
        "For estimates: `NAME=AMOUNT/UNIT`, separated by commas, such as "
        "`elevenlabs=0.00018/character, gemini=3e-7/token, sadtalker=1.20/hour`. NAME is an engine "
        "or, by the hour, an environment; UNIT is `character` (spoken), `second` (of speech), "
        "`token` (written) or `hour` (of work).",
    )
    currency: str = _setting("USD", "CURRENCY", "In which `PRICES` are.")
    metrics_port: int = _setting(
        0,
        "METRICS_PORT",
        "First port on which control and workers serve figures to Prometheus; 0: none do.",
    )
    metrics_host: str = _setting(
        "127.0.0.1", "METRICS_HOST", "Address that they serve them on; 0.0.0.0 lets others in."
    )
    metrics_token: str = _setting(
        "",
        "METRICS_TOKEN",
        "Bearer token of every figure, for Prometheus; empty: made once, kept in state.",
        secret=True,
    )

    def path(self, *parts: str) -> Path:
        """A place under the state directory."""
        return self.state.joinpath(*parts)


def read(environ: Mapping[str, str]) -> Settings:
    """The settings this environment asks for, or every mistake in it at once.

    >>> read({"PORT": "8080"}).port
    8080
    >>> read({"PORT": "many", "LOG_FORMAT": "poetry"})
    Traceback (most recent call last):
    config.settings.ConfigurationError: PORT must be a whole number, not 'many'; LOG_FORMAT must \
be one of console, json, not 'poetry'
    """
    values: dict[str, Any] = {}
    mistakes: list[str] = []
    for declared in fields(Settings):
        try:
            values[declared.name] = value(declared, environ)
        except ValueError as mistake:
            mistakes.append(str(mistake))
    if mistakes:
        raise ConfigurationError("; ".join(mistakes))
    return _with_defaults(Settings(**values))


def _with_defaults(settings: Settings) -> Settings:
    """Fill in what follows from the state directory."""
    modes = {"true": "production", "false": "simulation", "": settings.default_mode}
    derived = {
        "default_mode": modes[settings.production_mode],
        "database_url": settings.database_url or f"sqlite:///{settings.path('callsheet.db')}",
        "artifacts_url": settings.artifacts_url or settings.path("store").as_uri(),
    }
    present = {declared.name: getattr(settings, declared.name) for declared in fields(settings)}
    return Settings(**(present | derived))


@cache
def current() -> Settings:
    """The settings of this process."""
    return read(os.environ)
