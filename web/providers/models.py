"""Tables of providers, their models and the calls to them."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from web.billing.models import new_id
from web.db.columns import Moment, now
from web.db.engine import Base
from web.sessions.models import OWNER

SEED: Final = "release"
"""`added_by` of what came with a release."""
RELEASED, DEPRECATED, CLOSED, ANNOUNCED = "released", "deprecated", "closed", "announced"


class Provider(Base):
    """A service with hosted models."""

    __tablename__ = "providers"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    wire: Mapped[str] = mapped_column(String(32))
    """The format of its requests (`gpu_worker/providers/wires`)."""
    base_url: Mapped[str] = mapped_column(String(300))
    hosts: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Where its files lie: `name.example` or `*.example`."""
    enabled: Mapped[bool] = mapped_column(default=True)
    spoken_live: Mapped[bool] = mapped_column(default=False)
    """Whether the developers have ever called the real service."""
    added_by: Mapped[str] = mapped_column(String(80), default=SEED)


class ProviderModel(Base):
    """A model of a provider, with its life and what it can do."""

    __tablename__ = "provider_models"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    provider: Mapped[str] = mapped_column(ForeignKey("providers.name"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    """The provider's own name of it."""
    title: Mapped[str] = mapped_column(String(100))
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)
    takes: Mapped[list[str]] = mapped_column(JSON, default=list)
    """`text`, `first_frame`, `last_frame`, `reference` and `audio`."""
    durations: Mapped[list[float]] = mapped_column(JSON, default=list)
    """Seconds that it makes; with `any_duration`, the shortest and the longest."""
    any_duration: Mapped[bool] = mapped_column(default=False)
    ratios: Mapped[list[str]] = mapped_column(JSON, default=list)
    resolutions: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The first one is the default; `360p` is a draft."""
    prompt_limit: Mapped[int] = mapped_column(default=1000)
    """Characters of the longest prompt."""
    price_micro: Mapped[int] = mapped_column(BigInteger, default=0)
    """Millionths of a US dollar for a second of video."""
    draft_price_micro: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """The same for a draft; None: drafts cost as much."""
    price_checked: Mapped[date | None] = mapped_column(Date, default=None)
    """When a person has compared the price with the provider's; None: never."""
    quality: Mapped[int] = mapped_column(default=3)
    """From 1 to 5, as operators see it; `best` goes by it."""
    expected_seconds: Mapped[float] = mapped_column(default=90.0)
    """How long a clip takes before enough of them were measured."""
    a_minute: Mapped[int] = mapped_column(default=0)
    at_once: Mapped[int] = mapped_column(default=0)
    licence: Mapped[str] = mapped_column(String(200), default="")
    commercial_use: Mapped[bool] = mapped_column(default=True)
    excluded_regions: Mapped[list[str]] = mapped_column(JSON, default=list)
    released_on: Mapped[date | None] = mapped_column(Date, default=None)
    deprecated_on: Mapped[date | None] = mapped_column(Date, default=None)
    closed_on: Mapped[date | None] = mapped_column(Date, default=None)
    replacement: Mapped[str] = mapped_column(String(80), default="")
    """The id of the model to use instead."""
    note: Mapped[str] = mapped_column(String(300), default="")
    added_by: Mapped[str] = mapped_column(String(80), default=SEED)
    added_at: Mapped[datetime] = mapped_column(Moment, default=now)

    def state_on(self, day: date) -> str:
        """Return the state of its life on a day."""
        if self.closed_on is not None and self.closed_on <= day:
            return CLOSED
        if self.deprecated_on is not None and self.deprecated_on <= day:
            return DEPRECATED
        if self.released_on is not None and self.released_on > day:
            return ANNOUNCED
        return RELEASED


class ProviderCall(Base):
    """One purchase at a provider. Only `web.providers.calls` writes these columns."""

    __tablename__ = "provider_calls"
    __table_args__ = (
        Index("provider_calls_due", "state", "next_at"),
        Index("provider_calls_of_model", "model_id", "finished_at"),
        Index("provider_calls_noted", "noted", "finished_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=partial(new_id, "pvc"))
    job_id: Mapped[str] = mapped_column(String(32), index=True)
    round: Mapped[int] = mapped_column(default=0)
    """The round of its job; each retry of the job by its user is another one."""
    session_id: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(OWNER)
    provider: Mapped[str] = mapped_column(String(32))
    model_id: Mapped[str] = mapped_column(String(80))
    why: Mapped[str] = mapped_column(String(300), default="")
    """Why this model was chosen."""
    order: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The clip that was ordered (`tasks.domain.hosted.ClipOrder`)."""
    remote: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The model and how to reach it, as they were when it was chosen."""
    state: Mapped[str] = mapped_column(String(16))
    """`queued`, `submitting`, `waiting`, `ready`; ended: `done`, `failed`, `unknown`, `cancelled`.
    """
    attempt: Mapped[int] = mapped_column(default=1)
    """Rises each time a task was certainly not created."""
    turn: Mapped[int] = mapped_column(default=0)
    """Counts the messages to workers."""
    failures: Mapped[int] = mapped_column(default=0)
    """Failures in a row of the present state."""
    next_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When the controller acts next; None: never."""
    key_label: Mapped[str] = mapped_column(String(32), default="")
    task_id: Mapped[str] = mapped_column(String(400), default="")
    """The provider's id of the task."""
    progress: Mapped[float | None] = mapped_column(default=None)
    place: Mapped[int | None] = mapped_column(default=None)
    throttled: Mapped[bool] = mapped_column(default=False)
    moved_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When the task last made progress."""
    urls: Mapped[list[str]] = mapped_column(JSON, default=list)
    manifest: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    """The provider's last answer."""
    price_micro: Mapped[int] = mapped_column(BigInteger, default=0)
    """Millionths of a US dollar, by the price list."""
    credits_micro: Mapped[int] = mapped_column(BigInteger, default=0)
    """What its clip costs the owner, in micro-credits."""
    told_micro: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """The same, as told by the provider."""
    spent: Mapped[bool] = mapped_column(default=False)
    """Whether it counts as paid for: it was bought, or that is not known."""
    artifact: Mapped[str] = mapped_column(String(64), default="")
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    cause: Mapped[str] = mapped_column(String(16), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    worker: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    asked_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When the first intent was committed."""
    submitted_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    finished_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    told_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When its end was last announced; None: another call follows, or the job has ended."""
    noted: Mapped[bool] = mapped_column(default=True)
    """Whether the notes of its purchase may lie in the store."""
