"""The schemas of the capabilities route."""

from __future__ import annotations

from marshmallow import Schema, fields

from web.api.schemas.audience import PartlyForOperators, for_operators
from web.api.schemas.text import Text


class EngineNow(PartlyForOperators):
    """An engine as offered by a live worker."""

    worker = Text(**for_operators())
    environment = Text(required=True)
    version = Text(**for_operators())
    kind = Text(required=True, metadata={"description": "`real`, `lite` or `simulated`."})
    ok = fields.Boolean(required=True)
    why = Text(**for_operators("For operators: why the engine cannot run there; empty if it can."))
    remedy = Text(**for_operators())
    licence = Text(required=True)
    commercial_use = fields.Boolean(required=True)
    languages = fields.List(
        Text(), required=True, metadata={"description": "Empty: all languages."}
    )
    voice_match = Text(required=True)


class EngineCapability(Schema):
    """A known engine, and the workers that offer it."""

    name = Text(required=True)
    available = fields.Boolean(required=True)
    offers = fields.List(fields.Nested(EngineNow), required=True)


class EngineChoice(PartlyForOperators):
    """The engine that a stage would use."""

    name = Text(required=True)
    version = Text(**for_operators())
    kind = Text(required=True)
    environment = Text(required=True)
    licence = Text(required=True)
    commercial_use = fields.Boolean(required=True)
    quality = Text(
        required=True,
        metadata={"description": "`production`, `production on a CPU` or `placeholder`."},
    )
    seconds = fields.Float(
        required=True,
        metadata={
            "description": "Expected duration of a step, measured from history if there is any."
        },
    )


class StageCapability(Schema):
    """A stage: its engines in order of preference, and the engine that each mode would use now."""

    stage = Text(required=True)
    environment = Text(required=True)
    output = Text(required=True, metadata={"description": "The kind of output."})
    memory_mb = fields.Integer(required=True, metadata={"description": "The memory budget in MB."})
    engines = fields.List(fields.Nested(EngineCapability), required=True)
    now = fields.Dict(
        keys=Text(), values=fields.Nested(EngineChoice, allow_none=True), required=True
    )


class EnvironmentCapability(PartlyForOperators):
    """A model environment and its live workers."""

    name = Text(required=True)
    stages = fields.List(Text(), required=True)
    carries = Text(required=True)
    found = fields.Boolean(
        required=True,
        metadata={"description": "Whether it has a live worker or is installed on this machine."},
    )
    here = Text(
        **for_operators(
            "For operators: `chosen`, `built` or `conda`; empty if not installed on this machine."
        )
    )
    worker_count = fields.Integer(
        required=True, metadata={"description": "Number of live workers."}
    )
    workers = fields.List(Text(), **for_operators("For operators: names of the live workers."))


class MissingRequirement(PartlyForOperators):
    """Why an engine is unavailable, and how to fix it."""

    engine = Text(
        required=True, metadata={"description": "Empty if no worker has reported the stage."}
    )
    why = Text(**for_operators())
    remedy = Text(**for_operators())


class StageLack(Schema):
    """A stage that can only be simulated now."""

    stage = Text(required=True)
    environment = Text(required=True)
    needs = fields.List(fields.Nested(MissingRequirement), required=True)


class ProductionReadiness(Schema):
    """Whether a real engine is available for every stage."""

    production_ready = fields.Boolean(required=True)
    missing = fields.List(fields.Nested(StageLack), required=True)


class AccountCapabilities(Schema):
    """How people may sign in."""

    mode = Text(required=True, metadata={"description": "`off`, `optional` or `required`."})
    registration = Text(required=True, metadata={"description": "`open`, `invite` or `closed`."})
    verification = fields.Boolean(
        required=True,
        metadata={"description": "Whether mail addresses are verified; else no mail is sent."},
    )
    providers = fields.List(
        Text(),
        required=True,
        metadata={"description": "Identity providers that are set up: `google`, `github`, `oidc`."},
    )
    passkey_origins = fields.List(
        Text(),
        required=True,
        metadata={"description": "Origins of the pages that may use passkeys; empty without any."},
    )


class BillingCapabilities(Schema):
    """Whether and how videos are charged for."""

    credits = fields.Boolean(
        required=True, metadata={"description": "Whether a start needs credits."}
    )
    reused_steps = Text(
        required=True,
        metadata={"description": "What stored results cost: `free` or `charged`."},
    )


class LiveCapabilities(Schema):
    """Processes that serve live events to many clients."""

    url = Text(
        required=True,
        allow_none=True,
        metadata={
            "description": "Where clients reach them: a URL or a path of this origin. Null: there "
            "are none, and clients open their streams here."
        },
    )


class Capabilities(Schema):
    """Environments, stages and modes of the system."""

    current_mode = Text(
        required=True, metadata={"description": "The mode of jobs that do not name one."}
    )
    default_mode = Text(
        required=True, metadata={"description": "Same as `current_mode` (former name)."}
    )
    production_readiness = fields.Nested(ProductionReadiness, required=True)
    time_estimates = fields.Dict(
        keys=Text(),
        values=fields.Float(),
        required=True,
        metadata={
            "description": "Expected seconds of one step by stage, in this mode, and their `total`."
        },
    )
    modes = fields.Dict(
        keys=Text(),
        values=fields.Boolean(),
        required=True,
        metadata={"description": "Whether a job in this mode could run now."},
    )
    environments = fields.List(fields.Nested(EnvironmentCapability), required=True)
    stages = fields.List(fields.Nested(StageCapability), required=True)
    accounts = fields.Nested(AccountCapabilities, required=True)
    billing = fields.Nested(BillingCapabilities, required=True)
    live = fields.Nested(LiveCapabilities, required=True)
