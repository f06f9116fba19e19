"""The registry: models have a life, operators add to it, and a clip's model is chosen by reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tasks.domain.errors import ValidationFailed
from tests.deployment import ROOT, Deployment
from tests.web.providers.clips import calls_of, order, picture_of, sell_at
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import reading, writing
from web.errors import ConsentWithdrawn
from web.jobs import report as reports
from web.jobs.models import Job
from web.providers import additions, choosing, clips, registry, routing
from web.providers.errors import ModelClosed, ModelNotFound, NoModelFits
from web.providers.models import ProviderModel
from web.providers.routing import Candidate, Wish
from web.providers.statistics import Record

DAY = date(2026, 12, 1)
OPERATOR = Actor("operators")


@pytest.fixture
def system(deployment: Deployment) -> Iterator[Deployment]:
    with deployment.app.app_context():
        yield deployment


def test_names_that_people_know_lead_to_entries_with_their_replacement(system: Deployment) -> None:
    with reading() as db:
        for name, model_id in {
            "Sora 2": "openai/sora-2",
            "veo 3": "google/veo-3",
            "Veo 2": "google/veo-2",
            "Gen-3 Alpha": "runway/gen3a_turbo",
            "kling": "kling/kling-3.0",
        }.items():
            assert registry.find(db, name).id == model_id
        with pytest.raises(ModelNotFound):
            registry.find(db, "no such model")
        with pytest.raises(ModelClosed) as closed:
            registry.usable(db, "Sora 2", allow_replacement=False)
        assert closed.value.details["errors"][0]["replacement"] == "google/omni-flash-1.1"
        model, why = registry.usable(db, "Sora 2", allow_replacement=True)
        assert model.id == "google/omni-flash-1.1"
        assert "Sora 2 is closed" in why
        assert registry.replacement(db, registry.find(db, "veo-3")) is not None


def test_every_replacement_exists_and_every_wire_is_known(system: Deployment) -> None:
    with reading() as db:
        models = {model.id: model for model in registry.listed(db)}
        for model in models.values():
            assert not model.replacement or model.replacement in models
            assert model.durations
            assert model.takes
        spoken = {one.name for one in registry.providers(db).values() if one.spoken_live}
        assert spoken == {"local"}


def test_changes_are_a_feed_and_what_is_announced_lies_ahead(system: Deployment) -> None:
    with writing() as db:
        model = registry.find(db, "runway/gen4.5")
        model.deprecated_on, model.closed_on = date(2026, 11, 1), date(2027, 2, 1)
        model.replacement = "runway/kling3.0"
        changes = registry.changes(registry.listed(db), DAY)
        assert changes[0]["model"] == "runway/gen4.5"
        assert changes[0]["announced"]
        assert [one["date"] for one in changes] == sorted(
            (one["date"] for one in changes), reverse=True
        )
        assert model.state_on(DAY) == "deprecated"
        warning = registry.warning(model, DAY)
        assert warning is not None
        assert "closes on 2027-02-01" in warning["message"]


def test_routes_of_models(system: Deployment) -> None:
    client = system.app.test_client()
    listed = client.get("/api/models?compare=true&state=closed").json["models"]
    assert {"openai/sora-2", "google/veo-3"} <= {one["id"] for one in listed}
    assert all(not one["available"] and one["record"]["calls"] == 0 for one in listed)
    assert all("it is closed" in one["fit"]["reasons"] for one in listed)
    changes = client.get("/api/models/changes").json["changes"]
    assert {"date": "2026-09-24", "model": "openai/sora-2"}.items() <= next(
        one for one in changes if one["model"] == "openai/sora-2"
    ).items()
    page = (ROOT / "docs" / "providers.md").read_text(encoding="utf-8")
    written = map(json.loads, re.findall(r"```json\n(.*?)```", page, re.DOTALL))
    [new] = [one for one in written if "service" in one]
    service = new.pop("service")
    assert client.post("/api/models", json=new).status_code == 403
    said = client.post("/api/models", json=new, headers=system.operator)
    assert said.status_code == 422
    new["service"] = service
    added = client.post("/api/models", json=new, headers=system.operator)
    assert (added.status_code, added.json["id"]) == (200, "mine/wan")
    assert added.json["added_by_operator"]
    change = {"provider": "mine", "id": "wan", "dollars_a_second": 0.02, "closed_on": "2026-11-01"}
    changed = client.post("/api/models", json=change, headers=system.operator).json
    assert (changed["state"], changed["price"]["dollars_a_second"]) == ("closed", 0.02)


def test_models_are_compared_for_a_clip(system: Deployment) -> None:
    """Each says whether it fits and what it would cost, or everything that it lacks."""
    large = {"prompt_limit": 40, "resolutions": ["720p"], "takes": ["text"], "durations": [5.0]}
    sell_at(system, "http://127.0.0.1:9", one={}, two=large)
    client = system.app.test_client()
    wanted = "duration=6&ratio=9:16&first_frame=true&resolution=1080p&prompt_length=50"

    def fit(query: str) -> list[Any]:
        listed = client.get(f"/api/models?provider=shop{query}").json["models"]
        return [one.get("fit") for one in listed]

    one, two = fit(f"&compare=true&{wanted}")
    assert one == {"fits": True, "reasons": [], "seconds": 10.0, "dollars": 1.0}
    assert two == {
        "fits": False,
        "reasons": [
            "it takes no first frame",
            "its prompts have 40 characters at most",
            "its resolutions are 720p",
            "its longest clip lasts 5 s",
        ],
        "seconds": None,
        "dollars": None,
    }
    assert [each["fits"] for each in fit("&compare=true")] == [True, True]
    assert fit(f"&{wanted}") == [None, None]
    assert client.get("/api/models?compare=true&duration=0.5").status_code == 422


def test_a_start_names_the_field_that_is_wrong(system: Deployment) -> None:
    client = system.app.test_client()
    session = client.post("/session/create", json={"user_id": "tester"}).json["session_id"]
    head = {"X-Session-ID": session}

    def start(**body: Any) -> Any:
        sent = {"session_id": session, "pipeline": "clip", "prompt": "A fox"} | body
        return client.post("/process/start", json=sent, headers=head)

    assert start().json["error_code"] == "ENGINE_UNAVAILABLE"
    assert start(prompt=" ").json["errors"][0]["field"] == "prompt"
    assert start(script="Hi.").json["errors"][0]["field"] == "script"
    talking = {"session_id": session, "script": "Hi.", "prompt": "A fox"}
    said = client.post("/process/start", json=talking, headers=head)
    assert said.json["errors"][0]["field"] == "prompt"


def test_a_clip_is_accepted_with_its_call_and_its_warning(
    system: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell_at(system, "http://127.0.0.1:9")
    monkeypatch.setattr(choosing, "reachable_providers", lambda _: {"shop", "openai"})
    with writing() as db:
        db.get_one(ProviderModel, "shop/one").closed_on = date(2027, 1, 1)
    job_id = order(system, duration=7.0)
    (call,) = calls_of(system, job_id)
    assert (call.state, call.order["seconds"]) == ("queued", 10.0)
    assert call.why == "named by the request"
    with reading() as db:
        job = db.get_one(Job, job_id)
        (warning,) = clips.warnings(db, job)
        assert warning["code"] == "MODEL_DEPRECATED"
        assert reports.report(db, job)["warnings"] == [warning]
        assert (job.kind, job.title, job.published) == ("clip", "A fox in the snow", True)
    with pytest.raises(NoModelFits, match="no last frame"):
        order(system, last_frame="x")
    with pytest.raises(ModelClosed):
        order(system, model="Sora 2")


def test_a_picture_whose_consent_was_withdrawn_begins_no_clip(
    system: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell_at(system, "http://127.0.0.1:9")
    monkeypatch.setattr(choosing, "reachable_providers", lambda _: {"shop"})
    frame = picture_of(system, b"a face")
    job_id = order(system, first_frame=frame)
    with writing() as db:
        db.get_one(Job, job_id).consent_withdrawn_at = now()
    with pytest.raises(ConsentWithdrawn):
        order(system, first_frame=frame)


def test_operators_say_what_became_of_an_unknown_purchase(
    system: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell_at(system, "http://127.0.0.1:9")
    monkeypatch.setattr(choosing, "reachable_providers", lambda _: {"shop"})
    job_id = order(system)
    (call,) = calls_of(system, job_id)
    with writing() as db, pytest.raises(ValidationFailed):
        additions.resolve(db, OPERATOR, call.id, bought=False, task_id="")
    with writing() as db:
        row = additions.calls_in(db, None, 1)[0]
        row.state, row.spent = "unknown", True
    client, headers = system.app.test_client(), system.operator
    listed = client.get("/api/provider-calls?state=unknown", headers=headers).json["calls"]
    assert [one["id"] for one in listed] == [call.id]
    path = f"/api/provider-calls/{call.id}/resolve"
    assert client.post(path, json={"bought": False}, headers=headers).json["id"] == call.id
    (after,) = calls_of(system, job_id)
    assert (after.state, after.spent) == ("failed", False)


# --- routing, without a database ----------------------------------------------------------


def model(name: str, **more: Any) -> ProviderModel:
    given = {
        "takes": ["text"],
        "durations": [5.0],
        "any_duration": False,
        "ratios": ["16:9"],
        "resolutions": [],
        "prompt_limit": 100,
        "price_micro": 100_000,
        "quality": 3,
        "expected_seconds": 60.0,
        "commercial_use": True,
        "excluded_regions": [],
        **more,
    }
    return ProviderModel(id=f"p/{name}", provider="p", name=name, title=name, **given)


CHEAP = model("cheap", price_micro=10_000, quality=1, expected_seconds=300.0)
FAST = model("fast", price_micro=200_000, quality=2, expected_seconds=20.0)
BEST = model("best", price_micro=400_000, quality=5, expected_seconds=200.0)
WISH = Wish("A fox", 5.0, "16:9")


def first(way: str, records: dict[str, Record] | None = None) -> Candidate:
    found = routing.candidates([CHEAP, FAST, BEST], WISH, records or {}, {"p"}, DAY)
    return routing.order(found, way)[0]


def test_routing_goes_by_what_is_asked_for() -> None:
    assert first("cheapest").model is CHEAP
    assert first("fastest").model is FAST
    assert first("best").model is BEST
    assert first("fastest", {"p/cheap": Record(calls=9, p50=2.0)}).model is CHEAP


def test_a_model_that_fails_often_comes_last() -> None:
    troubled = {"p/cheap": Record(calls=10, recent_failures=0.9, failure_rate=0.9)}
    chosen = first("cheapest", troubled)
    assert chosen.model is FAST
    found = routing.candidates([CHEAP, FAST], WISH, troubled, {"p"}, DAY)
    assert "1 avoided" in routing.reason(routing.order(found, "cheapest")[0], found, "cheapest")


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ({"prompt": "x" * 101}, "100 characters"),
        ({"first_frame": True}, "no first frame"),
        ({"audio": True}, "no sound"),
        ({"ratio": "1:1"}, "ratios are 16:9"),
        ({"seconds": 6.0}, "longest clip lasts 5 s"),
    ],
)
def test_a_misfit_says_why(wish: dict[str, Any], why: str) -> None:
    assert why in routing.misfit(FAST, replace(WISH, **wish), DAY)


def test_licences_and_quotes_bound_the_choice() -> None:
    private = model("private", commercial_use=False)
    regional = model("regional", excluded_regions=["EU", "US"])
    assert "commercial" in routing.misfit(private, replace(WISH, billed=True), DAY)
    assert "region" in routing.misfit(regional, replace(WISH, region="DE"), DAY)
    assert routing.misfit(regional, replace(WISH, region="JP"), DAY) == ""
    cheap_only = replace(WISH, most_micro=100_000)
    found = routing.candidates([CHEAP, FAST, BEST], cheap_only, {}, {"p"}, DAY)
    assert [one.model for one in found] == [CHEAP]
    assert routing.candidates([CHEAP], WISH, {}, {"another"}, DAY) == []
