"""Make the video of a confirmed plan: its clips are jobs of models, then its own job joins them.

`generate` inserts everything in one transaction; `web.projects.joining` follows it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from config import log_context
from tasks.domain.artifact import Blob
from tasks.domain.project_planner import MUSIC, REFERENCE, line_name
from tasks.domain.video_plan import VideoPlan
from web.accounts import plans as account_plans
from web.billing import charging
from web.db.columns import now
from web.db.engine import reading, writing
from web.events.publish import wake_controller
from web.jobs import queue, transitions
from web.jobs.charging import Origin
from web.jobs.models import PROJECT, Job
from web.projects import (
    charges,
    choices,
    clip_jobs,
    enhancing,
    plans,
    projects,
    reuse,
    storyboard,
)
from web.projects.analysis import blob_of
from web.projects.charges import Price
from web.projects.choices import SceneClip
from web.projects.errors import PlanChanged
from web.projects.joining import clip_inputs, fill
from web.projects.models import (
    CLIPS,
    EDIT,
    PERSON,
    WAITING,
    GenerationJob,
    ProjectClip,
    VideoProject,
)
from web.projects.reuse import Made
from web.projects.state import COMPLETED, PLANNING, state_of
from web.projects.state import FAILED as FAILED_STATUS
from web.services import Services
from web.sessions import salts


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a person has confirmed: a revision and its price. Empty: the latest."""

    plan_revision: int | None = None
    quote_id: str | None = None
    model: str = ""
    scenes: tuple[str, ...] = ()
    """Scenes whose clips are made again."""
    settings: dict[str, Any] | None = None
    storyboard: bool = False
    """Whether every scene needs an approved draft."""


def generate(
    services: Services, project_id: str, wanted: Confirmation, origin: Origin
) -> GenerationJob:
    """Start a generation of the plan that was confirmed."""
    seen, lines = _stored_lines(services, project_id)
    with writing(durable=True) as db:
        project = projects.for_work(db, project_id)
        state_of(db, project).require(PLANNING, COMPLETED, FAILED_STATUS)
        row = plans.current(db, project)
        plans.require_revision(project, wanted.plan_revision or seen)
        plan = VideoPlan.from_dict(row.plan)
        if wanted.model:
            plan = replace(plan, model=replace(plan.model, id=wanted.model))
        plan = _with_settings(db, project, plan, wanted.settings or {})
        if wanted.storyboard:
            storyboard.require_approved(db, project, plan)
        scenes = choices.of_plan(services, db, project, plan, wanted.scenes)
        made = reuse.find(db, project.owner, scenes, salts.of_owner(services, project.owner))
        enhanced = enhancing.scenes_of(services, scenes)
        price = charges.of_plan(services, plan, enhanced)
        _require_price(choices.quote(services, scenes, row.revision, price, made), wanted)
        limit = account_plans.job_limit(db, services.settings, project.owner)
        queue.require_user_capacity(db, project.owner, limit)
        confirmed = _Confirmed(
            *(project, plan, scenes, made, price, lines, wanted, origin), enhanced=enhanced
        )
        generation = _insert(services, db, confirmed)
    wake_controller(services)
    return generation


def _with_settings(
    db: Session, project: VideoProject, plan: VideoPlan, settings: dict[str, Any]
) -> VideoPlan:
    """Apply the settings of a new generation to its plan, as the next revision."""
    changed = _changed(plan, settings)
    if changed != plan:
        plans.add(db, project, changed, PERSON, f"Generated again with {', '.join(settings)}.")
    return changed


def _changed(plan: VideoPlan, settings: dict[str, Any]) -> VideoPlan:
    raw = plan.to_dict()
    for name, value in settings.items():
        raw[name] = value if isinstance(value, str) else raw[name] | value
        if name == "model":
            raw[name] = {"id": value, "reason": "It was chosen for this generation."}
    return VideoPlan.from_dict(raw)


def quote(
    services: Services, db: Session, project: VideoProject, wanted: Confirmation | None = None
) -> dict[str, Any]:
    """Say what a generation of the latest plan would cost; clips that are reused cost nothing."""
    wanted = wanted or Confirmation()
    row = plans.current(db, project)
    plan = _changed(VideoPlan.from_dict(row.plan), wanted.settings or {})
    found = choices.of_plan(services, db, project, plan, wanted.scenes)
    made = reuse.find(db, project.owner, found, salts.of_owner(services, project.owner))
    price = charges.of_plan(services, plan, enhancing.scenes_of(services, found))
    return choices.quote(services, found, row.revision, price, made)


def cancel(services: Services, project_id: str) -> None:
    """Ask the controller to cancel what runs for a project."""
    with writing(durable=True) as db:
        project = projects.find(db, project_id, lock=True)
        job = state_of(db, project).job
        requested = job is not None and transitions.request_cancel(job, now())
        requested = storyboard.cancel(db, project) or requested
    if requested:
        wake_controller(services)


def _require_price(present: dict[str, Any], wanted: Confirmation) -> None:
    if wanted.quote_id is not None and present["quote_id"] != wanted.quote_id:
        raise PlanChanged(
            f"The price has changed to {present['credits']:g} credits. Look at it again.",
            errors=[{"field": "quote_id", "message": present["quote_id"]}],
        )


def _stored_lines(services: Services, project_id: str) -> tuple[int, dict[str, Blob]]:
    """Store what each scene of the latest revision speaks, before the transaction."""
    with reading() as db:
        project = projects.find(db, project_id)
        row = plans.current(db, project)
        plan = VideoPlan.from_dict(row.plan)
    return row.revision, {
        line_name(index): services.artifacts.put_bytes(_line(plan, index), "application/json")
        for index, scene in enumerate(plan.scenes)
        if scene.voice_line
    }


def _line(plan: VideoPlan, index: int) -> bytes:
    spoken = {"text": plan.scenes[index].voice_line, "language": plan.language}
    return json.dumps(spoken, sort_keys=True, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class _Confirmed:
    """Everything that a generation needs."""

    project: VideoProject
    plan: VideoPlan
    scenes: list[SceneClip]
    made: Made
    price: Price | None
    """Of the stages after the clips; None if they cost nothing."""
    lines: dict[str, Blob]
    wanted: Confirmation
    origin: Origin
    enhanced: tuple[int, ...] = ()
    """The scenes whose clips are enhanced."""


def _insert(services: Services, db: Session, confirmed: _Confirmed) -> GenerationJob:
    project, plan, scenes = confirmed.project, confirmed.plan, confirmed.scenes
    salt = salts.of_owner(services, project.owner)
    rows = [_clip_row(project, one, salt, confirmed.made.get(one.index)) for one in scenes]
    waits = any(row.state == WAITING for row in rows)
    inputs = _inputs(project, plan, confirmed.lines)
    if not waits:
        inputs |= clip_inputs(rows)
    job = transitions.open_clip(
        db,
        project.session_id,
        kind=PROJECT,
        published=waits,
        project_id=project.id,
        request_id=log_context.ids().get("request_id", ""),
        title=(plan.title or project.name)[:200],
        options=_options(services, project, plan) | {charges.ENHANCED: list(confirmed.enhanced)},
        inputs=inputs,
        consent=_consent(project),
    )
    generation = GenerationJob(
        project_id=project.id,
        plan_revision=project.revision,
        plan=plan.to_dict(),
        model=plan.model.id,
        state=CLIPS if waits else EDIT,
        job_id=job.id,
        settings=confirmed.wanted.settings or {},
        quote_micro=sum(one.chosen.quote_micro for one in scenes if one.own is None),
        saved=reuse.saved(scenes, confirmed.made),
    )
    db.add(generation)
    db.flush()
    _hold(services, db, job, confirmed)
    for row, one in zip(rows, scenes, strict=True):
        row.generation_id = generation.id
        if row.state == WAITING:
            row.job_id = clip_jobs.start(services, db, project, one, confirmed.origin)
        db.add(row)
    project.generation_id = generation.id
    return generation


def _hold(services: Services, db: Session, job: Job, confirmed: _Confirmed) -> None:
    """Hold what the stages after the clips may cost."""
    price = confirmed.price
    if price is None or not charging.hold_terms(services, db, job, confirmed.origin, price.terms):
        return
    price.choices.require_licences()
    transitions.bill(job)


def _clip_row(
    project: VideoProject, one: SceneClip, salt: str, made: ProjectClip | None
) -> ProjectClip:
    """Describe the clip of a scene; one that was made before is reused."""
    row = ProjectClip(
        scene=one.index,
        scene_id=one.scene.id,
        owner=project.owner,
        prompt=one.request.prompt,
        seconds=one.scene.seconds,
        state=WAITING,
    )
    if one.own is not None:
        fill(row, one.own)
        return row
    row.key, row.model = one.key(salt), one.chosen.candidate.model.id
    row.seconds, row.price_micro = one.chosen.candidate.seconds, one.chosen.candidate.price_micro
    if made is not None:
        fill(row, made.blob)
        row.artifact, row.api_key_used = made.artifact, made.api_key_used
        row.seconds = made.seconds
    return row


def _options(services: Services, project: VideoProject, plan: VideoPlan) -> dict[str, Any]:
    return {
        "pipeline": "project",
        "project_id": project.id,
        "plan_revision": project.revision,
        "video_plan": plan.to_dict(),
        "language": plan.language,
        "aspect_ratio": plan.aspect_ratio,
        "height": services.settings.projects.height,
        "captions": plan.captions != "off",
        "voice": charges.voice_of(plan),
        "label": services.settings.trust.label != "off",
    }


def _inputs(project: VideoProject, plan: VideoPlan, lines: dict[str, Blob]) -> dict[str, Any]:
    found: dict[str, Any] = {name: asdict(blob) for name, blob in lines.items()}
    if project.track is not None and plan.music.source == "upload":
        found[MUSIC] = blob_of(project.track)
    if project.voice is not None and any(s.voice == "upload" for s in plan.scenes):
        found["voice"] = blob_of(project.voice)
    if project.frames and plan.look.colour_match:
        found[REFERENCE] = project.frames[0]["blob"]
    return found


def _consent(project: VideoProject) -> dict[str, Any] | None:
    if project.voice is None:
        return None
    subject = str(project.voice.get("subject", ""))
    return {"voice": {"subject": subject, "statement": ""}} if subject else None
