"""The revisions of a project's plan: made by the planner, a person or the chat, and restored."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain import plan_answers
from tasks.domain.hosted import LOCAL
from tasks.domain.plan_rules import LITE, Wishes, plan_by_rules
from tasks.domain.sample_facts import SampleFacts
from tasks.domain.typed_document import InvalidDocument
from tasks.domain.video_plan import Degraded, ModelChoice, VideoPlan
from tasks.domain.voices import VOICES
from web.db.engine import reading, writing
from web.projects import choices, language_model, projects
from web.projects.errors import PlanChanged, PlanInvalid, PlanMissing, RevisionNotFound
from web.projects.models import PERSON, PLANNER, RESTORED, VideoPlanRevision, VideoProject
from web.projects.state import COMPLETED, FAILED, PLANNING, state_of
from web.providers import registry
from web.providers.models import CLOSED
from web.services import Services

EDITABLE = (PLANNING, COMPLETED, FAILED)
RULES_FIRST = Degraded(
    "plan", "rules_first", "The first plan follows rules; plan again to ask the language model."
)


def current(db: Session, project: VideoProject) -> VideoPlanRevision:
    """Return the latest revision of a plan; raises `PlanMissing`."""
    if not project.revision:
        raise PlanMissing
    return revision(db, project, project.revision)


def revision(db: Session, project: VideoProject, number: int) -> VideoPlanRevision:
    found = db.get(VideoPlanRevision, (project.id, number))
    if found is None:
        raise RevisionNotFound
    return found


def revisions(db: Session, project: VideoProject) -> list[VideoPlanRevision]:
    """List all revisions of a plan, oldest first."""
    mine = select(VideoPlanRevision).where(VideoPlanRevision.project_id == project.id)
    return list(db.scalars(mine.order_by(VideoPlanRevision.revision)))


def parse(sent: Any) -> VideoPlan:
    """Return a plan that a person has sent; raises `PlanInvalid` with every problem."""
    try:
        plan = VideoPlan.from_dict(sent)
    except InvalidDocument as invalid:
        raise refused(invalid) from None
    unknown = {s.voice for s in plan.scenes if s.voice not in ("", "upload", *VOICES)}
    if unknown:
        errors = [{"field": "scenes.voice", "message": f"There is no voice {sorted(unknown)[0]}."}]
        raise PlanInvalid(errors[0]["message"], errors=errors)
    return plan


def refused(invalid: InvalidDocument) -> PlanInvalid:
    """Return the error of a plan or a patch that is not valid."""
    errors = [{"field": one.path, "message": one.message} for one in invalid.problems]
    first = invalid.problems[0]
    return PlanInvalid(f"The plan is not valid: {first.path} {first.message}.", errors=errors)


def put(project_id: str, plan: VideoPlan, expected: int) -> VideoPlanRevision:
    """Store a person's plan as the next revision, if the latest one is still the expected one."""
    with writing(durable=True) as db:
        project = projects.for_work(db, project_id)
        state_of(db, project).require(*EDITABLE)
        require_revision(project, expected)
        return add(db, project, plan, PERSON, "Changed by hand.")


def restore(project_id: str, number: int) -> VideoPlanRevision:
    """Make an earlier revision the latest one again."""
    with writing(durable=True) as db:
        project = projects.for_work(db, project_id)
        state_of(db, project).require(*EDITABLE)
        plan = VideoPlan.from_dict(revision(db, project, number).plan)
        return add(db, project, plan, RESTORED, f"Restored from revision {number}.")


def regenerate(services: Services, project_id: str) -> VideoPlanRevision:
    """Plan the sample again, with the language model if there is one; earlier revisions stay."""
    with reading() as db:
        project = projects.find(db, project_id)
        state_of(db, project).require(*EDITABLE)
        seen, facts = project.revision, _facts(project)
        rough, models = draft(services, db, project), model_ids(db)
    model = language_model.configured(services.settings.hosted)
    read = partial(plan_answers.read_plan, draft=rough, models=models)
    asked = plan_answers.ask_for_plan(facts, rough)
    answer, degraded = language_model.answered(model, asked, read)
    plan = answer or with_degraded(rough, degraded)
    why = "Planned from the sample by the language model." if answer else "Planned from the sample."
    with writing(durable=True) as db:
        project = projects.for_work(db, project_id)
        state_of(db, project).require(*EDITABLE)
        require_revision(project, seen)
        return add(db, project, plan, PLANNER, why)


def plan_sample(services: Services, db: Session, project: VideoProject) -> VideoPlanRevision:
    """Store the first plan of a sample, which follows it by rules."""
    has_model = language_model.configured(services.settings.hosted) is not None
    degraded = RULES_FIRST if has_model else language_model.NO_MODEL
    plan = with_degraded(draft(services, db, project), degraded)
    return add(db, project, plan, PLANNER, "Planned from the sample.")


def draft(services: Services, db: Session, project: VideoProject) -> VideoPlan:
    """Plan a video by rules from what the analysis has found, and choose its model."""
    plan = plan_by_rules(_facts(project), _wishes(project))
    model, is_lite = choices.suggested_model(services, db, plan)
    kept = tuple(one for one in plan.degraded if one != LITE)
    return replace(plan, model=model, degraded=(*kept[:18], LITE) if is_lite else kept)


def with_degraded(plan: VideoPlan, degraded: Degraded | None) -> VideoPlan:
    """Mark a plan that was made in a simpler way than it could be."""
    kept = tuple(one for one in plan.degraded if one.part != "plan")
    return replace(plan, degraded=kept if degraded is None else (*kept[:19], degraded))


def model_ids(db: Session) -> set[str]:
    """List the models that a plan may name."""
    day = registry.today()
    known = {one.id for one in registry.listed(db) if one.state_on(day) != CLOSED}
    return known | {choices.AUTO, LOCAL}


def _facts(project: VideoProject) -> SampleFacts:
    if project.facts is None:
        raise PlanMissing
    return SampleFacts.from_dict(project.facts)


def require_revision(project: VideoProject, expected: int) -> None:
    """Refuse a change of a plan that its caller has not seen."""
    if project.revision != expected:
        raise PlanChanged(
            f"The plan has revision {project.revision} now, not {expected}. Look at it again.",
            errors=[{"field": "plan_revision", "message": str(project.revision)}],
        )


def add(
    db: Session, project: VideoProject, plan: VideoPlan, made_by: str, why: str
) -> VideoPlanRevision:
    """Insert the next revision of a locked project."""
    project.revision += 1
    project.failure = None
    row = VideoPlanRevision(
        project_id=project.id,
        revision=project.revision,
        plan=plan.to_dict(),
        made_by=made_by,
        why=why[:1000],
    )
    db.add(row)
    db.flush()
    return row


def _wishes(project: VideoProject) -> Wishes:
    character = project.character or {}
    return Wishes(
        name=project.name,
        language=project.language,
        most_seconds=project.max_seconds,
        character=str(character.get("label", "")),
        character_upload=str(character.get("sha256", "")),
        has_track=project.track is not None,
        has_voice=project.voice is not None,
        model=ModelChoice(),
    )
