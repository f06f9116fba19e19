"""What the system can do now, and with what."""

from __future__ import annotations

from marshmallow import Schema, fields

from web.api.schemas.audience import PartlyForOperators, for_operators
from web.api.schemas.text import Text


class EngineNow(PartlyForOperators):
    """An engine as a live worker offers it."""

    worker = Text(**for_operators())
    environment = Text(required=True)
    version = Text(**for_operators())
    kind = Text(required=True, metadata={"description": "real, lite or simulated."})
    ok = fields.Boolean(required=True)
    why = Text(**for_operators("For operators; empty when it can run there."))
    remedy = Text(**for_operators())
    licence = Text(required=True)
    commercial_use = fields.Boolean(required=True)
    languages = fields.List(Text(), required=True, metadata={"description": "Empty: all of them."})
    voice_match = Text(required=True)


class EngineCapability(Schema):
    """An engine that the system knows, and who offers it now."""

    name = Text(required=True)
    available = fields.Boolean(required=True)
    offers = fields.List(fields.Nested(EngineNow), required=True)


class Choice(PartlyForOperators):
    """What a stage would take."""

    name = Text(required=True)
    version = Text(**for_operators())
    kind = Text(required=True)
    environment = Text(required=True)
    licence = Text(required=True)
    commercial_use = fields.Boolean(required=True)
    quality = Text(
        required=True, metadata={"description": "production, production on a CPU or placeholder."}
    )
    seconds = fields.Float(
        required=True, metadata={"description": "A step's expected time, from history if any."}
    )


class StageCapability(Schema):
    """A stage: its engines in order of preference, and what each mode would take now."""

    stage = Text(required=True)
    environment = Text(required=True)
    output = Text(required=True, metadata={"description": "What it puts out."})
    memory_mb = fields.Integer(required=True, metadata={"description": "Its memory budget."})
    engines = fields.List(fields.Nested(EngineCapability), required=True)
    now = fields.Dict(keys=Text(), values=fields.Nested(Choice, allow_none=True), required=True)


class EnvironmentCapability(PartlyForOperators):
    """A model environment, and who works in it now."""

    name = Text(required=True)
    stages = fields.List(Text(), required=True)
    carries = Text(required=True)
    found = fields.Boolean(
        required=True, metadata={"description": "A worker of it lives, or it is on this machine."}
    )
    here = Text(**for_operators("For operators; chosen, built or conda, empty: not here."))
    worker_count = fields.Integer(
        required=True, metadata={"description": "Workers of it that are alive."}
    )
    workers = fields.List(Text(), **for_operators("For operators; their names."))


class Need(PartlyForOperators):
    """What an engine says that it lacks, and what would mend it."""

    engine = Text(required=True, metadata={"description": "Empty: nobody was asked."})
    why = Text(**for_operators())
    remedy = Text(**for_operators())


class StageLack(Schema):
    """A stage that could only be simulated now."""

    stage = Text(required=True)
    environment = Text(required=True)
    needs = fields.List(fields.Nested(Need), required=True)


class Readiness(Schema):
    """Whether every stage could be done for real now."""

    production_ready = fields.Boolean(required=True)
    missing = fields.List(fields.Nested(StageLack), required=True)


class Capabilities(Schema):
    """Environments, stages and modes."""

    current_mode = Text(
        required=True, metadata={"description": "The mode of a job that does not say one."}
    )
    default_mode = Text(required=True, metadata={"description": "The same under its former name."})
    production_readiness = fields.Nested(Readiness, required=True)
    time_estimates = fields.Dict(
        keys=Text(),
        values=fields.Float(),
        required=True,
        metadata={"description": "Seconds of one step of each stage in this mode, and `total`."},
    )
    modes = fields.Dict(
        keys=Text(),
        values=fields.Boolean(),
        required=True,
        metadata={"description": "Whether a job of this mode could be carried out now."},
    )
    environments = fields.List(fields.Nested(EnvironmentCapability), required=True)
    stages = fields.List(fields.Nested(StageCapability), required=True)
