"""Workers as operators see them."""

from __future__ import annotations

from marshmallow import Schema, fields


class WorkerEngine(Schema):
    """An engine, and whether it can run on this worker."""

    stage = fields.String(required=True)
    name = fields.String(required=True)
    version = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "real, lite or simulated."})
    ok = fields.Boolean(required=True)
    out_of_service = fields.Boolean(
        required=True, metadata={"description": "It took itself out, as it broke again and again."}
    )
    why = fields.String(required=True, metadata={"description": "Empty when it can."})
    remedy = fields.String(required=True)


class WorkerCard(Schema):
    """The graphics card that a worker is pinned to; others may share it."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    memory_mb = fields.Integer(required=True, metadata={"description": "What models may take."})
    models = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "STAGE/ENGINE to the megabytes that it takes."},
    )


class Worker(Schema):
    """One worker process, as its last heartbeat described it."""

    name = fields.String(required=True)
    environment = fields.String(required=True)
    device = fields.String(required=True)
    memory_mb = fields.Integer(required=True)
    memory_limit_mb = fields.Integer(required=True)
    doing = fields.String(required=True, metadata={"description": "A task's id, or empty."})
    draining = fields.Boolean(
        required=True, metadata={"description": "It was asked to take nothing new."}
    )
    warm = fields.List(fields.String(), required=True)
    warm_calls = fields.Integer(
        required=True, metadata={"description": "Stages that found their model loaded."}
    )
    cold_calls = fields.Integer(
        required=True, metadata={"description": "Stages that had to load it."}
    )
    warm_share = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Warm calls of all calls; null before the first."},
    )
    card = fields.Nested(
        WorkerCard, required=True, allow_none=True, metadata={"description": "Null on a CPU."}
    )
    engines = fields.List(fields.Nested(WorkerEngine), attribute="offers", required=True)


class EnvironmentLoad(Schema):
    """The work for one environment."""

    environment = fields.String(required=True)
    waiting = fields.Integer(required=True, metadata={"description": "Stages in its queue."})
    running = fields.Integer(
        required=True, metadata={"description": "Stages at work, on workers that take more."}
    )
    in_line = fields.Integer(
        required=True, metadata={"description": "Jobs that are not dispatched yet."}
    )
    workers = fields.Integer(required=True, metadata={"description": "Those that take work."})
    wanted = fields.Integer(
        required=True, metadata={"description": "How many workers all that asks for."}
    )


class Loads(Schema):
    """What autoscalers go by."""

    environments = fields.List(fields.Nested(EnvironmentLoad), required=True)


class Workers(Schema):
    """All workers that were heard of lately."""

    workers = fields.List(fields.Nested(Worker), required=True)
