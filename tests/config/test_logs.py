"""Lines of a log: whose they are, and what is never in them."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator

import pytest

from config import log_context
from config.log_context import Ids, bound
from config.logs import FORMATS
from config.redaction import make_redactor
from config.setting import all_settings, all_values
from config.settings import Settings, read
from tests.cpu_time import at_most

SECRETS = {
    "SECRET_KEY": 'quote"d-\\backslash',
    "OPERATOR_TOKEN": "operators-only-1",
    "FLOWER_BASIC_AUTH": "flora:blossoms99",
    "REDIS_URL": "redis://worker:redis-pass-1@127.0.0.1:6379/0",
    "DATABASE_URL": "postgresql+psycopg://me:data%2Fbase-1@127.0.0.1/db",
    "GEMINI_API_KEY": "gemini-key-123456",
    "AWS_SECRET_ACCESS_KEY": "aws/secret+key=1",
}
NEVER = (
    'quote"d-\\backslash',
    'quote\\"d',
    "operators-only-1",
    "blossoms99",
    "redis-pass-1",
    "data/base-1",
    "data%2Fbase-1",
    "gemini-key-123456",
    "aws/secret+key=1",
)


class Log:
    """A logger of our making, and what it wrote."""

    def __init__(self, kind: str) -> None:
        self._stream = io.StringIO()
        handler = logging.StreamHandler(self._stream)
        handler.setFormatter(FORMATS[kind](make_redactor(read(SECRETS), SECRETS)))
        handler.addFilter(Ids())
        self.logger = logging.Logger(f"test.{kind}")  # of no tree
        self.logger.addHandler(handler)

    @property
    def text(self) -> str:
        return self._stream.getvalue()


@pytest.fixture(params=sorted(FORMATS))
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    yield Log(request.param)
    log_context.forget()


def test_no_secret_is_logged(log: Log) -> None:
    settings = read(SECRETS)
    for declared, value in all_values(settings):
        log.logger.warning("%s is %r", declared.name, value)
    log.logger.warning("all of them: %r", settings)
    log.logger.warning("environment: %s", SECRETS)
    log.logger.warning("extra", extra={"sent": dict(SECRETS)})
    try:
        raise ConnectionError(f"no way to {SECRETS['REDIS_URL']} as {SECRETS['SECRET_KEY']}")
    except ConnectionError:
        log.logger.exception("failed with %s", SECRETS["GEMINI_API_KEY"])
    assert len(log.text.splitlines()) >= len(list(all_settings(Settings)))
    assert [secret for secret in NEVER if secret in log.text] == []
    assert "***" in log.text


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("GET /x?token=sesame-1&page=2", "sesame-1"),
        ("https://store/x?X-Amz-Signature=abcdef012345&n=1", "abcdef012345"),
        ("https://api.example/v1?key=AIza-12345", "AIza-12345"),
        ("amqp://guest:guest-pass@host//", "guest-pass"),
        ("Authorization: Bearer eyJhbGciOi.x.y", "eyJhbGciOi.x.y"),
    ],
)
def test_secrets_in_urls_are_redacted(log: Log, said: str, secret: str) -> None:
    log.logger.warning("asked for %s", said)
    assert secret not in log.text
    assert said.split(secret, maxsplit=1)[0].rsplit(maxsplit=1)[-1] in log.text


def test_a_log_line_has_the_ids_of_its_context() -> None:
    log = Log("json")
    with (
        bound(request_id="r1", trace_id="t1", session_id="s1", job_id="j1"),
        bound(stage="voice", scene=0),
    ):
        with bound(attempt=2, job_id=None):
            log.logger.info("inside")
        log.logger.info("beside", extra={"stage": "face"})
    log.logger.info("outside")
    inside, beside, outside = map(json.loads, log.text.splitlines())
    assert inside["message"] == "inside"
    ids = {name: inside.get(name) for name in log_context.IDS}
    assert ids == {
        "request_id": "r1",
        "trace_id": "t1",
        "session_id": "s1",
        "job_id": "j1",
        "stage": "voice",
        "scene": "0",
        "attempt": "2",
    }
    assert (beside["stage"], "attempt" in beside) == ("face", False)
    assert not set(outside) & set(log_context.IDS)


def test_console_lines_end_with_the_ids() -> None:
    log = Log("console")
    with bound(job_id="j1", attempt=1):
        log.logger.info("begins")
    log.logger.info("over")
    first, second = log.text.splitlines()
    assert first.endswith("begins [job_id=j1 attempt=1]")
    assert second.endswith("over")


def test_threads_do_not_mix_their_ids() -> None:
    seen: list[dict[str, str]] = []
    with bound(job_id="mine"):
        other = threading.Thread(target=lambda: seen.append(log_context.ids()))
        other.start()
        other.join()
    assert seen == [{}]


def test_a_traceback_is_one_line_of_json() -> None:
    log = Log("json")
    try:
        sys.intern(7)  # type: ignore[arg-type]
    except TypeError:
        log.logger.exception("broke")
    [line] = log.text.splitlines()
    assert "TypeError" in json.loads(line)["traceback"]


@pytest.mark.parametrize(
    "unit",
    [
        *("a.", "a", "a-", "a://", "a://b:", "a://b:c", "http://a:b:", "?a", "?a&", "&token"),
        *("?token=", "&key=", "?sig", "Bearer ", "Basic", "Bearer\t", " ", "@", ":", "?a.b-"),
    ],
)
def test_a_hostile_line_is_redacted_in_linear_time(unit: str) -> None:
    """Callers' text comes into log lines; 100,000 letters of "a.a.a." took 4 s of CPU."""
    redactor = make_redactor(read(SECRETS), SECRETS)
    line = (unit * 100_000)[:100_000]
    with at_most(0.5):
        redactor.redact(line)


@pytest.mark.parametrize("scheme", ["redis", "x-redis", "1.a-redis", "postgresql+psycopg"])
def test_a_password_in_an_address_is_redacted_whatever_its_scheme(scheme: str) -> None:
    redactor = make_redactor(read(SECRETS), SECRETS)
    for before in ("", "at ", "-", "a" * 100 + "."):
        assert "pa55word" not in redactor.redact(f"{before}{scheme}://me:pa55word@here/0")
