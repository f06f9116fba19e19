"""The routes of hosted video models."""

from __future__ import annotations

from typing import Any, Final

from web.access.actor import current_actor
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.models import (
    Call,
    Calls,
    CallsSearch,
    ModelChanges,
    ModelsSearch,
    NewModel,
    Resolution,
    VideoModel,
    VideoModels,
)
from web.db.engine import reading, writing
from web.http.operators import operators_only
from web.providers import additions, catalogue, registry
from web.providers.choosing import ClipRequest
from web.services import current_services

_SENT: Final = "sent"

models = Blueprint("models", __name__, description="Hosted video models.")


@models.get("/api/models")
@models.arguments(ModelsSearch, location="query")
@models.response(200, VideoModels)
@documented_errors(models, 422, "VALIDATION_FAILED")
def list_models(sent: dict[str, Any]) -> dict[str, Any]:
    """List the hosted video models"""
    where = {name: sent.pop(name) for name in ("provider", "state") if name in sent}
    compared = _compared(sent) if sent.pop("compare") else None
    return {"models": catalogue.models(current_services(), **where, compare=compared)}


def _compared(sent: dict[str, Any]) -> ClipRequest:
    """Describe the clip that models are compared for: only whether something is sent matters."""
    given: dict[str, Any] = {
        name: _SENT for name in ("first_frame", "last_frame", "speech") if sent.pop(name, False)
    }
    prompt = "x" * sent.pop("prompt_length")
    return ClipRequest(prompt=prompt, **given, **sent)


@models.get("/api/models/changes")
@models.response(200, ModelChanges)
def list_changes() -> dict[str, Any]:
    """List what changes about hosted video models"""
    with reading() as db:
        return {"changes": registry.changes(registry.listed(db), registry.today())}


@models.post("/api/models")
@models.arguments(NewModel)
@models.response(200, VideoModel)
@documented_errors(models, 403, "OPERATORS_ONLY")
@documented_errors(models, 422, "VALIDATION_FAILED")
@operators_only
def put_model(sent: dict[str, Any]) -> dict[str, Any]:
    """Add a hosted video model, or change one (operators)"""
    with writing() as db:
        model_id = additions.put_model(db, current_actor(), sent).id
    listed = catalogue.models(current_services())
    return next(one for one in listed if one["id"] == model_id)


@models.get("/api/provider-calls")
@models.arguments(CallsSearch, location="query")
@models.response(200, Calls)
@documented_errors(models, 403, "OPERATORS_ONLY")
@documented_errors(models, 422, "VALIDATION_FAILED")
@operators_only
def list_calls(sent: dict[str, Any]) -> dict[str, Any]:
    """List calls to providers of hosted models (operators)"""
    with reading() as db:
        found = additions.calls_in(db, sent.get("state"), sent["limit"])
        return {"calls": [additions.report(call) for call in found]}


@models.post("/api/provider-calls/<call_id>/resolve")
@models.arguments(Resolution)
@models.response(200, Call)
@documented_errors(models, 403, "OPERATORS_ONLY")
@documented_errors(models, 404, "CALL_NOT_FOUND")
@documented_errors(models, 422, "VALIDATION_FAILED")
@operators_only
def resolve_call(sent: dict[str, Any], call_id: str) -> dict[str, Any]:
    """Say what became of a purchase of which nothing is known (operators)"""
    with writing() as db:
        return additions.report(additions.resolve(db, current_actor(), call_id, **sent))
