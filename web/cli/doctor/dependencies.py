"""Checks of programs and libraries that are not Python."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import redis

from config.settings import Settings
from config.values import is_set
from tasks.messaging.redis_client import connect
from web.cli.doctor.check_result import CheckResult, missing, ok, warning
from web.cli.local import embedded_redis
from web.uploads import content_type
from web.uploads.scanning import ScannerNotDetecting, Unscanned, remedy
from web.uploads.validation import open_scanner

SET_UP = "make setup-lite"


def redis_server(environ: Mapping[str, str], settings: Settings) -> CheckResult:
    """Check that the Redis of REDIS_URL answers, or that an embedded one can be started."""
    if is_set("REDIS_URL", environ):
        return _named(settings)
    try:
        return ok("redis", f"{embedded_redis.executable()} starts with the system")
    except embedded_redis.NoRedis as nowhere:
        return missing("redis", str(nowhere), f"apt-get install redis-server, or {SET_UP}")


def _named(settings: Settings) -> CheckResult:
    client = connect(settings)
    try:
        client.ping()
    except redis.RedisError as error:
        said = f"REDIS_URL is set, but does not answer ({type(error).__name__})"
        return missing("redis", said, "start it, or unset REDIS_URL to use an embedded one")
    finally:
        client.close()
    return ok("redis", "REDIS_URL answers")


def ffmpeg() -> CheckResult:
    found = os.environ.get("FFMPEG") or shutil.which("ffmpeg") or _ffmpeg_of_the_wheel()
    if found is None:
        said = "no ffmpeg on the PATH, and the package imageio-ffmpeg is missing"
        return missing("ffmpeg", said, f"apt-get install ffmpeg, or {SET_UP}")
    if not os.access(found, os.X_OK):
        return missing("ffmpeg", f"{found} cannot be run", "unset FFMPEG")
    return ok("ffmpeg", found)


def _ffmpeg_of_the_wheel() -> str | None:
    package = importlib.util.find_spec("imageio_ffmpeg")
    for place in (package.submodule_search_locations or ()) if package else ():
        for binary in Path(place, "binaries").glob("ffmpeg-*"):
            return str(binary)
    return None


def clamd(settings: Settings) -> CheckResult:
    """Check the scanner with a harmless test virus in a file of the largest accepted size."""
    if settings.clamd == "off":
        return ok("clamd", "CLAMD=off: uploads are accepted unscanned")
    judge = missing if settings.clamd == "required" else warning
    scanner = open_scanner(settings)
    try:
        scanner.check()
    except ScannerNotDetecting as blind:
        return judge("clamd", str(blind), remedy(scanner.largest))
    except Unscanned as error:
        said = f"{error}: uploads are " + ("refused" if judge is missing else "accepted unscanned")
        start = "apt-get install clamav-daemon, set CLAMD_SOCKET, or CLAMD=off"
        return judge("clamd", said, start)
    return ok("clamd", f"detects the test virus in files of {scanner.largest // 1024**2} MB")


def libmagic() -> CheckResult:
    """Check libmagic in the way that uploads use it."""
    try:
        content_type.library()
    except ImportError as absent:
        said = f"uploads cannot be checked: {absent}"
        return missing("libmagic", said, f"apt-get install libmagic1, or {SET_UP}")
    version = content_type.module().version()
    return ok("libmagic", f"version {version // 100}.{version % 100:02d}")
