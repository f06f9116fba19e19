"""What an anonymous caller can make a server compute with one request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

import pytest
from flask.testing import FlaskClient

from tests.bench.report import Row, at_most, write
from tests.web.api.odd_client import Client
from tests.web.api.odd_requests import (
    JSON,
    JSONS,
    Known,
    Odd,
    Routes,
    forms,
    tus_heads,
    valid,
)
from web.api.schemas.options import LONGEST_SCRIPT, LONGEST_TOPIC

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

MOST_SECONDS: Final = 0.2
"""Of CPU, for the dearest of them."""
LISTED: Final = 10
AGAIN: Final = 40
ATTEMPTS: Final = 5

UNITS: Final = (
    *("Mr. ", "a. ", "a.", "1.1.1.", "1 ", "x", "x ", "?! ", '." ', ", ", " ", "\u200b", "\u00ad"),
    *("e\u0301", "\u6f22", "\u5b57\u3002", "\ud55c ", "! a ", "Hello there, my friend. "),
)
"""Repeated to the longest text that a field takes."""
HEADS: Final = {
    "cookies": {"Cookie": "; ".join(f"n{n}=v" for n in range(1500))},
    "bearer": {"Authorization": "Bearer " + "a." * 4000},
    "session": {"X-Session-ID": "a" * 8000},
    "types": {"Accept": ",".join("a/b;q=0.1" for _ in range(800))},
    "ranges": {"Range": "bytes=" + ",".join("0-1" for _ in range(2000))},
    "addresses": {"X-Forwarded-For": ",".join("1.2.3.4" for _ in range(1000))},
    "match": {"If-None-Match": ",".join('"x"' for _ in range(2000))},
}


def dear_requests(routes: Routes, known: Known) -> Iterator[Odd]:
    """For every route the bodies and heads that cost most."""
    for method, rule in routes.rules:
        yield from _heads(method, known.fill(rule))
    for method, rule in routes.bodies():
        for name, body in JSONS.items():
            yield Odd(f"JSON: {name}", method, known.fill(rule), JSON, body)
        for unit in UNITS:
            yield from _texts(method, rule, known, unit)
    posted = [known.fill(rule) for method, rule in routes.rules if method == "POST"]
    for name, (head, body) in forms(known).items():
        yield from (Odd(f"form: {name}", "POST", path, head, body) for path in posted)
    for name, (method, path, head, body) in tus_heads(known).items():
        yield Odd(f"tus: {name}", method, path, head, body)


def _heads(method: str, path: str) -> Iterator[Odd]:
    yield Odd("plain", method, path)
    yield Odd("query", method, path, query="&".join(f"a{n}=1" for n in range(1000)))
    for name, head in HEADS.items():
        yield Odd(name, method, path, head)


def _texts(method: str, rule: str, known: Known, unit: str) -> Iterator[Odd]:
    """The longest script and the longest topic of one hostile unit."""
    for name, longest in (("script", LONGEST_SCRIPT), ("topic", LONGEST_TOPIC)):
        sent = valid(rule, known) | {name: (unit * longest)[:longest]}
        body = json.dumps(sent).encode()
        yield Odd(f"{name} of {unit!r}", method, known.fill(rule), JSON, body)


def test_dearest_anonymous_request(standing: FlaskClient) -> None:
    client = Client(standing, "anonymous")
    requests = list(dear_requests(Routes(client.app), client.known))
    first = [(client.ask(odd).seconds, number) for number, odd in enumerate(requests)]
    dearest = [number for _, number in sorted(first, reverse=True)[:AGAIN]]
    found = sorted(
        ((_seconds(client, requests[number]), str(requests[number])) for number in dearest),
        reverse=True,
    )
    rows = [Row("anonymous requests", len(requests), "")]
    rows += [at_most(name, seconds, "CPU s", MOST_SECONDS) for seconds, name in found[:LISTED]]
    write("dearest-request", rows)
    assert found[0][0] <= MOST_SECONDS, found[0]


def _seconds(client: Client, odd: Odd) -> float:
    """The least of several attempts: what else the machine does only adds to it."""
    return min(client.ask(odd).seconds for _ in range(ATTEMPTS))
