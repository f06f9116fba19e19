"""What goes wrong at a provider: nothing is bought twice, and nothing foreign is fetched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import redis

from config.provider_keys import ProviderKey
from gpu_worker.providers import connection
from gpu_worker.providers.downloads import Downloads
from gpu_worker.providers.purchases import INTENT, OUTCOME, Purchases
from gpu_worker.providers.questions import Questions
from tasks.domain.hosted import Cause, ClipOrder, Outcome, Purchase, Remote, Report, Task
from tasks.messaging import keys as names
from tasks.nodes.key_limits import KeyLimits, NoRoom
from tasks.store.artifacts import Artifacts
from tests.services.http_server import Answer, Asked
from tests.services.redis_server import RedisServer
from tests.services.video_provider import VideoProvider, clip, selling

ORDER = ClipOrder("A fox in the snow", 5.0, "16:9")
KEYS = tuple(ProviderKey("local", label, f"secret-{label}") for label in ("a", "b"))


@dataclass
class Shop:
    """A worker's parts beside a provider on this machine."""

    provider: VideoProvider
    client: redis.Redis
    artifacts: Artifacts
    directory: Path
    keys: tuple[ProviderKey, ...] = KEYS

    @property
    def remote(self) -> Remote:
        return Remote("local", "runway", self.provider.url, "one", a_minute=0)

    @property
    def limits(self) -> KeyLimits:
        return KeyLimits(self.client)

    def purchase(self, call_id: str = "pvc_1", attempt: int = 1, **more: Any) -> Purchase:
        return Purchase(call_id, "job", attempt, self.remote, ORDER, **more)

    def submit(self, purchase: Purchase | None = None) -> Report:
        shop = Purchases(self.artifacts, self.limits, self.keys)
        return shop.submit(purchase or self.purchase())

    def task(self, *urls: str, task_id: str = "task-0", key: str = "a") -> Task:
        return Task("pvc_1", "job", self.remote, task_id, key, ORDER, urls)

    def poll(self, task: Task) -> Report:
        found: list[Report] = []
        Questions(self.limits, self.keys).poll([task], found.append)
        return found[0]

    def fetch(self, *urls: str) -> Report:
        return Downloads(self.artifacts, self.keys).fetch(self.task(*urls), self.directory)


@pytest.fixture
def shop(tmp_path: Path, redis_server: RedisServer) -> Iterator[Shop]:
    artifacts = Artifacts((tmp_path / "store").as_uri())
    directory = tmp_path / "work"
    directory.mkdir()
    with selling() as provider:
        yield Shop(provider, redis_server.client(), artifacts, directory)


def says(shop: Shop, answer: Answer) -> None:
    shop.provider.rule = lambda asked: answer if asked.method == "POST" else None


def test_a_repeated_message_reports_the_first_purchase(shop: Shop) -> None:
    first, again = shop.submit(), shop.submit()
    assert (first.outcome, first.task_id) == (Outcome.SUBMITTED, "task-0")
    assert again == first
    assert len(shop.provider.sold) == 1


def test_an_intent_without_an_outcome_is_unknown_and_never_bought_again(shop: Shop) -> None:
    shop.artifacts.note_purchase("job", "pvc_1/1", INTENT, json.dumps({"key": "a"}).encode())
    assert shop.submit().outcome == Outcome.UNKNOWN
    assert shop.submit().outcome == Outcome.UNKNOWN
    assert shop.provider.sold == []


def test_a_withdrawn_purchase_is_not_made_by_a_late_message(shop: Shop) -> None:
    withdrawn = shop.submit(shop.purchase(withdrawn=True))
    assert (withdrawn.outcome, withdrawn.cause) == (Outcome.REFUSED, Cause.CANCELLED)
    assert shop.submit().outcome == Outcome.REFUSED
    assert shop.provider.sold == []


@pytest.mark.parametrize(
    ("answer", "outcome", "cause"),
    [
        (Answer.of({"error": "slow down"}, 429, retry_after="9"), Outcome.REFUSED, Cause.LIMIT),
        (Answer.of({"error": "broken"}, 500), Outcome.REFUSED, Cause.SERVER),
        (Answer.of({"error": "wrong ratio"}, 400), Outcome.REFUSED, Cause.INPUT),
        (Answer.of({"error": "violates our policy"}, 400), Outcome.REFUSED, Cause.MODERATION),
        (Answer.of({"error": "who are you"}, 401), Outcome.REFUSED, Cause.KEY),
        (Answer.of({"error": "bad gateway"}, 502), Outcome.UNKNOWN, Cause.UNKNOWN),
        (Answer(b"<html>garbage</html>"), Outcome.UNKNOWN, Cause.UNKNOWN),
        (Answer(b""), Outcome.UNKNOWN, Cause.UNKNOWN),
        (Answer(b'{"id": "task-0"}', cut_after=4), Outcome.UNKNOWN, Cause.UNKNOWN),
    ],
)
def test_an_answer_says_whether_anything_was_bought(
    shop: Shop, answer: Answer, outcome: Outcome, cause: Cause
) -> None:
    says(shop, answer)
    report = shop.submit()
    assert (report.outcome, report.cause) == (outcome, cause)
    noted = shop.artifacts.purchase_note("job", "pvc_1/1", OUTCOME)
    assert noted is not None
    assert b"secret-" not in noted


def test_a_server_that_hangs_leaves_the_purchase_unknown(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SECONDS", 0.2)
    asked_for: list[Asked] = []

    def hang(asked: Asked) -> Answer:
        asked_for.append(asked)
        released.wait(5)
        return Answer.of({"id": "task-0"})

    from threading import Event

    released = Event()
    shop.provider.server.answer = hang
    assert shop.submit().outcome == Outcome.UNKNOWN
    released.set()
    assert len(asked_for) == 1


def test_a_provider_that_is_down_has_sold_nothing(shop: Shop) -> None:
    down = replace(shop.remote, base_url="http://127.0.0.1:9")
    report = shop.submit(replace(shop.purchase(), remote=down))
    assert (report.outcome, report.cause) == (Outcome.REFUSED, Cause.SERVER)


def test_a_limited_key_rests_and_the_other_one_is_used(shop: Shop) -> None:
    says(shop, Answer.of({}, 429, retry_after="30"))
    resting = shop.submit().key
    shop.provider.rule = lambda _: None
    second = shop.submit(shop.purchase(attempt=2))
    assert second.outcome == Outcome.SUBMITTED
    assert {resting, second.key} == {"a", "b"}
    says(shop, Answer.of({}, 429, retry_after="20"))
    shop.submit(shop.purchase("pvc_2"))
    waiting = shop.submit(shop.purchase("pvc_3"))
    assert (waiting.outcome, waiting.cause) == (Outcome.BUSY, Cause.LIMIT)
    assert waiting.retry_after is not None
    assert 15 < waiting.retry_after <= 20


def test_a_refused_key_is_left_out_and_alerts_by_its_label(shop: Shop) -> None:
    shop.keys = KEYS[:1]
    says(shop, Answer.of({"error": "secret-a is not valid"}, 403))
    shop.submit()
    report = shop.submit(shop.purchase("pvc_2"))
    assert (report.outcome, report.cause) == (Outcome.BUSY, Cause.KEY)
    alerts = shop.client.hgetall(names.provider_alerts())
    assert alerts == {"local:a": "... is not valid"}


def test_four_keys_of_ten_a_minute_take_forty(shop: Shop) -> None:
    ring = tuple(ProviderKey("local", label, label) for label in "abcd")
    remote = replace(shop.remote, a_minute=10)
    taken = [shop.limits.take(remote, ring, f"pvc_{n}") for n in range(45)]
    used = [one.label for one in taken if isinstance(one, ProviderKey)]
    assert len(used) == 40
    assert all(used.count(label) == 10 for label in "abcd")
    assert all(isinstance(one, NoRoom) and one.seconds <= 60 for one in taken[40:])


def test_open_tasks_are_limited_until_they_end(shop: Shop) -> None:
    remote, ring = replace(shop.remote, at_once=1), KEYS[:1]
    assert shop.limits.take(remote, ring, "pvc_1") == ring[0]
    assert isinstance(shop.limits.take(remote, ring, "pvc_2"), NoRoom)
    shop.limits.release("local", "a", "pvc_1")
    assert shop.limits.take(remote, ring, "pvc_2") == ring[0]


def test_a_task_is_asked_for_with_the_key_that_made_it(shop: Shop) -> None:
    bought = shop.submit()
    other = next(key.label for key in KEYS if key.label != bought.key)
    assert shop.poll(shop.task(key=bought.key)).outcome == Outcome.READY
    assert shop.poll(shop.task(key=other)).outcome == Outcome.GONE
    assert shop.poll(shop.task(key="nobody's")).outcome == Outcome.UNREACHED


def test_questions_that_fail_are_asked_again(shop: Shop) -> None:
    shop.submit()
    for answer in (Answer.of({}, 500), Answer(b"garbage"), Answer.of({}, 429), Answer(b"")):
        shop.provider.rule = lambda _, answer=answer: answer  # type: ignore[misc]
        assert shop.poll(shop.task(key="a")).outcome == Outcome.UNREACHED


def test_a_clip_is_decoded_and_stored_once(shop: Shop) -> None:
    url = f"{shop.provider.url}/files/task-0.mp4"
    report = shop.fetch(url)
    assert report.outcome == Outcome.FETCHED
    assert report.facts is not None
    assert (report.facts["width"], report.facts["height"]) == (160, 90)
    artifact = shop.artifacts.find(report.artifact)
    assert artifact is not None
    assert set(artifact.parts) == {"final.mp4"}
    assert shop.fetch(url).artifact == report.artifact
    assert shop.provider.downloads == 1


def redirect(to: str) -> Answer:
    return Answer(status=302, headers={"location": to})


@pytest.mark.parametrize(
    ("file", "outcome"),
    [
        (b"", Outcome.DAMAGED),
        (b"no video at all", Outcome.DAMAGED),
        (b"#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n", Outcome.DAMAGED),
        (None, Outcome.FETCHED),
    ],
)
def test_what_is_no_video_is_refused(shop: Shop, file: bytes | None, outcome: Outcome) -> None:
    shop.provider.file = file
    assert shop.fetch(f"{shop.provider.url}/files/x.mp4").outcome == outcome


def test_a_clip_of_the_wrong_length_or_cut_short_is_refused(shop: Shop) -> None:
    shop.provider.file = clip(2.0)
    report = shop.fetch(f"{shop.provider.url}/files/x.mp4")
    assert (report.outcome, report.cause) == (Outcome.DAMAGED, Cause.DAMAGED)
    assert "2.0 s" in report.message
    whole = bytearray(clip())
    whole[len(whole) // 3 :] = b"\x00" * (len(whole) - len(whole) // 3)
    shop.provider.file = bytes(whole)
    assert shop.fetch(f"{shop.provider.url}/files/x.mp4").outcome == Outcome.DAMAGED


def test_links_lead_only_to_the_provider(shop: Shop) -> None:
    metadata = "http://169.254.169.254/latest/meta-data"
    for url in (
        metadata,
        "https://evil.example/x.mp4",
        "file:///etc/passwd",
        "http://127.0.0.1:9/",
    ):
        assert shop.fetch(url).outcome == Outcome.DAMAGED, url
        shop.provider.rule = lambda _, url=url: redirect(url)  # type: ignore[misc]
        assert shop.fetch(f"{shop.provider.url}/files/x.mp4").outcome == Outcome.DAMAGED, url
        shop.provider.rule = lambda _: None
    named = replace(shop.remote, hosts=("169.254.169.254", "localhost"))
    for url in (metadata, "https://localhost/x.mp4"):
        task = replace(shop.task(url), remote=named)
        report = Downloads(shop.artifacts, KEYS).fetch(task, shop.directory)
        assert report.outcome == Outcome.UNREACHED, url


def test_a_dead_link_is_told_from_a_server_that_fails(shop: Shop) -> None:
    for status, outcome in ((404, Outcome.GONE), (403, Outcome.GONE), (500, Outcome.UNREACHED)):
        shop.provider.rule = lambda _, status=status: Answer(status=status)  # type: ignore[misc]
        assert shop.fetch(f"{shop.provider.url}/files/x.mp4").outcome == outcome
