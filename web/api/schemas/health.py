"""The schemas of health and cleanup."""

from __future__ import annotations

from marshmallow import Schema, fields

from web.api.schemas.audience import PartlyForOperators, for_operators
from web.api.schemas.text import Text


class Liveness(Schema):
    """The process answers."""

    status = fields.Constant("alive")


class HealthCheck(Schema):
    """One dependency: whether it answered, and how fast."""

    ok = fields.Boolean(required=True)
    milliseconds = fields.Float(required=True)
    why = Text(required=True, metadata={"description": "Why the check failed; empty if it passed."})


class ReadinessReport(Schema):
    """The status, and its checks by name."""

    status = Text(required=True)
    checks = fields.Dict(keys=Text(), values=fields.Nested(HealthCheck), required=True)


class MemoryHealth(Schema):
    """Memory and storage of this machine."""

    overall_health = Text(required=True)
    memory_health = Text(required=True)
    storage_health = Text(required=True)
    memory_usage_percent = fields.Float(required=True)
    storage_usage_percent = fields.Float(required=True)
    immediate_actions_needed = fields.Boolean(required=True)
    recommendations = fields.List(Text(), required=True)


class SessionHealth(Schema):
    """The number of active sessions and the limit."""

    active_sessions = fields.Integer(required=True)
    max_sessions = fields.Integer(required=True)
    system_healthy = fields.Boolean(required=True)


class ProductionCapabilities(Schema):
    """Whether real videos can be produced now."""

    production_ready = fields.Boolean(required=True)
    available_environments = fields.List(Text(), required=True)


class HealthReport(ReadinessReport):
    """Overall health: dependencies, resources, sessions and production readiness."""

    version = Text(required=True, metadata={"description": "The version of Callsheet."})
    overall_healthy = fields.Boolean(required=True)
    overall_health = Text(required=True)
    memory_usage_percent = fields.Float(required=True)
    storage_usage_percent = fields.Float(required=True)
    active_sessions = fields.Integer(required=True)
    max_sessions = fields.Integer(required=True)
    production_ready = fields.Boolean(required=True)
    available_environments = fields.List(Text(), required=True)
    memory_health = fields.Nested(MemoryHealth, required=True)
    session_health = fields.Nested(SessionHealth, required=True)
    production_capabilities = fields.Nested(ProductionCapabilities, required=True)


class LivingProcess(Schema):
    """A process that has sent a heartbeat recently."""

    name = Text(required=True)
    role = Text(
        required=True,
        metadata={"description": "`web`, `live`, `flower`, `leader`, `standby` or `worker`."},
    )
    host = Text(required=True)
    seen = fields.Float(
        required=True,
        metadata={"description": "Last heartbeat, in seconds since 1970 (Redis clock)."},
    )
    answers = fields.Boolean(
        required=True,
        metadata={"description": "False if its heartbeats have stopped."},
    )
    doing = Text(load_default="", metadata={"description": "The current task of a worker."})


class OutsideCircuit(Schema):
    """The circuit breaker of an external service."""

    state = Text(
        required=True,
        metadata={
            "description": "`closed`: called; `open`: not called; `half-open`: one trial call."
        },
    )
    failures = fields.Integer(required=True, metadata={"description": "Consecutive failures."})
    retry_after = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Seconds until the next trial call."},
    )


class ServiceHealth(PartlyForOperators):
    """The health of every service by name."""

    status = Text(required=True)
    services = fields.Dict(keys=Text(), values=fields.Nested(HealthCheck), required=True)
    workers = fields.Dict(
        keys=Text(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "Number of live workers by environment."},
    )
    environments = fields.Dict(
        keys=Text(),
        values=fields.List(Text()),
        **for_operators("For operators: names of live workers by environment."),
    )
    processes = fields.List(fields.Nested(LivingProcess), **for_operators())
    outside = fields.Dict(
        keys=Text(),
        values=fields.Nested(OutsideCircuit),
        **for_operators("For operators: external services by name."),
    )
    hosts = fields.Dict(
        keys=Text(),
        values=fields.Dict(),
        **for_operators("For operators: resource usage by host."),
    )


class CleanupResult(Schema):
    """The result of a cleanup."""

    priority = Text(required=True)
    space_freed_mb = fields.Float(required=True)
    seconds = fields.Float(required=True)
    storage_usage_percent = fields.Float(required=True)
