"""Plan -> Celery chord. Signatures carry a `StageCall` and nothing else.

chord([script, chain(face, enhance the still)],
      chord([chain(voice_i, animate_i, enhance_i) for each scene], assemble))

A job of a project runs its steps in rounds, as they need each other.

If all voices together take less time than the portrait, they run in parallel with it:

chain(script, chord([voice_i for each scene, chain(face, enhance the still)],
                    chord([chain(animate_i, enhance_i) for each scene], assemble)))

The first scene is sent first, because it is watched first, and goes before the others in every
queue where that costs nothing (`scene_order.py`). The others follow by length, the longest first,
so that no long one is left at the end.

Steps that are done are left out, and what is left of one branch is a chain instead of a chord.

(Not `chain(script, group(voices))` in a header: the group, sent by a worker, sets the size of
the outer chord to its own, and the body begins too early or never.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from celery import Celery, Signature, chain, chord, group

from config import log_context
from config.stages import ALL_STAGES
from tasks.domain.plan import Plan, Step
from tasks.messaging.call_keys import HEADER as SIGNATURE
from tasks.messaging.call_keys import CallKeys
from tasks.messaging.routing import PRIORITIES, STAGE_TASKS, queue_of
from tasks.messaging.scene_order import first_goes_first
from tasks.messaging.stage_call import StageCall
from tasks.telemetry import tracing

HARD_LIMIT_GRACE = 30
"""Seconds between asking a stage to stop and killing its process."""

SEEN = ("animate", "enhance")
LATER_SCENES: Final = PRIORITIES[0]
"""The priority of scenes that do not go first, behind everything else of a job."""


def canvas(
    app: Celery,
    plan: Plan,
    attempt: int,
    done: Collection[str] = (),
    *,
    call_keys: CallKeys | None = None,
    workers: Mapping[str, int] | None = None,
) -> Signature:
    """Build one signature for all steps that are not done; dispatching it twice is safe.

    `workers` serve each queue now; they decide which scenes go first. Workers run only calls that
    are signed with the keys of the installation.
    """

    left = rounds(plan, done)
    rank = priorities(left, workers or {})

    def signature(step: Step) -> Signature:
        queue = queue_of(step)
        call = StageCall(plan.job_id, plan.revision, attempt, step.stage, step.scene)
        signed = {} if call_keys is None else {SIGNATURE: call_keys.sign(call, queue)}
        return _signature(app, call, queue, signed, rank(step.scene))

    parts = [[[signature(step) for step in branch] for branch in branches] for branches in left]
    return _one_after_another(app, parts)


def speech_canvas(app: Celery, plan: Plan, *, call_keys: CallKeys | None = None) -> Signature:
    """Build the signature that makes one scene heard: its script, then its voice."""
    signatures = []
    for call, step in zip(calls(plan, 1), plan.steps, strict=True):
        queue = queue_of(step)
        signed = {} if call_keys is None else {SIGNATURE: call_keys.sign(call, queue)}
        signatures.append(_signature(app, call, queue, signed, 0))
    return _chained(app, signatures)


def rounds(plan: Plan, done: Collection[str] = ()) -> list[list[list[Step]]]:
    """Return the steps as rounds that follow each other, of branches that run in parallel.

    Steps that are done are left out, and so is what is empty then.
    """
    left = [
        [[step for step in branch if step.name not in done] for branch in branches]
        for branches in _all_rounds(plan)
    ]
    return [kept for branches in left if (kept := [branch for branch in branches if branch])]


def _all_rounds(plan: Plan) -> list[list[list[Step]]]:
    if plan.is_project:
        return [[[step] for step in steps] for steps in _levels(plan)]
    script, last = [plan.step("script", None)], [plan.step("assemble", None)]
    portrait = [s for s in plan.steps if s.stage in ("face", "enhance") and s.scene is None]
    scenes = _scenes(plan)
    if _runs_beside(plan):
        voices = [[voice] for voice, *_ in scenes]
        seen = [stages for _, *stages in scenes]
        return [[script], [*voices, portrait], seen, [last]]
    return [[script, portrait], scenes, [last]]


def _levels(plan: Plan) -> list[list[Step]]:
    """Return the steps of a project in rounds: each runs when all before it are done."""
    rounds: list[list[Step]] = []
    done: set[str] = set()
    left = list(plan.steps)
    while left:
        ready = [step for step in left if step.needs <= done]
        rounds.append(ready)
        done |= {step.name for step in ready}
        left = [step for step in left if step.name not in done]
    return rounds


def _scenes(plan: Plan) -> list[list[Step]]:
    """Return the steps of each scene: the first scene, and the others by length."""
    scenes = [
        [plan.step(stage, scene) for stage in ("voice", *SEEN) if _has(plan, stage, scene)]
        for scene in range(plan.scenes)
    ]
    return scenes[:1] + sorted(scenes[1:], key=lambda steps: -sum(s.seconds for s in steps))


def _one_after_another(app: Celery, parts: list[list[list[Signature]]]) -> Signature:
    """Chain rounds; one with several branches becomes a chord whose body is the rest."""
    rest: list[Signature] = []
    for branches in reversed(parts):
        if len(branches) == 1:
            rest = [*branches[0], *rest]
        elif rest:
            header = [_chained(app, branch) for branch in branches]
            rest = [chord(header, _chained(app, rest), app=app)]
        else:
            rest = [group(*(_chained(app, branch) for branch in branches), app=app)]
    return _chained(app, rest)


def _chained(app: Celery, calls: list[Signature]) -> Signature:
    return calls[0] if len(calls) == 1 else chain(*calls, app=app)


def priorities(
    left: list[list[list[Step]]], workers: Mapping[str, int]
) -> Callable[[int | None], int]:
    """Return the function from a scene to the priority of its steps; 0 goes first."""
    first = 0 if first_goes_first(left, workers) else LATER_SCENES
    return lambda scene: 0 if scene is None else LATER_SCENES if scene else first


def before(plan: Plan, step: Step) -> frozenset[str]:
    """Return the steps that the canvas runs before this one, whether it needs them or not."""
    if plan.is_project:
        levels = _levels(plan)
        at = next(i for i, level in enumerate(levels) if step in level)
        return frozenset(other.name for level in levels[:at] for other in level)
    portrait = {"face", *(s.name for s in plan.of("enhance") if s.scene is None)}
    meanwhile = _runs_beside(plan)
    first = frozenset({"script"} if meanwhile else ())
    if step.name in ("script", "face"):
        return first - {step.name}
    if step.name in portrait:
        return first | {"face"}
    if step.stage == "assemble":
        return frozenset(other.name for other in plan.steps if other is not step)
    if step.stage == "voice":
        return frozenset({"script"} if meanwhile else {"script", *portrait})
    voices = plan.of("voice")
    spoken = {s.name for s in voices if meanwhile or s.scene == step.scene}
    animated = {s.name for s in plan.of("animate") if s.scene == step.scene}
    return frozenset({"script", *portrait, *spoken, *animated} - {step.name})


def calls(plan: Plan, attempt: int) -> list[StageCall]:
    """Return every call that one attempt of the plan sends."""
    return [
        StageCall(plan.job_id, plan.revision, attempt, step.stage, step.scene)
        for step in plan.steps
    ]


def _runs_beside(plan: Plan) -> bool:
    """Return whether the voices finish before the face, including its wait for the script."""
    portrait = [s for s in plan.steps if s.stage in ("face", "enhance") and s.scene is None]
    spoken = [plan.step("script", None), *plan.of("voice")]
    return sum(s.seconds for s in spoken) <= sum(s.seconds for s in portrait)


def _has(plan: Plan, stage: str, scene: int) -> bool:
    return any(step.scene == scene for step in plan.of(stage))


def _signature(
    app: Celery, call: StageCall, queue: str, signed: dict[str, str], rank: int
) -> Signature:
    limit = ALL_STAGES[call.stage].time_limit
    return app.signature(
        STAGE_TASKS[call.stage],
        args=call.args,
        immutable=True,
        options={
            "task_id": call.task_id,
            # These ids are only for logs and traces.
            "headers": {log_context.HEADER: log_context.message_ids(), **tracing.carrier()}
            | signed,
            "queue": queue,
            **({"priority": rank} if rank else {}),
            "soft_time_limit": limit,
            "time_limit": limit + HARD_LIMIT_GRACE,
        },
    )
