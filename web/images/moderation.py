"""Moderate the pictures of libraries: states, decisions and appeals.

    pending -> approved | flagged | rejected      by the provider
    pending, flagged, rejected <-> approved       by an operator, whose decision stands

A picture that no provider has examined stays pending: what is unknown is never approved. After an
operator's decision, verdicts that arrive late change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from tasks.domain.examination import Verdict
from tasks.domain.wire import Malformed
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import writing
from web.examinations import requests, subjects
from web.examinations.subjects import Subject, Subjects
from web.images import listing
from web.images.errors import AppealUsed, NotRejected
from web.images.models import APPROVED, FLAGGED, PENDING, REJECTED, ImageReview, LibraryItem
from web.services import Services

OFF: Final = "off"
LOCAL: Final = "local"
FLAG_AT: Final = 0.2
REJECT_AT: Final = 0.8
"""Below the first score, open_nsfw's authors call a picture safe; above the second, not safe."""
MOST_TRIES: Final = 5
"""A picture that ends workers is not sent to them for ever; then an operator decides."""
REASON: Final = "The picture seems to show what is not allowed here."
_PREFIX: Final = "image"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a provider thinks of a picture."""

    state: str
    score: float
    labels: tuple[str, ...] = ()


def begin(services: Services, item: LibraryItem) -> None:
    """Set the state of a new item; pictures wait for their moderation, if it is on."""
    policy = services.settings.moderation.policy
    if policy == OFF or item.kind != "face":
        item.moderation, item.review = APPROVED, None
        return
    item.moderation = PENDING
    item.review = ImageReview(provider=policy, labels=[], due_at=now())


def request(services: Services, item: LibraryItem) -> None:
    """Send a new picture to a worker; without one, the controller sends it later."""
    review = item.review
    if review is None or review.provider != LOCAL:
        return
    if requests.request(services, _subject(item)):
        with writing() as db:
            _count_request(db, item.id)


def apply(db: Session, item_id: str, opinion: Opinion) -> None:
    """Apply the opinion of a provider, unless the picture is decided or deleted."""
    item = db.get(LibraryItem, item_id)
    review = None if item is None else item.review
    if item is None or review is None or review.decided_at is not None:
        return
    review.score, review.labels = opinion.score, list(opinion.labels)
    review.due_at, review.decided_at = None, now()
    item.moderation = opinion.state
    review.queued_at = now() if opinion.state == FLAGGED else None
    review.reason = REASON if opinion.state == REJECTED else ""


def decide(actor: Actor, item_id: str, *, approve: bool, reason: str = "") -> LibraryItem:
    """Approve or reject a picture as an operator; this also answers an appeal."""
    with writing() as db:
        item = listing.find(db, "face", item_id)
        if item.review is None:
            item.review = ImageReview(item_id=item.id, provider=OFF, labels=[])
        review, before = item.review, item.moderation
        item.moderation = APPROVED if approve else REJECTED
        review.due_at = review.queued_at = None
        review.decided_at, review.decided_by = now(), actor.name
        review.reason = "" if approve else (reason or REASON)
        log.record(
            *(db, actor, "image.moderated", item.owner),
            item_id=item.id,
            before=before,
            after=item.moderation,
        )
        return item


def appeal(item_id: str, text: str) -> LibraryItem:
    """Put a rejected picture into the operators' queue; once for each picture."""
    with writing() as db:
        item = listing.find(db, "face", item_id)
        if item.moderation != REJECTED or item.review is None:
            raise NotRejected
        if item.review.appealed_at is not None:
            raise AppealUsed
        item.review.appeal, item.review.appealed_at = text, now()
        item.review.queued_at = now()
        return item


def queue(db: Session, *, limit: int, offset: int = 0) -> list[LibraryItem]:
    """List the pictures that wait for an operator, the longest waiting first."""
    query = (
        select(LibraryItem)
        .join(LibraryItem.review)
        .options(contains_eager(LibraryItem.review))
        .where(ImageReview.queued_at.is_not(None))
        .order_by(ImageReview.queued_at, ImageReview.item_id)
    )
    return list(db.scalars(query.offset(offset).limit(limit)))


def report(item: LibraryItem) -> dict[str, Any]:
    """Describe a picture and its review to operators."""
    review, entry = item.review, listing.entry(item)
    shared = ("id", "name", "moderation", "created_at", "signed_url", "signed_thumbnail_url")
    return {
        **{name: entry[name] for name in shared},
        "owner": item.owner,
        "public_id": item.public_id,
        "provider": review.provider if review else "",
        "score": review.score if review else None,
        "labels": review.labels if review else [],
        "queued_at": review.queued_at if review else None,
        "decided_at": review.decided_at if review else None,
        "decided_by": review.decided_by if review else "",
        "reason": review.reason if review else "",
        "appeal": review.appeal if review else None,
        "appealed_at": review.appealed_at if review else None,
    }


def of_score(score: float) -> Opinion:
    """Return the opinion that follows from the score of the local model.

    >>> [of_score(score).state for score in (0.1, 0.2, 0.8, 0.81)]
    ['approved', 'flagged', 'flagged', 'rejected']
    """
    if score > REJECT_AT:
        return Opinion(REJECTED, score)
    return Opinion(APPROVED if score < FLAG_AT else FLAGGED, score)


def _record(db: Session, item_id: str, verdict: Verdict) -> None:
    if verdict.score is None:
        if verdict.code:  # the worker could not examine it: an operator decides
            _leave_to_operator(db, item_id)
            return
        raise Malformed("a moderation without a score")
    if not 0 <= verdict.score <= 1:
        raise Malformed("a score out of range")
    apply(db, item_id, of_score(verdict.score))


def _pending(db: Session, before: datetime) -> Sequence[Subject]:
    """List the pictures that wait for a worker; after many tries, an operator decides."""
    waiting = (
        select(LibraryItem)
        .join(LibraryItem.review)
        .options(contains_eager(LibraryItem.review))
        .where(ImageReview.due_at < before, ImageReview.provider == LOCAL)
    )
    due = list(db.scalars(waiting.order_by(ImageReview.due_at).limit(100)))
    found = []
    for item in due:
        if item.review is not None and item.review.tries >= MOST_TRIES:
            _leave_to_operator(db, item.id)
        else:
            found.append(_subject(item))
    return found


def _leave_to_operator(db: Session, item_id: str) -> None:
    review = db.get(ImageReview, item_id)
    if review is not None and review.decided_at is None:
        review.due_at, review.queued_at = None, now()


def _count_request(db: Session, item_id: str) -> None:
    review = db.get(ImageReview, item_id)
    if review is not None:
        review.tries += 1


def _subject(item: LibraryItem) -> Subject:
    """The thumbnail suffices, because the models scale every picture to less."""
    return Subject(f"{_PREFIX}:{item.id}", "moderation", "", item.preview, is_required=True)


subjects.declare(_PREFIX, Subjects(_record, _pending, _count_request))
