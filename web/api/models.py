"""The routes of hosted video models."""

from __future__ import annotations

from typing import Any

from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.models import ModelChanges, ModelsSearch, VideoModels
from web.db.engine import reading
from web.providers import catalogue, registry
from web.services import current_services

models = Blueprint("models", __name__, description="Hosted video models.")


@models.get("/api/models")
@models.arguments(ModelsSearch, location="query")
@models.response(200, VideoModels)
@documented_errors(models, 422, "VALIDATION_FAILED")
def list_models(sent: dict[str, Any]) -> dict[str, Any]:
    """List the hosted video models"""
    return {"models": catalogue.models(current_services(), **sent)}


@models.get("/api/models/changes")
@models.response(200, ModelChanges)
def list_changes() -> dict[str, Any]:
    """List what changes about hosted video models"""
    with reading() as db:
        return {"changes": registry.changes(registry.listed(db), registry.today())}
