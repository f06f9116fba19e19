"""Checks of a deployment: Redis persistence, database, store, operator access and exposure."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import redis

from config import exposure
from config.secret_files import OPERATOR_TOKEN
from config.settings import Settings
from config.values import is_set
from tasks.domain.errors import StoreUnavailable
from tasks.messaging.redis_client import connect
from tasks.nodes import provider_keys as keys_of_workers
from tasks.nodes import registry as nodes
from tasks.store.artifacts import Artifacts
from web.cli.doctor.check_result import CheckResult, missing, ok, warning
from web.db.schema import SchemaState, read_schema_at

ASK_SECONDS = 10.0


def checks(environ: Mapping[str, str], settings: Settings) -> Iterator[CheckResult]:
    if is_set("REDIS_URL", environ):
        yield from redis_persistence(settings)
        yield from provider_keys(settings)
    yield database(settings)
    yield store(settings)
    yield from entry_points(settings)


def redis_persistence(settings: Settings) -> Iterator[CheckResult]:
    """Check that the Redis of REDIS_URL evicts and forgets nothing; skip it if unreachable."""
    try:
        with connect(settings) as client:
            memory: Any = client.info("memory")
            persistence: Any = client.info("persistence")
    except redis.RedisError:
        return
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        problem = f"maxmemory-policy is {policy}: when full, it evicts messages"
        yield warning("redis/keeping", problem, "redis-cli config set maxmemory-policy noeviction")
    elif not persistence.get("aof_enabled"):
        problem = "appendonly is off: a restart loses queued work, which is dispatched again"
        yield warning("redis/keeping", problem, "redis-cli config set appendonly yes")
    else:
        yield ok("redis/keeping", "noeviction, appendonly")


def provider_keys(settings: Settings) -> Iterator[CheckResult]:
    """Check that all workers of hosted models have the same keys; skip it without Redis."""
    try:
        with connect(settings) as client:
            alive = nodes.alive(client)
    except redis.RedisError:
        return
    lacking = keys_of_workers.missing(alive)
    for worker, names in lacking.items():
        said = f"{worker} lacks {', '.join(names)}, which other workers have"
        yield warning("workers/keys", said, "set the same PROVIDER_KEYS for all of them")
    if not lacking:
        yield ok("workers/keys", "all workers of hosted models have the same keys, or none has one")


def database(settings: Settings) -> CheckResult:
    """Check that the database answers and has the tables of this version."""
    url = settings.database_url
    if (file := _sqlite_file(url)) and not file.exists():
        return ok("ledger", f"{file} is created at the first start")
    schema = read_schema_at(url)
    if isinstance(schema, str):
        problem = f"the database does not answer ({schema})"
        return missing("ledger", problem, "start it, or check DATABASE_URL")
    versions = f"its tables have version {schema.present or 'none'}, required is {schema.newest}"
    if schema.state is SchemaState.TOO_NEW:
        return missing("ledger", versions, "use the version of Callsheet that upgraded them")
    if schema.state is SchemaState.NEWER:
        return warning("ledger", f"{versions}, which they support", "finish the upgrade")
    if schema.state is not SchemaState.CURRENT:
        return warning("ledger", versions, "callsheet migrate up (make serve runs it)")
    return ok("ledger", f"{url.partition(':')[0].partition('+')[0]}, at {schema.newest}")


def _sqlite_file(url: str) -> Path | None:
    scheme, _, path = url.partition(":///")
    return Path(path) if scheme.startswith("sqlite") else None


def store(settings: Settings) -> CheckResult:
    """Check that artifacts can be read and written."""
    parts = urlsplit(settings.artifacts_url)
    if parts.scheme in ("", "file"):
        return _directory(Path(unquote(parts.path)))
    pool = ThreadPoolExecutor(1)
    try:
        # An unavailable store would be retried for minutes.
        pool.submit(lambda: Artifacts(settings.artifacts_url).check()).result(ASK_SECONDS)
    except (StoreUnavailable, OSError, TimeoutError) as error:
        problem = f"{settings.artifacts_url} does not answer ({type(error).__name__})"
        return missing("store", problem, "check ARTIFACTS_URL and the store's credentials")
    finally:
        pool.shutdown(wait=False)
    return ok("store", f"{settings.artifacts_url} answers")


def _directory(place: Path) -> CheckResult:
    existing = next(path for path in (place, *place.parents) if path.exists())
    if os.access(existing, os.W_OK | os.X_OK):
        return ok("store", str(place))
    return missing("store", f"{existing} is not writable", "chown it, or change ARTIFACTS_URL")


def entry_points(settings: Settings) -> Iterator[CheckResult]:
    """Check the operators' credentials where other machines can reach the API."""
    if settings.operator_token:
        yield ok("operators", "OPERATOR_TOKEN is set")
    elif exposure.is_loopback(settings.host):
        place = settings.path(OPERATOR_TOKEN)
        yield ok("operators", f"the token is stored in {place} (created at the first start)")
    else:
        problem = "no OPERATOR_TOKEN: each state directory creates its own"
        yield warning("operators", problem, "OPERATOR_TOKEN_FILE=/run/secrets/operator_token")
    if settings.flower_basic_auth or exposure.is_loopback(settings.host):
        yield ok("flower", "password set" if settings.flower_basic_auth else "this machine only")
    else:
        problem = "no FLOWER_BASIC_AUTH: each state directory creates its own password"
        yield warning("flower", problem, "FLOWER_BASIC_AUTH=user:password")
    if settings.notifications.webhook_loopback == "1":
        problem = "WEBHOOK_LOOPBACK: users' webhooks may send requests to services of this machine"
        yield warning("webhooks", problem, "unset WEBHOOK_LOOPBACK, which is for development")


def exposed(settings: Settings) -> Iterator[CheckResult]:
    """Check what a publicly reachable deployment requires."""
    for check in exposure.checks(settings):
        if not check.problem:
            yield ok(check.name, "closed")
        else:
            result = missing if check.refuses else warning
            yield result(check.name, check.problem, check.remedy)
