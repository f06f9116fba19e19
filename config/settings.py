"""The settings of every process: one frozen object, read once from the environment.

All invalid settings are reported at once, each with the name of its variable. Secrets and URLs
that contain passwords can come from a file: `SECRET_KEY_FILE=/run/secrets/key` replaces
`SECRET_KEY`. A `_FILE` variable that would be ignored is refused. Settings that belong to one
part of the system are a group in `config/groups`.
`docs/configuration.md` is generated from the declarations.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from config import relying_party
from config.api_keys import ApiKey
from config.groups.accounts import AccountSettings
from config.groups.billing import BillingSettings
from config.groups.examination import ExaminationSettings
from config.groups.hosted import HostedSettings
from config.groups.live import LiveSettings
from config.groups.mcp import McpSettings
from config.groups.moderation import ModerationSettings
from config.groups.monitoring import MonitoringSettings
from config.groups.notifications import NotificationSettings
from config.groups.projects import ProjectSettings
from config.groups.providers import ProviderSettings
from config.groups.scaling import ScalingSettings
from config.groups.trust import TrustSettings
from config.networks import Network
from config.node_keys import NodeKey
from config.prices import Currency, Price
from config.redis_urls import BrokerUrl
from config.setting import all_settings, group, groups, own_settings, setting
from config.values import file_problems, value

RedisUrl = str
"""Text that `config.redis_urls` has checked."""


class ConfigurationError(Exception):
    """Some settings in the environment are not valid; the text lists all of them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can set; each field declares its variable, default and meaning."""

    state: Path = setting(
        Path(".callsheet"), "CALLSHEET_STATE", "Directory for all files that the system writes."
    )
    redis_url: RedisUrl = setting(
        "redis://127.0.0.1:6379/0",
        "REDIS_URL",
        "Redis: broker, streams and leases. Its policy must be `noeviction`. With Sentinel: "
        "`sentinel://:PASSWORD@HOST:PORT,HOST:PORT/0?master=NAME`.",
        password_within=True,
    )
    broker_urls: tuple[BrokerUrl, ...] = setting(
        (),
        "BROKER_URLS",
        "Redis servers for the queues of single environments: `ENVIRONMENT=URL`, separated by "
        "spaces. The other queues are in `REDIS_URL`. Every process needs the same list.",
        password_within=True,
    )
    database_url: str = setting(
        "",
        "DATABASE_URL",
        "SQLAlchemy URL of the database. Empty: SQLite in the state directory.",
        password_within=True,
    )
    artifacts_url: str = setting(
        "",
        "ARTIFACTS_URL",
        "Object store: `file://`, `s3://`, `gs://` or `az://`. Empty: the state directory.",
    )
    host: str = setting("127.0.0.1", "HOST", "Address that the API listens on.")
    port: int = setting(5000, "PORT", "Port that the API listens on.")
    public_url: str = setting(
        "",
        "PUBLIC_URL",
        "URL under which browsers reach this server, for links in mails. Empty: `http://HOST:PORT`.",
    )
    secret_key: str = setting(
        "",
        "SECRET_KEY",
        "Key that signs session tokens and links. Empty: generated once in the state directory.",
        secret=True,
    )
    secret_key_previous: str = setting(
        "",
        "SECRET_KEY_PREVIOUS",
        "The key before SECRET_KEY, while it is replaced: browsers that it remembers keep their "
        "videos.",
        secret=True,
    )
    operator_token: str = setting(
        "",
        "OPERATOR_TOKEN",
        "Bearer token for the operators' routes. Empty: generated once in the state directory.",
        secret=True,
    )
    api_keys: tuple[ApiKey, ...] = setting(
        (),
        "API_KEYS",
        "API keys as `NAME:SHA256:RATE`; `callsheet api-key NAME` prints one.",
        secret=True,
    )
    node_key: NodeKey | None = setting(
        None,
        "NODE_KEY",
        "Key that was issued with this node's token. Empty: the worker runs with full rights.",
        secret=True,
    )
    cors_origins: tuple[str, ...] = setting(
        (), "CORS_ORIGINS", "Origins of front ends, separated by commas. None by default."
    )
    trusted_proxies: tuple[Network, ...] = setting(
        (),
        "TRUSTED_PROXIES",
        "Networks of proxies whose `X-Forwarded-For`, `-Proto` and `-Host` headers are trusted, "
        "separated by commas.",
    )
    exposure_check: str = setting(
        "enforce",
        "EXPOSURE_CHECK",
        "`enforce` or `warn`: whether a server that other machines can reach starts with the "
        "problems that `callsheet doctor --production` lists.",
    )
    default_mode: str = setting(
        "auto", "DEFAULT_MODE", "`production`, `auto` or `simulation`, for jobs that set no mode."
    )
    production_mode: str = setting(
        "", "PRODUCTION_MODE", "`true` sets DEFAULT_MODE to production, `false` to simulation."
    )
    simulation_speed: float = setting(
        1.0, "SIMULATION_SPEED", "Speed factor of the simulated engines."
    )
    models_dir: Path = setting(
        Path("~/.cache/callsheet/models"), "MODELS_DIR", "Directory of the model weights."
    )
    models_mirror: str = setting(
        "",
        "MODELS_MIRROR",
        "Mirror for model downloads (MIRROR/MODEL/FILE). Empty: the original sources.",
    )
    coqui_tos_agreed: str = setting(
        "", "COQUI_TOS_AGREED", "`1` accepts the licence of XTTS (non-commercial use only)."
    )
    log_format: str = setting("console", "LOG_FORMAT", "`console` or `json`.")
    log_level: str = setting("INFO", "LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR.")
    flower_port: int = setting(5555, "FLOWER_PORT", "Port of Flower.")
    flower_basic_auth: str = setting(
        "", "FLOWER_BASIC_AUTH", "`user:password` for Flower.", secret=True
    )
    max_clients: int = setting(400, "MAX_CLIENTS", "Live connections per web process.")
    clients_per_address: int = setting(
        50, "CLIENTS_PER_ADDRESS", "Live connections from one address. 0: no limit."
    )
    clients_per_session: int = setting(
        50, "CLIENTS_PER_SESSION", "Live connections for one session. 0: no limit."
    )
    connections_per_address: int = setting(
        100,
        "CONNECTIONS_PER_ADDRESS",
        "Open requests and connections, live ones included, from one address in a web process. "
        "0: no limit.",
    )
    join_seconds: float = setting(
        60.0,
        "JOIN_SECONDS",
        "Time (seconds) after which a Socket.IO client without a subscription is disconnected. "
        "0: never.",
    )
    jobs_in_flight: int = setting(
        16, "JOBS_IN_FLIGHT", "Jobs that run at the same time; the others wait in the queue."
    )
    user_jobs: int = setting(
        200,
        "USER_JOBS",
        "Unfinished jobs of one session or API key; further jobs are answered with 429.",
    )
    job_attempts: int = setting(6, "JOB_ATTEMPTS", "Attempts of a job before it fails.")
    fallback_seconds: float = setting(
        30.0,
        "FALLBACK_SECONDS",
        "How long a job waits for an unavailable engine before another engine replaces it.",
    )
    engine_wait_minutes: float = setting(
        60.0,
        "ENGINE_WAIT_MINUTES",
        "How long a job waits for an unavailable engine that cannot be replaced before it fails.",
    )
    lease_seconds: float = setting(
        15.0, "LEASE_SECONDS", "How long a stage without a heartbeat still counts as alive."
    )
    sweep_seconds: float = setting(
        5.0, "SWEEP_SECONDS", "Time until a stage without a worker is detected as lost."
    )
    session_hours: float = setting(2.0, "SESSION_HOURS", "Idle time after which a session ends.")
    caption_font: str = setting(
        "", "CAPTION_FONT", "Font file for burned-in captions. Empty: the best installed font."
    )
    c2pa_cert: str = setting(
        "", "C2PA_CERT", "PEM file of the certificate chain that signs videos. Empty: self-signed."
    )
    c2pa_key: str = setting("", "C2PA_KEY", "PEM file of the private key for `C2PA_CERT`.")
    face_max_mb: int = setting(10, "FACE_MAX_MB", "Largest face picture, in MB.")
    max_sessions: int = setting(
        100,
        "MAX_SESSIONS",
        "Sessions with an upload or a job at the same time. An idle session costs only its files "
        "(`SESSION_QUOTA_MB`) and a row; `JOBS_IN_FLIGHT` limits the load.",
    )
    empty_session_minutes: float = setting(
        30.0, "EMPTY_SESSION_MINUTES", "Time after which a session without an upload or a job ends."
    )
    empty_sessions_per_address: int = setting(
        20,
        "EMPTY_SESSIONS_PER_ADDRESS",
        "Sessions without an upload or a job from one address. 0: no limit.",
    )
    session_quota_mb: int = setting(
        2048, "SESSION_QUOTA_MB", "Total size of the files of one session, in MB."
    )
    keep_days: float = setting(7.0, "KEEP_DAYS", "How long the files of finished jobs are kept.")
    cache_policy: str = setting(
        "lru",
        "CACHE_POLICY",
        "Which cached results are evicted first: `lru` (least recently used), `lfu` (least "
        "frequently used), `fifo` (oldest) or `ttl` (oldest; their age counts from creation).",
    )
    cache_mb: int = setting(
        2048, "CACHE_MB", "Size of the cache of results that no job refers to any more, in MB."
    )
    cache_hours: float = setting(
        24.0,
        "CACHE_HOURS",
        "How long results that no job refers to are kept without being used. 0: not at all.",
    )
    cache_shared: str = setting(
        "false",
        "CACHE_SHARED",
        "`true`: equal requests of all owners share results. `false`: a result is reused only for "
        "its owner (a session or an API key), so response times reveal nothing about others.",
    )
    temp_hours: float = setting(1.0, "TEMP_HOURS", "How long temporary files are kept.")
    https_only: str = setting(
        "",
        "HTTPS_ONLY",
        "`1`: browsers use only TLS for the API, whether or not a trusted proxy reports TLS.",
    )
    clamd: str = setting(
        "optional", "CLAMD", "`required`, `optional` or `off`: whether clamd scans uploads."
    )
    clamd_socket: str = setting(
        "/var/run/clamav/clamd.ctl", "CLAMD_SOCKET", "Socket of clamd: a path or `host:port`."
    )
    consent: str = setting(
        "optional", "CONSENT", "`required` or `optional`: consent of the people in the uploads."
    )
    requests_a_minute: int = setting(
        60,
        "REQUESTS_A_MINUTE",
        "Requests per minute from one address without an API key. 0: no limits at all.",
    )
    log_days: float = setting(30.0, "LOG_DAYS", "How long log files are kept.")
    worker_memory_mb: int = setting(
        0,
        "WORKER_MEMORY_MB",
        "Memory (MB) above which a worker process is replaced after its stage. 0: the limit of its "
        "stages.",
    )
    voice_max_mb: int = setting(50, "VOICE_MAX_MB", "Largest voice recording, in MB.")
    torch_device: str = setting(
        "cuda", "TORCH_DEVICE", "`cuda`, or `cpu` for slow operation without a GPU."
    )
    drain_seconds: float = setting(
        0.0,
        "DRAIN_SECONDS",
        "How long a worker may continue its stage after SIGTERM before the stage is requeued.",
    )
    spot_notice_url: str = setting(
        "",
        "SPOT_NOTICE_URL",
        "URL of the spot interruption notice: a successful response means that the machine stops.",
    )
    sadtalker_home: str = setting(
        "",
        "SADTALKER_HOME",
        "Checkout of github.com/OpenTalker/SadTalker. Empty: SadTalker is not available.",
    )
    sadtalker_checkpoints: str = setting(
        "",
        "SADTALKER_CHECKPOINTS",
        "Directory of SadTalker's weights. Empty: where `callsheet models fetch sadtalker` puts "
        "them. The largest `SadTalker_V0.0.2_SIZE.safetensors` in it is used.",
    )
    gpu_memory_mb: int = setting(
        0,
        "GPU_MEMORY_MB",
        "GPU memory that models may use. 0: all of it. If the driver reports no graphics card, one "
        "of this size is simulated.",
    )
    prices: tuple[Price, ...] = setting(
        (),
        "PRICES",
        "Prices for cost estimates: `NAME=AMOUNT/UNIT`, separated by commas, such as "
        "`elevenlabs=0.00018/character, gemini=3e-7/token, sadtalker=1.20/hour`. NAME is an engine "
        "or, per hour, an environment. UNIT is `character` (spoken), `second` (of speech), "
        "`token` (written) or `hour` (of work).",
    )
    currency: Currency = setting("USD", "CURRENCY", "Currency of every price: a code of ISO 4217.")
    accounts: AccountSettings = group(AccountSettings)
    billing: BillingSettings = group(BillingSettings)
    hosted: HostedSettings = group(HostedSettings)
    providers: ProviderSettings = group(ProviderSettings)
    examination: ExaminationSettings = group(ExaminationSettings)
    live: LiveSettings = group(LiveSettings)
    mcp: McpSettings = group(McpSettings)
    moderation: ModerationSettings = group(ModerationSettings)
    monitoring: MonitoringSettings = group(MonitoringSettings)
    notifications: NotificationSettings = group(NotificationSettings)
    scaling: ScalingSettings = group(ScalingSettings)
    trust: TrustSettings = group(TrustSettings)
    projects: ProjectSettings = group(ProjectSettings)

    def broker_url(self, environment: str) -> str:
        """Return the Redis that has the queue of an environment."""
        named = {broker.environment: broker.url for broker in self.broker_urls}
        return named.get(environment, self.redis_url)

    def path(self, *parts: str) -> Path:
        """Return a path below the state directory."""
        return self.state.joinpath(*parts)


def read(environ: Mapping[str, str]) -> Settings:
    """Read the settings from these variables; raise `ConfigurationError` for all invalid ones.

    >>> read({"PORT": "8080"}).port
    8080
    >>> read({"PORT": "many", "LOG_FORMAT": "poetry"})
    Traceback (most recent call last):
    config.settings.ConfigurationError: PORT must be a whole number, not 'many'; LOG_FORMAT must \
be one of console, json, not 'poetry'
    """
    problems: list[str] = []
    settings: Settings = _read_group(Settings, environ, problems)
    problems += file_problems(all_settings(Settings), environ)
    problems = problems or _passkey_problems(settings.accounts)
    if settings.billing.is_on and settings.accounts.auth == "off":
        problems.append("BILLING=on needs accounts: AUTH must not be off")
    problems += settings.scaling.problems()
    if settings.mcp.is_on and not settings.billing.is_on:
        problems.append("MCP=on needs BILLING=on: agents start jobs with quotes only")
    if problems:
        raise ConfigurationError("; ".join(problems))
    return _with_defaults(settings)


def _read_group(kind: type, environ: Mapping[str, str], problems: list[str]) -> Any:
    """Read one class of settings and its groups; add what is invalid to the problems."""
    values: dict[str, Any] = {}
    for declared in own_settings(kind):
        try:
            values[declared.name] = value(declared, environ)
        except ValueError as error:
            problems.append(str(error))
    values |= {name: _read_group(inner, environ, problems) for name, inner in groups(kind)}
    return kind(**values)


def _passkey_problems(accounts: AccountSettings) -> list[str]:
    """Check the settings of passkeys against each other; what is not set has good defaults."""
    rp_id, origins = accounts.passkey_rp_id, accounts.passkey_origins
    if origins:
        return relying_party.problems(rp_id or relying_party.host(origins[0]), origins)
    return relying_party.problems(rp_id, (f"https://{rp_id}",)) if rp_id else []


def _with_defaults(settings: Settings) -> Settings:
    """Fill in the defaults that depend on other settings."""
    modes = {"true": "production", "false": "simulation", "": settings.default_mode}
    return replace(
        settings,
        default_mode=modes[settings.production_mode],
        database_url=settings.database_url or f"sqlite:///{settings.path('callsheet.db')}",
        artifacts_url=settings.artifacts_url or settings.path("store").as_uri(),
    )


@cache
def current() -> Settings:
    """Return the settings of this process."""
    return read(os.environ)
