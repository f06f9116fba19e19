"""Talk about a plan: a message becomes a change of the plan, which can be undone.

Messages are data. Whatever they say, an answer can only be a valid plan, or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tasks.domain import plan_answers, plan_patch
from tasks.domain.plan_commands import NotUnderstood, understand
from tasks.domain.plan_patch import Patch
from tasks.domain.typed_document import InvalidDocument, plain
from tasks.domain.video_plan import Degraded, VideoPlan
from web.db.engine import reading, writing
from web.projects import language_model, plans, projects
from web.projects.errors import ChatFull
from web.projects.models import CHAT, RESTORED, ChatMessage, VideoProject
from web.projects.state import state_of
from web.services import Services

USER, ASSISTANT = "user", "assistant"
UNDO = ("undo", "undo that", "go back", "take that back", "revert")


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a message."""

    message: ChatMessage
    revision: int
    changed: bool


def send(services: Services, project_id: str, text: str, expected: int | None) -> Answer:
    """Apply what a message asks for, and answer it.

    A message is about the revision that it names, or that there was when it came; of two at once
    the second one is told that the plan has changed.
    """
    return answer(services, project_id, text, begin(services, project_id, expected))


def answer(services: Services, project_id: str, text: str, seen: Seen) -> Answer:
    """Apply what a message asks of the plan that it is about, and answer it."""
    is_undo = text.strip().lower().rstrip(".!") in UNDO
    proposal = None if is_undo else _proposed(services, seen, text)
    with writing(durable=True) as db:
        project = projects.for_work(db, project_id)
        state_of(db, project).require(*plans.EDITABLE)
        _require_room(services, db, project)
        plans.require_revision(project, seen.revision)
        db.add(ChatMessage(project_id=project.id, role=USER, text=text))
        said = _undo(db, project) if proposal is None else _applied(db, project, seen, proposal)
        db.add(said)
        db.flush()
        return Answer(said, project.revision, project.revision != seen.revision)


@dataclass(frozen=True, slots=True)
class Seen:
    """The plan that a message is about, and the models that it may name."""

    revision: int
    plan: VideoPlan
    models: set[str]


@dataclass(frozen=True, slots=True)
class _Proposal:
    """The answer to a message: words, and a changed plan if there is one."""

    words: str
    plan: VideoPlan | None = None
    patch: Patch | None = None
    degraded: Degraded | None = None


def begin(services: Services, project_id: str, expected: int | None) -> Seen:
    """Return the plan that a message is about; raises if the project takes no message now."""
    with reading() as db:
        project = projects.find(db, project_id)
        state_of(db, project).require(*plans.EDITABLE)
        _require_room(services, db, project)
        if expected is not None:
            plans.require_revision(project, expected)
        row = plans.current(db, project)
        return Seen(row.revision, VideoPlan.from_dict(row.plan), plans.model_ids(db))


def _proposed(services: Services, seen: Seen, text: str) -> _Proposal:
    """Ask the language model for a change; without one or a valid answer, read the grammar."""
    model = language_model.configured(services.settings.hosted)
    read = partial(plan_answers.read_change, plan=seen.plan, models=seen.models)
    asked = plan_answers.ask_for_change(seen.plan, text)
    answer, degraded = language_model.answered(model, asked, read)
    if answer is None:
        return _by_grammar(seen, text, degraded)
    if answer.plan == seen.plan:
        return _Proposal(answer.words or "The plan is like that already.")
    return _Proposal(answer.words or "The plan is changed.", answer.plan, answer.patch)


def _by_grammar(seen: Seen, text: str, degraded: Degraded | None) -> _Proposal:
    try:
        change = understand(text, seen.plan)
        after = plan_patch.apply(seen.plan, change.patch)
    except NotUnderstood as unknown:
        return _Proposal(str(unknown), degraded=degraded)
    except InvalidDocument as invalid:
        first = invalid.problems[0]
        words = f"That gives no valid plan: {first.path} {first.message}."
        return _Proposal(words, degraded=degraded)
    if after.model.id != seen.plan.model.id and after.model.id not in seen.models:
        return _Proposal(f"There is no model {after.model.id}.", degraded=degraded)
    if after == seen.plan:
        return _Proposal("The plan is like that already.", degraded=degraded)
    return _Proposal(change.summary, after, change.patch, degraded)


def messages(db: Session, project: VideoProject) -> list[ChatMessage]:
    """List the messages of a chat, oldest first."""
    mine = select(ChatMessage).where(ChatMessage.project_id == project.id)
    return list(db.scalars(mine.order_by(ChatMessage.id)))


def report(message: ChatMessage) -> dict[str, Any]:
    """Describe a message."""
    return {
        "id": message.id,
        "role": message.role,
        "text": message.text,
        "patch": message.patch,
        "revision": message.revision,
        "degraded": message.degraded,
        "created_at": message.created_at,
    }


def _require_room(services: Services, db: Session, project: VideoProject) -> None:
    most = services.settings.projects.chat_turns
    mine = ChatMessage.project_id == project.id, ChatMessage.role == USER
    if (db.scalar(select(func.count()).where(*mine)) or 0) >= most:
        raise ChatFull(f"This chat has its {most} messages. Change the plan itself.")


def _applied(db: Session, project: VideoProject, seen: Seen, proposal: _Proposal) -> ChatMessage:
    answer = _said(project, proposal.words, proposal.degraded)
    if proposal.plan is not None and proposal.plan != seen.plan:
        row = plans.add(db, project, proposal.plan, CHAT, proposal.words)
        answer.patch, answer.revision = proposal.patch, row.revision
    return answer


def _undo(db: Session, project: VideoProject) -> ChatMessage:
    if project.revision < 2:
        return _said(project, "There is nothing to undo.")
    number = project.revision - 1
    known = plans.revisions(db, project)
    latest = known[-1]
    if latest.made_by == RESTORED:
        # A second undo goes on where the first one has stopped.
        number = max(int(latest.why.rstrip(".").rpartition(" ")[2]) - 1, 1)
    plan = VideoPlan.from_dict(plans.revision(db, project, number).plan)
    row = plans.add(db, project, plan, RESTORED, f"Restored from revision {number}.")
    answer = _said(project, f"The plan is as it was in revision {number}.")
    answer.revision = row.revision
    return answer


def _said(project: VideoProject, text: str, degraded: Degraded | None = None) -> ChatMessage:
    marked = [] if degraded is None else [plain(degraded)]
    return ChatMessage(project_id=project.id, role=ASSISTANT, text=text[:4000], degraded=marked)
