"""Workers as operators see them."""

from __future__ import annotations

from marshmallow import Schema, fields

from web.api.schemas.audience import PartlyForOperators, for_operators
from web.api.schemas.text import Text


class WorkerEngine(PartlyForOperators):
    """An engine, and whether it can run on this worker."""

    stage = Text(required=True)
    name = Text(required=True)
    version = Text(**for_operators())
    kind = Text(required=True, metadata={"description": "real, lite or simulated."})
    ok = fields.Boolean(required=True)
    out_of_service = fields.Boolean(
        required=True, metadata={"description": "It took itself out, as it broke again and again."}
    )
    why = Text(**for_operators("For operators; empty when it can."))
    remedy = Text(**for_operators())


class WorkerCard(Schema):
    """The graphics card that a worker is pinned to; others may share it."""

    id = Text(required=True)
    name = Text(required=True)
    memory_mb = fields.Integer(required=True, metadata={"description": "What models may take."})
    models = fields.Dict(
        keys=Text(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "STAGE/ENGINE to the megabytes that it takes."},
    )


class Worker(PartlyForOperators):
    """One worker process, as its last heartbeat described it."""

    name = Text(**for_operators())
    environment = Text(required=True)
    device = Text(required=True)
    memory_mb = fields.Integer(**for_operators())
    memory_limit_mb = fields.Integer(**for_operators())
    doing = Text(**for_operators("For operators; a task's id, or empty."))
    draining = fields.Boolean(
        required=True, metadata={"description": "It was asked to take nothing new."}
    )
    warm = fields.List(Text(), **for_operators("For operators; its loaded models."))
    warm_calls = fields.Integer(
        **for_operators("For operators; stages that found their model loaded.")
    )
    cold_calls = fields.Integer(**for_operators("For operators; stages that had to load it."))
    warm_share = fields.Float(
        allow_none=True,
        **for_operators("For operators; warm calls of all calls, null before the first."),
    )
    card = fields.Nested(
        WorkerCard, allow_none=True, **for_operators("For operators; null on a CPU.")
    )
    engines = fields.List(fields.Nested(WorkerEngine), attribute="offers", required=True)


class EnvironmentLoad(Schema):
    """The work for one environment."""

    environment = Text(required=True)
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
