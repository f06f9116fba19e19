"""Requests to addresses that people enter go nowhere else, and end in time."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.outbound.addresses import OPERATOR, PUBLIC, Reach
from tasks.outbound.client import GuardedClient, RequestFailed
from tasks.outbound.destinations import DestinationRefused
from tests.services.tls import Authority, authority
from tests.services.webhook_receiver import Reply, WebhookReceiver

LOOPBACK = Reach(loopback=True)
NAMES = {
    "public.example.com": ["93.184.215.14"],
    "localtest.example.com": ["127.0.0.1"],
    "mixed.example.com": ["93.184.215.14", "10.0.0.1"],
    "mixed6.example.com": ["2606:2800:220:1::1", "fd00::1"],
    "metadata.example.com": ["169.254.169.254"],
    "scoped.example.com": ["fe80::1%eth0"],
    "empty.example.com": [],
}


def stand_in(host: str, port: int) -> list[str]:
    """A resolver that knows some names; addresses in any form are left to the real one."""
    if host in NAMES:
        return NAMES[host]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(one[4][0]) for one in found]


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(Path(tmp_path_factory.mktemp("tls")))


@pytest.fixture
def receiver(trusted: Authority) -> Iterator[WebhookReceiver]:
    with WebhookReceiver(trusted.server()) as server:
        yield server


Open = Callable[..., GuardedClient]


@pytest.fixture
def client(trusted: Authority) -> Iterator[Open]:
    opened: list[GuardedClient] = []

    def create(
        reach: Reach = LOOPBACK, resolve: Callable[..., list[str]] = stand_in
    ) -> GuardedClient:
        opened.append(GuardedClient(reach, resolve=resolve, tls=trusted.client()))
        return opened[-1]

    yield create
    for one in opened:
        one.close()


REFUSED = (
    # other schemes, and no scheme
    *("http://public.example.com/", "ftp://public.example.com/", "file:///etc/passwd"),
    *("gopher://127.0.0.1:6379/_FLUSHALL", "//127.0.0.1/", "127.0.0.1", "https:///x", "https://"),
    # credentials, fragments, white space and backslashes
    *("https://user:pw@public.example.com/", "https://public.example.com@127.0.0.1/"),
    *("https://public.example.com/#@127.0.0.1", "https://127.0.0.1\\@public.example.com/"),
    *("https://public.example.com\r\nHost: x/", "https://public.example.com /", "https://[::1"),
    # this machine, in every form
    *("https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/"),
    *("https://0177.0.0.1/", "https://0x7f.0.0.1/", "https://0/"),
    *("https://0.0.0.0/", "https://[::1]/", "https://[::]/", "https://[0:0:0:0:0:0:0:1]/"),
    *("https://①②⑦.⓪.⓪.①/", "https://127.0.0.1:8443/"),
    # IPv4 within IPv6: mapped, compatible, NAT64, 6to4, Teredo, ISATAP's range
    *("https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/"),
    *("https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::a00:1]/", "https://[2002:7f00:1::]/"),
    *("https://[2001:0:7f00:1::]/", "https://[::ffff:0:127.0.0.1]/"),
    # private, shared, link-local, unique local, site-local
    *("https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/"),
    *("https://169.254.169.254/latest/meta-data/", "https://[fe80::1]/", "https://[fc00::1]/"),
    *("https://[fd00:ec2::254]/", "https://[fec0::1]/", "https://100.100.100.200/"),
    # protocol assignments, documentation, benchmarks, multicast, broadcast, reserved
    *("https://192.0.0.8/", "https://192.0.0.170/", "https://192.0.2.1/", "https://198.18.0.1/"),
    *("https://203.0.113.1/", "https://192.88.99.1/", "https://224.0.0.1/", "https://[ff02::1]/"),
    *("https://255.255.255.255/", "https://240.0.0.1/", "https://[2001:db8::1]/"),
    *("https://[100::1]/", "https://[3fff::1]/", "https://[5f00::1]/"),
    # names that lead there
    *("https://localtest.example.com/", "https://mixed.example.com/"),
    *("https://mixed6.example.com/", "https://metadata.example.com/"),
    *("https://scoped.example.com/",),
)


def test_the_table_has_forty_forms_or_more() -> None:
    assert len(set(REFUSED)) >= 40


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_that_lead_inside_are_refused(client: Open, address: str) -> None:
    with pytest.raises(DestinationRefused):
        client(PUBLIC).request("POST", address, content=b"{}", seconds=2)


def test_a_connection_goes_to_the_address_that_was_checked(
    client: Open, receiver: WebhookReceiver
) -> None:
    """DNS rebinding: the second answer leads inside, and is never asked for."""
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    answer = client(resolve=rebinding).request(
        "POST", receiver.url(host="hooks.example.com"), content=b"{}"
    )
    assert (answer.status, asked) == (204, ["hooks.example.com"])
    [received] = receiver.received
    assert received.headers["host"] == f"hooks.example.com:{receiver.port}"


def test_each_new_connection_is_checked(client: Open, receiver: WebhookReceiver) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    receiver.reply = lambda _: Reply(200, {"Connection": "close"})
    opened = client(resolve=lambda *_: next(answers))
    assert opened.request("GET", receiver.url(host="hooks.example.com")).status == 200
    with pytest.raises(DestinationRefused):
        opened.request("GET", receiver.url(host="hooks.example.com"))
    assert len(receiver.received) == 1


def test_the_name_of_the_certificate_is_that_of_the_url(
    client: Open, receiver: WebhookReceiver
) -> None:
    opened = client(resolve=lambda *_: ["127.0.0.1"])
    with pytest.raises(RequestFailed, match="certificate"):
        opened.request("GET", receiver.url(host="wrong.example.com"))
    assert receiver.received == []


def test_a_certificate_of_an_unknown_authority_is_refused(receiver: WebhookReceiver) -> None:
    with pytest.raises(RequestFailed, match="certificate"):
        GuardedClient(LOOPBACK).request("GET", receiver.url())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(client: Open, receiver: WebhookReceiver, status: int) -> None:
    receiver.reply = lambda _: Reply(status, {"Location": receiver.url("/other")})
    assert client().request("POST", receiver.url(), content=b"{}").status == status
    assert len(receiver.received) == 1


def test_proxies_and_credentials_of_the_environment_are_not_used(
    client: Open, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ada password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert client().request("GET", receiver.url()).status == 204
    assert "authorization" not in receiver.received[0].headers


def test_only_the_beginning_of_an_answer_is_read(client: Open, receiver: WebhookReceiver) -> None:
    receiver.reply = lambda _: Reply(200, body=b"x" * 10_000_000)
    assert client().request("GET", receiver.url()).body == b"x" * 1024


@pytest.mark.parametrize(
    "reply", [Reply(hang=True), Reply(200, body=b"x" * 1000, trickle=0.1)], ids=["hang", "trickle"]
)
def test_a_request_ends_in_time(client: Open, receiver: WebhookReceiver, reply: Reply) -> None:
    receiver.reply = lambda _: reply
    began = time.monotonic()
    with pytest.raises(RequestFailed, match=r"no answer within 0\.5 s"):
        client().request("POST", receiver.url(), content=b"{}", seconds=0.5)
    assert time.monotonic() - began < 2


def test_a_handshake_ends_in_time(client: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(RequestFailed, match=r"no answer within 0\.3 s"):
            client().request("GET", address, seconds=0.3)


def test_a_connection_is_used_again(client: Open, receiver: WebhookReceiver) -> None:
    asked = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    opened = client(resolve=resolve)
    for _ in range(3):
        assert opened.request("POST", receiver.url(), content=b"{}").status == 204
    assert len(asked) == 1


def test_failures_say_why(client: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    with pytest.raises(RequestFailed, match="Connection refused"):
        client().request("GET", f"https://127.0.0.1:{port}/")
    names = ("unknown.example.com", "empty.example.com", "127.0.0.1.", "%31%32%37.0.0.1")
    for name in names:
        with pytest.raises(RequestFailed, match="name was not found"):
            client().request("GET", f"https://{name}/")


def test_without_tls_only_near_addresses_are_reached(client: Open) -> None:
    with WebhookReceiver() as plain:
        assert client().request("GET", plain.url()).status == 204
        assert client(OPERATOR).request("GET", plain.url()).status == 204
        with pytest.raises(DestinationRefused):
            client(PUBLIC).request("GET", plain.url())
    for reach in (LOOPBACK, OPERATOR):
        with pytest.raises(DestinationRefused):
            client(reach).request("GET", "http://public.example.com/")


@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/", "https://[64:ff9b::a9fe:a9fe]/", "https://0.0.0.0/"]
)
def test_operators_cannot_reach_metadata_either(client: Open, address: str) -> None:
    with pytest.raises(DestinationRefused):
        client(OPERATOR).request("GET", address, seconds=2)
