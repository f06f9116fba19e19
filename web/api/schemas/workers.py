"""The schemas of workers and load."""

from __future__ import annotations

from marshmallow import Schema, fields

from web.api.schemas.audience import PartlyForOperators, for_operators
from web.api.schemas.text import Text


class WorkerEngine(PartlyForOperators):
    """An engine, and whether it can run on this worker."""

    stage = Text(required=True)
    name = Text(required=True)
    version = Text(**for_operators())
    kind = Text(required=True, metadata={"description": "`real`, `lite` or `simulated`."})
    ok = fields.Boolean(required=True)
    out_of_service = fields.Boolean(
        required=True,
        metadata={"description": "Whether it was taken out of service after repeated failures."},
    )
    why = Text(**for_operators("For operators: why it cannot run; empty if it can."))
    remedy = Text(**for_operators())


class WorkerGpu(Schema):
    """The GPU that a worker is pinned to; workers may share one."""

    id = Text(required=True)
    name = Text(required=True)
    memory_mb = fields.Integer(
        required=True, metadata={"description": "Memory available to models."}
    )
    models = fields.Dict(
        keys=Text(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "Memory in MB by STAGE/ENGINE."},
    )


class Worker(PartlyForOperators):
    """A worker process as of its last heartbeat."""

    name = Text(**for_operators())
    environment = Text(required=True)
    device = Text(required=True)
    memory_mb = fields.Integer(**for_operators())
    memory_limit_mb = fields.Integer(**for_operators())
    doing = Text(**for_operators("For operators: the current task's id, or empty."))
    draining = fields.Boolean(
        required=True, metadata={"description": "Whether it accepts no new tasks."}
    )
    warm = fields.List(Text(), **for_operators("For operators: its loaded models."))
    warm_calls = fields.Integer(
        **for_operators("For operators: steps whose model was already loaded.")
    )
    cold_calls = fields.Integer(
        **for_operators("For operators: steps that had to load their model.")
    )
    warm_share = fields.Float(
        allow_none=True,
        **for_operators("For operators: share of warm calls; null before the first call."),
    )
    card = fields.Nested(
        WorkerGpu, allow_none=True, **for_operators("For operators: null on a CPU.")
    )
    engines = fields.List(fields.Nested(WorkerEngine), attribute="offers", required=True)


class EnvironmentLoad(Schema):
    """The work for one environment."""

    environment = Text(required=True)
    waiting = fields.Integer(required=True, metadata={"description": "Steps in the queue."})
    running = fields.Integer(
        required=True, metadata={"description": "Steps running on workers that are not draining."}
    )
    in_line = fields.Integer(
        required=True,
        metadata={"description": "Waiting jobs that need this environment."},
    )
    workers = fields.Integer(required=True, metadata={"description": "Workers that accept tasks."})
    wanted = fields.Integer(
        required=True, metadata={"description": "Number of workers needed for this load."}
    )


class QueueLoads(Schema):
    """The load of all environments, for autoscalers."""

    environments = fields.List(fields.Nested(EnvironmentLoad), required=True)


class Workers(Schema):
    """All live workers."""

    workers = fields.List(fields.Nested(Worker), required=True)
