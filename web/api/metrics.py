"""The Prometheus metrics routes, for operators."""

from __future__ import annotations

from typing import Any

import redis
from flask import Response, current_app
from marshmallow import Schema, fields
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tasks.domain.errors import NotReady
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.text import Text
from web.http.operators import monitors_only
from web.monitoring import targets as expected
from web.services import current_services


class MetricsTarget(Schema):
    """A group of scrape targets in the format of Prometheus' HTTP discovery."""

    targets = fields.List(Text(), required=True)
    labels = fields.Dict(keys=Text(), values=Text(), required=True)


metrics = Blueprint("metrics", __name__, description="Prometheus metrics.")


@metrics.get("/metrics")
@metrics.response(200, {"type": "string"}, content_type="text/plain")
@documented_errors(metrics, 403, "OPERATORS_ONLY")
@monitors_only
def scrape() -> Response:
    """Get the metrics of this process and of the whole system, for Prometheus"""
    registry = current_app.extensions["figures"].registry
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


@metrics.get("/metrics/targets")
@metrics.response(200, MetricsTarget(many=True))
@documented_errors(metrics, 403, "OPERATORS_ONLY")
@documented_errors(metrics, 503, "NOT_READY")
@monitors_only
def targets() -> list[dict[str, Any]]:
    """List the scrape targets: every expected process, for Prometheus' `http_sd_configs`"""
    try:
        services = current_services()
        return expected.targets(services.redis, services.settings.mcp)
    except redis.RedisError:
        raise NotReady from None
