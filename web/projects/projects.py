"""Create, find, list, change and delete projects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.orm import Session

from web.billing import budgets
from web.db.columns import now
from web.db.engine import reading, writing
from web.db.pages import Page, newest_first
from web.projects.errors import ProjectExpired, ProjectLimit, ProjectNotFound
from web.projects.models import (
    ChatMessage,
    GenerationJob,
    ProjectClip,
    StoryboardPanel,
    VideoPlanRevision,
    VideoProject,
)
from web.projects.state import STATUS, with_jobs
from web.services import Services
from web.sessions import names
from web.sessions.models import UserSession
from web.storage import session_service


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who has a project, and where the request that creates it came from."""

    owner: str
    org_id: str | None = None
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """Which projects of an owner are listed, and which page of them."""

    owner: str
    q: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    status: str | None = None
    cursor: str | None = None
    limit: int = 50


def create(services: Services, keeper: Keeper, wanted: dict[str, Any]) -> VideoProject:
    """Create a project with a session of its own for its files and jobs."""
    most = services.settings.projects.most_a_owner
    with reading() as db:
        mine = select(func.count()).where(VideoProject.owner == keeper.owner)
        if (db.scalar(mine) or 0) >= most:
            raise ProjectLimit(f"You have {most} projects. Delete one first.")
    room = session_service.open_session(
        services,
        keeper.owner,
        owner=keeper.owner,
        org_id=keeper.org_id,
        opened_from=keeper.sender,
        session_id=names.new_id(),
    )
    project = VideoProject(owner=keeper.owner, org_id=keeper.org_id, session_id=room.id, **wanted)
    with writing() as db:
        db.add(project)
    return project


def find(db: Session, project_id: str, *, lock: bool = False) -> VideoProject:
    """Find a project; raises `ProjectNotFound`."""
    project = db.get(VideoProject, project_id, with_for_update=lock or None)
    if project is None:
        raise ProjectNotFound
    return project


def for_work(db: Session, project_id: str) -> VideoProject:
    """Find and lock a project for a change; raises `ProjectExpired` if its session has ended."""
    project = find(db, project_id, lock=True)
    room = db.get(UserSession, project.session_id)
    if room is None or room.ended_at is not None:
        raise ProjectExpired
    project.changed_at = now()
    return project


def page(db: Session, search: Search) -> Page[VideoProject]:
    """List the projects of an owner, newest first."""
    query = select(VideoProject).where(VideoProject.owner == search.owner)
    if search.q:
        query = query.where(VideoProject.name.icontains(search.q, autoescape=True))
    if search.created_after is not None:
        query = query.where(VideoProject.created_at >= search.created_after)
    if search.created_before is not None:
        query = query.where(VideoProject.created_at < search.created_before)
    if search.status is not None:
        query = with_jobs(query).where(literal(search.status) == STATUS)
    return newest_first(db, query, VideoProject, cursor=search.cursor, limit=search.limit)


def change(project_id: str, wanted: dict[str, Any]) -> VideoProject:
    """Change the name, language or longest length of a project."""
    with writing() as db:
        project = for_work(db, project_id)
        for name, value in wanted.items():
            setattr(project, name, value)
        return project


def remove(services: Services, project_id: str) -> None:
    """Stop the work on a project, and delete its files and all of its data."""
    with reading() as db:
        session = find(db, project_id).session_id
    session_service.delete_session(services, session)
    with writing() as db:
        generations = select(GenerationJob.id).where(GenerationJob.project_id == project_id)
        db.execute(delete(ProjectClip).where(ProjectClip.generation_id.in_(generations)))
        for table in (GenerationJob, ChatMessage, StoryboardPanel, VideoPlanRevision):
            db.execute(delete(table).where(table.project_id == project_id))
        budgets.forget_project(db, project_id)
        db.execute(delete(VideoProject).where(VideoProject.id == project_id))


def take_over(db: Session, from_owner: str, to_owner: str, org_id: str | None) -> None:
    """Give all projects of an owner to another one, in the caller's transaction."""
    mine = update(VideoProject).where(VideoProject.owner == from_owner)
    db.execute(mine.values(owner=to_owner, org_id=org_id))
    clips = update(ProjectClip).where(ProjectClip.owner == from_owner)
    db.execute(clips.values(owner=to_owner))
