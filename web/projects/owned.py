"""What an account owns of projects: exported, and deleted with the account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from web.projects import chat, plans
from web.projects.models import (
    ChatMessage,
    GenerationJob,
    ProjectClip,
    StoryboardPanel,
    VideoPlanRevision,
    VideoProject,
)
from web.storage import account_data


def export(db: Session, owner: str) -> list[dict[str, Any]]:
    """Describe all projects of an owner, with every revision of their plans and their chats."""
    mine = select(VideoProject).where(VideoProject.owner == owner)
    return [_project(db, one) for one in db.scalars(mine.order_by(VideoProject.created_at))]


def forget(db: Session, owner: str) -> None:
    """Delete all projects of an owner; their files belong to sessions, which are deleted before."""
    ids = select(VideoProject.id).where(VideoProject.owner == owner)
    db.execute(delete(ProjectClip).where(ProjectClip.owner == owner))
    for table in (GenerationJob, ChatMessage, StoryboardPanel, VideoPlanRevision):
        db.execute(delete(table).where(table.project_id.in_(ids)))
    db.execute(delete(VideoProject).where(VideoProject.owner == owner))


def _project(db: Session, project: VideoProject) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "session": project.session_id,
        "created_at": project.created_at,
        "facts": project.facts,
        "plans": [
            {"revision": one.revision, "made_by": one.made_by, "plan": one.plan}
            for one in plans.revisions(db, project)
        ],
        "chat": [chat.report(message) for message in chat.messages(db, project)],
    }


account_data.declare("projects", export, forget)
