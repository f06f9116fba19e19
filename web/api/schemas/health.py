"""Health as operators and orchestrators see it."""

from __future__ import annotations

from marshmallow import Schema, fields

from web.api.schemas.audience import PartlyForOperators, for_operators
from web.api.schemas.text import Text


class Alive(Schema):
    """The process answers."""

    status = fields.Constant("alive")


class Check(Schema):
    """One part: whether it answered, and how fast."""

    ok = fields.Boolean(required=True)
    milliseconds = fields.Float(required=True)
    why = Text(required=True, metadata={"description": "Empty when it is well."})


class Health(Schema):
    """The whole, and its parts by name."""

    status = Text(required=True)
    checks = fields.Dict(keys=Text(), values=fields.Nested(Check), required=True)


class MemoryHealth(Schema):
    """Resources of the machine."""

    overall_health = Text(required=True)
    memory_health = Text(required=True)
    storage_health = Text(required=True)
    memory_usage_percent = fields.Float(required=True)
    storage_usage_percent = fields.Float(required=True)
    immediate_actions_needed = fields.Boolean(required=True)
    recommendations = fields.List(Text(), required=True)


class SessionHealth(Schema):
    """How many sessions there are and may be."""

    active_sessions = fields.Integer(required=True)
    max_sessions = fields.Integer(required=True)
    system_healthy = fields.Boolean(required=True)


class ProductionCapabilities(Schema):
    """Whether real videos can be made now."""

    production_ready = fields.Boolean(required=True)
    available_environments = fields.List(Text(), required=True)


class Overall(Health):
    """The whole: parts, resources, sessions, and what can be made."""

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
    """A process of ours that was heard of lately."""

    name = Text(required=True)
    role = Text(required=True, metadata={"description": "web, leader, standby or worker."})
    host = Text(required=True)
    seen = fields.Float(required=True, metadata={"description": "Seconds since 1970, by Redis."})
    answers = fields.Boolean(
        required=True,
        metadata={"description": "False: it has fallen silent; it hangs, or is gone."},
    )
    doing = Text(load_default="", metadata={"description": "The task of a worker."})


class OutsideCircuit(Schema):
    """How it stands with a service outside: whether it is called, or left alone for a while."""

    state = Text(
        required=True,
        metadata={"description": "closed: it is called; open: it is not; half-open: one call."},
    )
    failures = fields.Integer(required=True, metadata={"description": "In a row."})
    retry_after = fields.Float(
        required=True, allow_none=True, metadata={"description": "Seconds until a call tries."}
    )


class ServiceHealth(PartlyForOperators):
    """Every service by name."""

    status = Text(required=True)
    services = fields.Dict(keys=Text(), values=fields.Nested(Check), required=True)
    workers = fields.Dict(
        keys=Text(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "How many are alive, by environment."},
    )
    environments = fields.Dict(
        keys=Text(),
        values=fields.List(Text()),
        **for_operators("For operators; the names of workers, by environment."),
    )
    processes = fields.List(fields.Nested(LivingProcess), **for_operators())
    outside = fields.Dict(
        keys=Text(),
        values=fields.Nested(OutsideCircuit),
        **for_operators("For operators; services outside, by name."),
    )
    hosts = fields.Dict(
        keys=Text(),
        values=fields.Dict(),
        **for_operators("For operators; what is used of each machine."),
    )


class Cleaned(Schema):
    """What a cleaning freed."""

    priority = Text(required=True)
    space_freed_mb = fields.Float(required=True)
    seconds = fields.Float(required=True)
    storage_usage_percent = fields.Float(required=True)
