"""Check the configuration of a server that other machines can reach.

`checks` reads only settings and files. `callsheet doctor --production` shows all results. A
server whose `HOST` is not a loopback address logs every problem when it starts, and does not
start with a problem that `refuses` unless `EXPOSURE_CHECK=warn`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from config import private_files
from config.settings import ConfigurationError, Settings

log = logging.getLogger("config.exposure")

SHORTEST_TOKEN = 16
"""A shorter operator token can be guessed."""
NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "gluster", "lustre", "fuse.")
"""Prefixes of file system types on which SQLite's locks are unreliable."""

MOUNTS = Path("/proc/self/mounts")


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the configuration, and the problem it found."""

    name: str
    problem: str = ""
    """Empty if there is no problem."""
    remedy: str = ""
    refuses: bool = False
    """Whether a server that other machines can reach must not start with this problem."""


def is_loopback(host: str) -> bool:
    """Return whether this address is reachable only from this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def report(settings: Settings) -> None:
    """Log every problem of a server that other machines can reach, directly or by a proxy."""
    found = [_supabase(settings)] if is_loopback(settings.host) else exposure_problems(settings)
    for problem in found:
        if problem.problem:
            log.warning(
                "unsafe configuration",
                extra={
                    "check": problem.name,
                    "problem": problem.problem,
                    "remedy": problem.remedy,
                },
            )


def enforce(settings: Settings) -> None:
    """Refuse to start a server that other machines can reach with an unsafe configuration.

    >>> enforce(Settings(host="0.0.0.0", requests_a_minute=0))
    Traceback (most recent call last):
    config.settings.ConfigurationError: HOST=0.0.0.0 lets other machines in, and \
REQUESTS_A_MINUTE=0: one caller can keep the server busy for all others (REQUESTS_A_MINUTE=60). \
EXPOSURE_CHECK=warn starts the server all the same.
    """
    if is_loopback(settings.host) or settings.exposure_check == "warn":
        return
    refusing = [problem for problem in exposure_problems(settings) if problem.refuses]
    if refusing:
        listed = "; ".join(f"{problem.problem} ({problem.remedy})" for problem in refusing)
        raise ConfigurationError(
            f"HOST={settings.host} lets other machines in, and {listed}. "
            "EXPOSURE_CHECK=warn starts the server all the same."
        )


def exposure_problems(settings: Settings) -> list[Check]:
    """Return the failed checks, those that refuse first."""
    found = [check for check in checks(settings) if check.problem]
    return sorted(found, key=lambda check: not check.refuses)


def checks(settings: Settings) -> Iterator[Check]:
    """Run all checks, the most important first."""
    yield _proxy(settings)
    yield _operator_token(settings)
    yield _secret_key(settings)
    yield _redis(settings)
    yield _rates(settings)
    yield _flower(settings)
    yield _cors(settings)
    yield _metrics(settings)
    yield _state(settings)
    yield _database(settings)
    yield _clamd(settings)
    yield _consent(settings)
    yield _mode(settings)
    yield _debug(settings)
    yield _supabase(settings)


def _check(name: str, problem: str, remedy: str, *, refuses: bool = False) -> Check:
    return Check(f"exposed/{name}", problem, remedy, refuses)


def _proxy(settings: Settings) -> Check:
    problem = (
        "no trusted proxy is set: either TLS is missing, or limits count the proxy as one caller"
    )
    remedy = "TRUSTED_PROXIES=10.0.0.0/8, the network of the TLS proxy"
    return _check("proxy", "" if settings.trusted_proxies else problem, remedy)


def _supabase(settings: Settings) -> Check:
    problem = (
        "SUPABASE_JWT_SECRET is set: its readers can sign in as any user, and Supabase ends "
        "shared secrets with 2026"
    )
    remedy = "move the project to JWT signing keys, and remove SUPABASE_JWT_SECRET"
    return _check("supabase", problem if settings.accounts.supabase_jwt_secret else "", remedy)


def _operator_token(settings: Settings) -> Check:
    token, remedy = settings.operator_token, "OPERATOR_TOKEN=$(openssl rand -hex 32)"
    if not token:
        problem = "OPERATOR_TOKEN is not set: each state directory has its own token"
        return _check("operators", problem, remedy)
    problem = f"OPERATOR_TOKEN is shorter than {SHORTEST_TOKEN} characters"
    return _check("operators", problem if len(token) < SHORTEST_TOKEN else "", remedy, refuses=True)


def _secret_key(settings: Settings) -> Check:
    several_hosts = _sqlite_file(settings) is None
    problem = "SECRET_KEY is not set: links that one host signs are refused by other hosts"
    missing = several_hosts and not settings.secret_key
    return _check("secret-key", problem if missing else "", "SECRET_KEY=$(openssl rand -hex 32)")


def _redis(settings: Settings) -> Check:
    """Check every Redis; the first one with a problem is named."""
    urls = [settings.redis_url, *(broker.url for broker in settings.broker_urls)]
    checks = [_one_redis(url) for url in urls]
    return next((check for check in checks if check.problem), checks[0])


def _one_redis(address: str) -> Check:
    url = urlsplit(address)
    password = url.password or parse_qs(url.query).get("password")
    remote = url.scheme != "unix" and not is_loopback(url.hostname or "localhost")
    if remote and not password:
        problem = (
            f"Redis at {url.hostname} has no password: anyone who can reach it controls the system"
        )
        remedy = "REDIS_URL=rediss://USER:PASSWORD@HOST, and an ACL in Redis"
        return _check("redis", problem, remedy, refuses=True)
    plain = remote and url.scheme == "redis" and _is_public(url.hostname or "")
    problem = "the Redis password crosses a public network in plain text"
    return _check("redis", problem if plain else "", "REDIS_URL=rediss://...")


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return False


def _rates(settings: Settings) -> Check:
    problem = "REQUESTS_A_MINUTE=0: one caller can keep the server busy for all others"
    limited = bool(settings.requests_a_minute)
    return _check("rates", "" if limited else problem, "REQUESTS_A_MINUTE=60", refuses=True)


def _flower(settings: Settings) -> Check:
    problem = "FLOWER_BASIC_AUTH is not set: each state directory has its own password"
    known = bool(settings.flower_basic_auth)
    return _check("flower", "" if known else problem, "FLOWER_BASIC_AUTH=user:password")


def _cors(settings: Settings) -> Check:
    remedy = "CORS_ORIGINS=https://www.example.org, with every origin listed"
    if "*" in settings.cors_origins:
        return _check("cors", "CORS_ORIGINS contains `*`, which is not an origin", remedy)
    plain = [
        origin
        for origin in settings.cors_origins
        if origin.startswith("http://") and not is_loopback(urlsplit(origin).hostname or "")
    ]
    problem = f"pages loaded without TLS may call the API: {', '.join(plain)}" if plain else ""
    return _check("cors", problem, remedy)


def _metrics(settings: Settings) -> Check:
    problem = "METRICS_TOKEN is not set: each state directory has its own token"
    served = settings.monitoring.metrics_port and not is_loopback(settings.monitoring.metrics_host)
    missing = served and not settings.monitoring.metrics_token
    return _check("metrics", problem if missing else "", "METRICS_TOKEN=$(openssl rand -hex 32)")


def _state(settings: Settings) -> Check:
    open_to_others = private_files.is_open(settings.state)
    problem = f"{settings.state} is open to other users of this machine" if open_to_others else ""
    return _check("state", problem, f"chmod -R go= {settings.state}")


def _database(settings: Settings) -> Check:
    file = _sqlite_file(settings)
    kind = _file_system(file) if file else ""
    shared = kind.startswith(NETWORK_FILE_SYSTEMS)
    problem = f"SQLite is on a network file system ({kind}), where its locks are unreliable"
    return _check("database", problem if shared else "", "DATABASE_URL=postgresql+psycopg://...")


def _sqlite_file(settings: Settings) -> Path | None:
    scheme, _, path = settings.database_url.partition(":///")
    return Path(path) if scheme.startswith("sqlite") else None


def _file_system(path: Path) -> str:
    """Return the type of the file system of a path; the last mount of a directory counts."""
    kinds = {}
    for line in MOUNTS.read_text().splitlines():
        _, place, kind, *_ = line.split()
        kinds[Path(place.replace("\\040", " "))] = kind
    return next((kinds[place] for place in (path, *path.parents) if place in kinds), "")


def _clamd(settings: Settings) -> Check:
    problem = f"CLAMD={settings.clamd}: uploads may be accepted without a virus scan"
    required = settings.clamd == "required"
    return _check("clamd", "" if required else problem, "CLAMD=required")


def _consent(settings: Settings) -> Check:
    problem = "CONSENT=optional: faces and voices are used without recorded consent"
    required = settings.consent == "required"
    return _check("consent", "" if required else problem, "CONSENT=required")


def _mode(settings: Settings) -> Check:
    simulated = settings.default_mode == "simulation"
    problem = "jobs that set no mode are simulated" if simulated else ""
    return _check("mode", problem, "DEFAULT_MODE=production")


def _debug(settings: Settings) -> Check:
    if os.environ.get("FLASK_DEBUG", "0").lower() not in ("0", "false", "no"):
        problem = "FLASK_DEBUG is on, which is for development"
        return _check("debug", problem, "unset FLASK_DEBUG", refuses=True)
    problem = "LOG_LEVEL=DEBUG: libraries log the contents of requests and responses"
    debug = settings.log_level == "DEBUG"
    return _check("debug", problem if debug else "", "LOG_LEVEL=INFO")
