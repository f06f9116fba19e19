"""Plan -> Celery chord. Signatures carry a `StageCall` and nothing else.

chord([script, chain(face, enhance the still)],
      chord([chain(voice_i, animate_i, enhance_i) for each scene], assemble))

Where the voices together take less time than the portrait, they are spoken beside it:

chord([chain(script, group(voice_i for each scene)), chain(face, enhance the still)],
      chord([chain(animate_i, enhance_i) for each scene], assemble))
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from celery import Celery, Signature, chain, chord, group

from config import log_context
from config.stages import STAGES
from tasks.domain.plan import Plan, Step
from tasks.routing import STAGE_TASKS, queue_of
from tasks.stage import StageCall

HARD_LIMIT_GRACE = 30
"""Seconds between asking a stage to end and ending its process."""

SEEN = ("animate", "enhance")


def canvas(
    app: Celery, plan: Plan, attempt: int, elsewhere: Mapping[str, str] = MappingProxyType({})
) -> Signature:
    """The whole job as one signature; dispatching it twice is safe.

    `elsewhere` names other queues for some steps.
    """

    def signature(step: Step) -> Signature:
        queue = elsewhere.get(step.name) or queue_of(step)
        return _signature(app, plan, step, attempt, queue)

    def one(stage: str) -> Signature:
        return signature(plan.step(stage, None))

    portrait = chain(one("face"), one("enhance")) if plan.enhances_still else one("face")
    voices = [signature(step) for step in plan.of("voice")]
    seen = [
        [signature(plan.step(s, scene)) for s in SEEN if _has(plan, s, scene)]
        for scene in range(plan.scenes)
    ]
    if _speaks_meanwhile(plan):
        spoken, scenes = chain(one("script"), group(voices)), [chain(*stages) for stages in seen]
    else:
        pairs = zip(voices, seen, strict=True)
        spoken, scenes = one("script"), [chain(voice, *stages) for voice, stages in pairs]
    middle = chord(scenes, one("assemble"), app=app)
    return chord([spoken, portrait], middle, app=app)


def calls(plan: Plan, attempt: int) -> list[StageCall]:
    """Every message that one attempt of the plan sends."""
    return [
        StageCall(plan.job_id, plan.revision, attempt, step.stage, step.scene)
        for step in plan.steps
    ]


def waits_for(plan: Plan, step: Step) -> set[str]:
    """What must be done before the chord sends this step: its own needs, and what it joins."""
    first = {other.name for other in plan.steps if other.scene is None} - {"assemble"}
    voices = {other.name for other in plan.of("voice")}
    meanwhile = _speaks_meanwhile(plan)
    if step.scene is None:
        joined = {s.name for s in plan.steps if s.scene is not None}
        return joined if step.stage == "assemble" else set(step.needs)
    if meanwhile:
        return {"script"} if step.stage == "voice" else first | voices | step.needs
    return first | step.needs


def _speaks_meanwhile(plan: Plan) -> bool:
    """Whether no scene would wait for the voice of another one longer than for its face."""
    portrait = (step for step in plan.steps if step.stage in ("face", "enhance"))
    return sum(s.seconds for s in plan.of("voice")) <= sum(
        s.seconds for s in portrait if s.scene is None
    )


def _has(plan: Plan, stage: str, scene: int) -> bool:
    return any(step.scene == scene for step in plan.of(stage))


def _signature(app: Celery, plan: Plan, step: Step, attempt: int, queue: str) -> Signature:
    call = StageCall(plan.job_id, plan.revision, attempt, step.stage, step.scene)
    limit = STAGES[step.stage].time_limit
    return app.signature(
        STAGE_TASKS[step.stage],
        args=call.args,
        immutable=True,
        options={
            "task_id": call.task_id,
            # Whose work it is, for the worker's log alone: nothing is decided by it.
            "headers": {log_context.HEADER: log_context.travelling()},
            "queue": queue,
            "soft_time_limit": limit,
            "time_limit": limit + HARD_LIMIT_GRACE,
        },
    )
