"""The studio as a visitor meets it, in Debian's Chromium before a really started system.

Two journeys are part of `make test`; the others, longer ones, are `make studio-test`'s.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import standardwebhooks

from tasks.domain.failure import Failure
from tests.deployment import Deployment
from tests.services import identity_provider
from tests.services.redis_server import RedisServer
from tests.services.smtp import SmtpServer
from tests.services.webhook_receiver import WebhookReceiver
from tests.studio.conftest import TOKEN, Journey, start
from tests.web.conftest import serving
from web.accounts import attempts
from web.cli.local.ports import find_free_port
from web.db.columns import now
from web.db.engine import writing
from web.jobs import transitions
from web.jobs.models import Job


def test_from_a_dropped_face_to_a_playing_video(system: str, journey: Journey) -> None:
    """With a reload in the middle; nothing goes to another host, axe finds nothing serious."""
    film = journey("whole", system)
    assert film["seconds"] > 0.5


def test_an_account_from_signing_up_to_its_deletion(
    deployment: Deployment, journey: Journey
) -> None:
    """With a forgotten password, two tabs, an API key and a download; dark and on a phone."""
    mails = deployment.settings.path("mails")
    mails.mkdir(parents=True)
    deployment.start_control()  # sends the mails
    told = journey("account", deployment.start_web(), STUDIO_MAILS=str(mails))
    assert told == {"devices": 1, "key": [200, 401]}


@pytest.mark.slow
def test_a_second_factor_and_passkeys(
    deployment: Deployment, journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virtual authenticator signs in alone, after a password, and as the browser offers it."""
    # A person does in minutes what the journey does in seconds.
    monkeypatch.setattr(attempts, "PER_ACCOUNT", 1000)
    port = find_free_port()
    settings = replace(deployment.settings, port=port)
    with serving(settings, port) as address:
        assert journey("passkeys", address) == {"codes": 10, "left": 0}


@pytest.mark.slow
def test_a_library_survives_the_end_of_its_session(system: str, journey: Journey) -> None:
    """Renamed, found, played and deleted, also by its owner after a sign-out."""
    assert journey("library", system)["seconds"] > 0.5


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_signing_in_with_a_provider(
    tmp_path: Path, redis_server: RedisServer, journey: Journey
) -> None:
    """Declining and a refusal lead back to the page with a message; programs get the problem."""
    google = {"GOOGLE_CLIENT_ID": "us", "GOOGLE_CLIENT_SECRET": "ours"}
    with (
        identity_provider.serving() as issuer,
        Deployment(tmp_path, redis_server, GOOGLE_ISSUER=issuer, **google) as deployment,
    ):
        address = deployment.start_web()
        told = httpx.get(f"{address}/capabilities").json()["accounts"]["providers"]
        assert told == ["google"]
        callback = f"{address}/api/auth/google/callback?state=forged&code=x"
        assert httpx.get(callback).json()["error_code"] == "IDENTITY_REFUSED"
        browser = httpx.get(callback, headers={"Accept": "text/html,*/*;q=0.8"})
        assert browser.status_code == 302
        assert browser.headers["location"] == "/account#refused=IDENTITY_REFUSED"
        assert journey("provider", address) == {"path": "/create"}


@pytest.mark.slow
def test_people_must_sign_in_and_confirm_their_address(
    tmp_path: Path, redis_server: RedisServer, journey: Journey
) -> None:
    """With a mail server; a device that is signed out elsewhere is told so."""
    mails = tmp_path / "mails"
    mails.mkdir()
    with (
        SmtpServer() as smtp,
        Deployment(tmp_path, redis_server, AUTH="required", SMTP_URL=smtp.url) as deployment,
    ):
        smtp.mailbox.folder = mails
        deployment.start_control()
        told = journey("required", deployment.start_web(), STUDIO_MAILS=str(mails))
    assert told["confirmed"]


@pytest.mark.slow
def test_webhooks_mails_and_what_tells_of_an_end(
    tmp_path: Path, redis_server: RedisServer, journey: Journey
) -> None:
    """A webhook from adding to deleting it; a video that ends while another page is shown."""
    settings = {"WEBHOOK_LOOPBACK": "1", "SIMULATION_SPEED": "0.1"}
    with (
        WebhookReceiver() as receiver,
        Deployment(tmp_path, redis_server, **settings) as deployment,
    ):
        told = journey("webhooks", start(deployment), STUDIO_HOOK=receiver.url())
        received = [
            standardwebhooks.Webhook(told["secret"]).verify(one.body, one.headers)
            for one in receiver.received
        ]
    types = [one["event_type"] for one in received]
    assert types == ["webhook.test", "webhook.test", "pipeline_completed"]


@pytest.mark.slow
def test_a_server_without_accounts_shows_none(
    tmp_path: Path, redis_server: RedisServer, journey: Journey
) -> None:
    with Deployment(tmp_path, redis_server, AUTH="off") as deployment:
        assert journey("no-accounts", deployment.start_web()) == {"links": 0}


@pytest.mark.slow
def test_invalid_file_shows_a_clear_error(deployment: Deployment, journey: Journey) -> None:
    told = journey("hostile", deployment.start_web())
    assert "does not match" in told["said"]


@pytest.mark.slow
def test_a_job_is_made_from_the_picture_that_is_shown(
    deployment: Deployment, journey: Journey
) -> None:
    """Start waits while a file is being sent, and does not take an earlier one after a refusal."""
    (started,) = journey("chosen", deployment.start_web())["started"]
    assert started["face_upload_id"]


@pytest.mark.slow
def test_two_visitors_do_not_see_each_other(system: str, journey: Journey) -> None:
    first, second = journey("strangers", system)["jobs"]
    assert first != second


@pytest.mark.slow
def test_lost_connection_is_shown_and_missed_events_are_loaded(
    slow_system: str, journey: Journey
) -> None:
    assert journey("cut", slow_system)["seconds"] > 0.5


@pytest.mark.slow
def test_the_whole_way_on_a_phone(slow_system: str, journey: Journey) -> None:
    assert journey("phone", slow_system)["seconds"] > 0.5


@pytest.mark.slow
def test_failed_job_can_be_retried_from_the_page(slow_system: str, journey: Journey) -> None:
    """Cancelled in the middle, taken up again; another file's failure tells its stage."""
    assert journey("stopped", slow_system)["state"] == "succeeded"


@pytest.mark.slow
def test_a_voice_is_recorded_in_the_browser(deployment: Deployment, journey: Journey) -> None:
    told = journey("record", deployment.start_web())
    assert told["kind"] == "voice"
    assert told["media_type"].endswith("wav")


@pytest.mark.slow
def test_full_and_unreachable_servers_are_explained(one_session: str, journey: Journey) -> None:
    assert "The server is full" in journey("full", one_session)["said"]


@pytest.mark.slow
def test_an_operators_day(guarded: Deployment, journey: Journey) -> None:
    """The token, nodes drained and back, a failed job retried, files quarantined."""
    address = start(guarded)
    guarded.until_ended(guarded.submit()[1])
    _, broken = guarded.accept()
    with guarded.app.app_context(), writing() as db:
        failure = Failure("ENGINE_BROKEN", "The model broke.", retryable=False)
        transitions.fail(db, db.get_one(Job, broken), failure, now())
    made = httpx.post(f"{address}/operate/links", headers=guarded.operator).json()
    told = journey("operate", address, STUDIO_LINK=made["path"].partition("link=")[2])
    assert told["nodes"] == 2
    assert told["flower"].endswith(f":{guarded.settings.flower_port}/")
    assert guarded.until_ended(broken).state == "succeeded"


@pytest.mark.slow
def test_faces_are_judged_moderated_and_used(
    tmp_path: Path, redis_server: RedisServer, journey: Journey
) -> None:
    """Chosen, dropped and pasted, once each; a rejection is appealed; one starts a video."""
    settings = {"OPERATOR_TOKEN": TOKEN, "EXAMINE_UPLOADS": "on"}
    with Deployment(tmp_path, redis_server, **settings) as deployment:
        assert journey("faces", start(deployment), seconds=400)["started"]


@pytest.mark.slow
def test_voices_are_recorded_heard_and_used(system: str, journey: Journey) -> None:
    assert journey("voices", system, seconds=300)["builtIn"] >= 1


@pytest.mark.slow
def test_a_video_is_verified_reported_and_withdrawn(guarded: Deployment, journey: Journey) -> None:
    """Chosen, dropped and by keyboard; one changed byte is found; an operator withdraws it."""
    told = journey("verify", start(guarded), seconds=500)
    assert told["verdicts"] == ["ours", "altered", "unknown"]
    assert (told["withdrawn"]["before"], told["withdrawn"]["after"]) == (200, 451)


@pytest.mark.slow
def test_consents_are_given_in_three_ways_and_revoked(system: str, journey: Journey) -> None:
    """A ticked box, a recorded sentence, a signed document; revoking blocks the film."""
    assert journey("consents", system, seconds=300)["statuses"] == [200, 451]


@pytest.mark.slow
def test_every_state_has_its_picture(slow_system: str, journey: Journey) -> None:
    journey("gallery", slow_system, seconds=280)


@pytest.mark.slow
def test_page_is_small_and_fast(slow_system: str, journey: Journey) -> None:
    told = journey("speed", slow_system)
    print(told)  # for docs/benchmarks.md
    assert told["first_load_bytes"] <= 150_000
    assert told["home_bytes"] <= 150_000
    # Bounds for a loaded machine; docs/benchmarks.md has what was measured on a quiet one.
    assert told["interactive_ms"] < 5000
    assert told["shown_ms_median"] < 1000


@pytest.mark.slow
def test_real_addresses_one_socket_and_the_marks_of_an_end(
    slow_system: str, journey: Journey
) -> None:
    assert journey("addresses", slow_system) == {"sockets": 1}


@pytest.mark.slow
def test_all_open_jobs_are_listed_and_cancelled(unlimited_system: str, journey: Journey) -> None:
    """More than twenty, with their places; a cancellation waits for the connection."""
    assert journey("queue", unlimited_system, seconds=200)["jobs"] > 20


@pytest.mark.slow
def test_pages_of_operators_ask_seldom_and_no_refusal_is_raw_json(
    few_requests: str, journey: Journey
) -> None:
    assert journey("busy", few_requests)["aMinute"] <= 16


@pytest.mark.slow
def test_every_page_is_accessible_in_both_themes_by_keyboard_and_from_right_to_left(
    examining: str, journey: Journey
) -> None:
    assert journey("pages", examining, seconds=900)["pages"] == 19
