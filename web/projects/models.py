"""Tables of projects, the revisions of their plans, their chats and what they have generated."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    ScalarSelect,
    String,
    Text,
    exists,
    false,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from tasks.domain.artifact import Blob
from web.db.columns import Moment, now
from web.db.engine import Base
from web.sessions import work
from web.sessions.models import ORG_ID, OWNER, TITLE_LENGTH, UserSession
from web.sessions.work import Work

CLIPS, EDIT, DONE, FAILED = "clips", "edit", "done", "failed"
"""States of a generation: it waits for its clips, then for its job; then it has ended."""
OPEN: Final = (CLIPS, EDIT)
WAITING, MADE, LOST = "waiting", "made", "failed"
"""States of a clip."""
PLANNER, PERSON, CHAT, RESTORED = "planner", "person", "chat", "restored"
"""What has made a revision of a plan."""


def _project_id() -> str:
    return f"prj_{secrets.token_hex(12)}"


def _generation_id() -> str:
    return f"gen_{secrets.token_hex(12)}"


class VideoProject(Base):
    """A project: its uploads, what the analysis found, and which plan and generation it has."""

    __tablename__ = "video_projects"
    __table_args__ = (
        Index("video_projects_of_owner", "owner", "created_at", "id"),
        Index("video_projects_of_session", "session_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=_project_id)
    owner: Mapped[str] = mapped_column(OWNER)
    org_id: Mapped[str | None] = mapped_column(ORG_ID, default=None)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"))
    """The session of its files and jobs."""
    name: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    aspect_ratio: Mapped[str] = mapped_column(String(8), default="9:16")
    max_seconds: Mapped[float] = mapped_column(default=60.0)
    language: Mapped[str] = mapped_column(String(16), default="en")
    sample: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """The upload: `upload_id`, `filename` and its blob."""
    character: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    voice: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """A recording to speak like, with the `subject` who has agreed."""
    track: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """A recording that is the music."""
    analysis_job_id: Mapped[str | None] = mapped_column(String(32), default=None, index=True)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """`tasks.domain.sample_facts.SampleFacts`; None before the analysis."""
    frames: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Key frames of the sample: `at` (seconds) and the blob."""
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """Why its analysis could not be used: `code`, `message` and `stage`."""
    revision: Mapped[int] = mapped_column(default=0)
    """The latest revision of its plan; 0: there is none."""
    generation_id: Mapped[str | None] = mapped_column(String(40), default=None)
    """The latest generation."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)


class VideoPlanRevision(Base):
    """One revision of a project's plan; it never changes."""

    __tablename__ = "plan_revisions"

    project_id: Mapped[str] = mapped_column(
        ForeignKey("video_projects.id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int] = mapped_column(primary_key=True)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_by: Mapped[str] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(Text, default="")
    """What has changed, in words."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class ChatMessage(Base):
    """A message of a project's chat: of a person, or an answer."""

    __tablename__ = "chat_messages"
    __table_args__ = (Index("chat_messages_of_project", "project_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("video_projects.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(16))
    """`user` or `assistant`."""
    text: Mapped[str] = mapped_column(Text)
    patch: Mapped[list[dict[str, Any]] | None] = mapped_column(
        JSON(none_as_null=True), default=None
    )
    """The JSON Patch that an answer has applied."""
    revision: Mapped[int | None] = mapped_column(default=None)
    """The revision that the patch has made."""
    degraded: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class GenerationJob(Base):
    """A confirmed plan that is or was made into a video."""

    __tablename__ = "generation_jobs"
    __table_args__ = (Index("generation_jobs_by_state", "state", "created_at"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=_generation_id)
    project_id: Mapped[str] = mapped_column(
        ForeignKey("video_projects.id", ondelete="CASCADE"), index=True
    )
    plan_revision: Mapped[int]
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The plan as it is generated, with the model that the request named."""
    model: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(16), default=CLIPS)
    job_id: Mapped[str] = mapped_column(String(32), index=True)
    """The job that makes the video of the clips."""
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    quote_micro: Mapped[int] = mapped_column(BigInteger, default=0)
    """The most that its clips may cost, in millionths of a US dollar."""
    saved: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What was reused: clips and what they would have cost."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(Moment, default=None)


class ProjectClip(Base):
    """The clip of a scene in a generation: made by a job, reused, or the owner's own."""

    __tablename__ = "clips"
    __table_args__ = (Index("clips_by_key", "owner", "key", "state"),)

    generation_id: Mapped[str] = mapped_column(
        ForeignKey("generation_jobs.id", ondelete="CASCADE"), primary_key=True
    )
    scene: Mapped[int] = mapped_column(primary_key=True)
    """The index of the scene in the plan."""
    scene_id: Mapped[str] = mapped_column(String(32))
    owner: Mapped[str] = mapped_column(OWNER)
    key: Mapped[str] = mapped_column(String(64), default="")
    """The content key: equal requests to equal models share a clip. Empty: the owner's own."""
    state: Mapped[str] = mapped_column(String(16), default=WAITING)
    job_id: Mapped[str | None] = mapped_column(String(32), default=None, index=True)
    """The job of `web/providers` that makes it; None: it was there."""
    model: Mapped[str] = mapped_column(String(100), default="")
    prompt: Mapped[str] = mapped_column(Text, default="")
    seconds: Mapped[float] = mapped_column(default=0.0)
    price_micro: Mapped[int] = mapped_column(BigInteger, default=0)
    api_key_used: Mapped[str] = mapped_column(String(64), default="")
    """The label of the provider's key."""
    artifact: Mapped[str] = mapped_column(String(64), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    media_type: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    @property
    def blob(self) -> Blob:
        return Blob(self.sha256, self.bytes, self.media_type)


class StoryboardPanel(Base):
    """The draft of a scene, and whether it was approved."""

    __tablename__ = "storyboard_panels"

    project_id: Mapped[str] = mapped_column(
        ForeignKey("video_projects.id", ondelete="CASCADE"), primary_key=True
    )
    scene_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    shows: Mapped[str] = mapped_column(String(64))
    """What of the scene it shows (`storyboard.shown`); another value: the scene has changed."""
    revision: Mapped[int]
    """The revision of the plan that it was made for."""
    job_id: Mapped[str | None] = mapped_column(String(32), default=None, index=True)
    """The job of the draft; None: the scene shows an uploaded clip."""
    approved_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


# The session of a project is in use while the project is worked on.
_of_session: Final = VideoProject.session_id == UserSession.id
_last: Final = select(func.max(VideoProject.changed_at)).where(_of_session).scalar_subquery()
work.declare(
    Work(
        exists().where(_of_session),
        false(),
        cast("ScalarSelect[datetime | None]", _last),
    )
)
