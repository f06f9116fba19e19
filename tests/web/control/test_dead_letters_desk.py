"""What operators do with dead letters: over REST and from the command line."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from flask import Flask

from config.settings import Settings
from tasks.domain.events import Event, EventType
from tasks.messaging.event_bus import StreamBatch, Unreadable
from tests.services.waiting import until
from tests.web.caller import Caller, problem
from tests.web.control.test_dead_letters import a_job, controlled, state
from web.cli.__main__ import main
from web.control import projection
from web.db.engine import reading, writing
from web.dead_letters import letters, quarantine
from web.dead_letters.letters import Letter
from web.dead_letters.models import DeadLetter
from web.jobs.models import Job


@pytest.fixture
def letter_ids(app: Flask) -> list[int]:
    """Three letters of different kinds, the newest first."""
    for number in range(2):
        wrong = KeyError(f"no such thing {number}")
        name, job_id = f"dispatch {number}", f"job{number}"
        letter = Letter.about(letters.DECISION, name, "dispatch", wrong, job_id)
        quarantine.put_aside([letter])
    unreadable = Unreadable("1-0", {"event": "x"}, "not JSON")
    projection.apply_batch(
        StreamBatch([], "1-0", "0-0", [unreadable]), app.extensions["callsheet"], 1
    )
    return [3, 2, 1]


def test_they_are_listed_in_pages_and_by_what_they_are(
    operator: httpx.Client, letter_ids: list[int]
) -> None:
    first = operator.get("/dead-letters", params={"limit": 2}).json()
    assert [one["id"] for one in first["dead_letters"]] == letter_ids[:2]
    assert "payload" not in first["dead_letters"][0]
    rest = operator.get("/dead-letters", params={"cursor": first["next_cursor"]}).json()
    assert ([one["id"] for one in rest["dead_letters"]], rest["next_cursor"]) == ([1], None)
    for search, found in (
        ({"kind": "message"}, [3]),
        ({"job_id": "job1"}, [2]),
        ({"state": "resolved"}, []),
    ):
        told = operator.get("/dead-letters", params=search).json()["dead_letters"]
        assert [one["id"] for one in told] == found
    one = operator.get("/dead-letters/2").json()
    assert (one["error"], one["reason"]) == ("KeyError", "'no such thing 1'")
    assert (one["payload"], one["job_id"], one["count"], one["state"]) == (
        *("dispatch", "job1"),
        *(1, "dead"),
    )


def test_dropped_ones_are_counted_where_operators_look(
    app: Flask,
    operator: httpx.Client,
    letter_ids: list[int],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert operator.get("/dead-letters").json()["dropped"] == 0
    monkeypatch.setattr(letters, "MOST_KEPT", 2)
    with writing() as db:
        db.get_one(DeadLetter, 1).state = letters.RESOLVED
    for number in range(5):
        wrong = Letter.about(letters.DECISION, f"sweep {number}", "", KeyError("no"))
        quarantine.put_aside([wrong])
    # Of the first two decisions one was resolved: that one is no loss.
    listed = operator.get("/dead-letters", params={"kind": "decision"}).json()
    assert (len(listed["dead_letters"]), listed["dropped"]) == (2, 4)
    assert operator.get("/dead-letters").json()["dropped"] == 4
    assert operator.get("/dead-letters", params={"kind": "copy"}).json()["dropped"] == 0
    figures = operator.get("/metrics").text
    assert 'callsheet_dead_letters_dropped_total{kind="decision"} 4.0' in figures
    lines = [record for record in caplog.records if "dropped" in record.message]
    assert [vars(record)["dropped_so_far"] for record in lines] == [1, 2, 3, 4]


@pytest.mark.parametrize("search", [{"kind": "x"}, {"cursor": "9" * 5000}, {"limit": 0}])
def test_a_search_that_is_none_is_refused(operator: httpx.Client, search: dict[str, Any]) -> None:
    problem(operator.get("/dead-letters", params=search), 422, "VALIDATION_FAILED")


@pytest.mark.parametrize("letter_id", ["7", "0", "x", "-1", "9" * 5000, "1.5"])
def test_no_such_letter(operator: httpx.Client, letter_id: str) -> None:
    problem(operator.get(f"/dead-letters/{letter_id}"), 404, "DEAD_LETTER_NOT_FOUND")


def test_strangers_see_nothing(caller: Caller, letter_ids: list[int]) -> None:
    for method, path in (("GET", ""), ("GET", "/1"), ("POST", "/1/retry"), ("DELETE", "/1")):
        answer = caller.http.request(method, f"/dead-letters{path}")
        problem(answer, 403, "OPERATORS_ONLY")


def test_one_is_dropped_for_good(operator: httpx.Client, letter_ids: list[int]) -> None:
    assert operator.delete("/dead-letters/2").status_code == 204
    problem(operator.delete("/dead-letters/2"), 404, "DEAD_LETTER_NOT_FOUND")
    assert [one["id"] for one in operator.get("/dead-letters").json()["dead_letters"]] == [3, 1]


def test_what_was_not_kept_whole_cannot_be_tried_again(operator: httpx.Client, app: Flask) -> None:
    long = Letter(letters.EVENT, "1-0", "x" * 2 * letters.LONGEST_PAYLOAD, "KeyError", "no")
    quarantine.put_aside([long])
    problem(operator.post("/dead-letters/1/retry"), 409, "DEAD_LETTER_INCOMPLETE")


def test_a_retry_after_a_fix_opens_the_job_again_and_applies_the_event(
    app: Flask, operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = a_job(revision=0, attempt=1, published=True)
    event = Event(EventType.PROGRESS_UPDATE, "s", job_id, "script", None, "", {}, 40.0, None, "5-0")

    def broken(*_: Any) -> None:
        raise KeyError("a mistake of ours")

    with monkeypatch.context() as patched:
        patched.setattr(projection._JobProjection, "apply", broken)
        [entry] = [projection.StreamEntry(event, "")]
        batch = projection.StreamBatch([entry], "5-0", "0-0")
        assert projection.apply_batch(batch, app.extensions["callsheet"], 4) == []
        assert state(job_id) == ("failed", "INTERNAL_ERROR")
        with controlled(app):
            assert operator.post("/dead-letters/1/retry").json()["state"] == "retrying"
            again = until_tried(operator)
        assert (again["state"], again["count"]) == ("dead", 2)
    with controlled(app):
        operator.post("/dead-letters/1/retry")
        assert until_tried(operator)["state"] == "resolved"
        until(lambda: state(job_id)[0] != "failed" or None, "the job is open again", 20)
    with reading() as db:
        job = db.get_one(Job, job_id)
        assert (job.percent, job.rounds) == (40.0, 2)


def until_tried(operator: httpx.Client) -> dict[str, Any]:
    def tried() -> dict[str, Any] | None:
        letter: dict[str, Any] = operator.get("/dead-letters/1").json()
        return None if letter["state"] == "retrying" else letter

    return until(tried, "it was tried again", 20)


def test_the_command_line_does_the_same(
    letter_ids: list[int], server: str, settings: Settings
) -> None:
    here = {"CALLSHEET_STATE": str(settings.state)}

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["dead-letters", *words, "--server", server], env=here)

    told = run("list")
    assert told.exit_code == 0, told.output
    assert "no such thing 1" in told.output.replace("\n", " ") or "KeyError" in told.output
    assert '"reason": "\'no such thing 1\'"' in run("list", "--json").output
    assert "More: --cursor 2" in run("list", "--limit", "2").output
    assert "dispatch" in run("show", "2").output
    assert "is being retried" in run("retry", "2").output
    assert "was deleted" in run("drop", "2").output
    assert run("show", "2").exit_code == 5
    assert run("drop", "x").exit_code == 2
