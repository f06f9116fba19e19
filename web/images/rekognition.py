"""Have Amazon Rekognition moderate pictures, a few at a time.

Credentials, region and address are those of boto3's own variables. An answer that does not come, or
is not understood, leaves the picture pending, and it is sent again later.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from config.store_keys import read_keys
from web.db.columns import now
from web.db.engine import writing
from web.images import moderation
from web.images.models import APPROVED, FLAGGED, REJECTED, ImageReview, LibraryItem
from web.images.moderation import Opinion
from web.services import Services

log = logging.getLogger(__name__)

PROVIDER: Final = "rekognition"
LEAST_CONFIDENCE: Final = 50.0
"""Labels below it are not asked for."""
REJECT_CONFIDENCE: Final = 90.0
REJECTED_CATEGORIES: Final = frozenset(
    {"Explicit", "Explicit Nudity", "Violence", "Visually Disturbing", "Hate Symbols"}
)
"""Categories of the highest level that are rejected if Rekognition is sure."""
HARMLESS_CATEGORIES: Final = frozenset(
    {"Swimwear or Underwear", "Drugs & Tobacco", "Tobacco", "Alcohol", "Gambling"}
)
_CLAIM: Final = timedelta(minutes=2)
"""Longer than an attempt; what a process was sending when it ended is due again after it."""
_LONGEST_PAUSE: Final = timedelta(hours=1)


class Rekognition:
    """Examines the pictures that are due."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._client: Any = None

    def turn(self) -> bool:
        """Examine the picture that has been due the longest; return whether there was one."""
        item = self._claim()
        if item is None:
            return False
        try:
            opinion = self._examine(item)
        except Exception as error:  # noqa: BLE001  whatever it is, the picture stays pending
            log.warning(
                "picture not moderated", extra={"item_id": item.id, "error": type(error).__name__}
            )
            _postpone(item.id)
            return True
        with writing() as db:
            moderation.apply(db, item.id, opinion)
        return True

    def _claim(self) -> LibraryItem | None:
        with writing() as db:
            due = select(ImageReview).where(
                ImageReview.due_at <= now(), ImageReview.provider == PROVIDER
            )
            due = due.order_by(ImageReview.due_at).limit(1).with_for_update(skip_locked=True)
            review = db.scalar(due)
            if review is None:
                return None
            review.due_at = now() + _CLAIM
            review.tries += 1
            return db.get_one(LibraryItem, review.item_id)

    def _examine(self, item: LibraryItem) -> Opinion:
        picture = b"".join(self._services.artifacts.read(item.preview))
        answer = self._connected().detect_moderation_labels(
            Image={"Bytes": picture}, MinConfidence=LEAST_CONFIDENCE
        )
        return opinion_of(answer)

    def _connected(self) -> Any:
        if self._client is None:
            import boto3
            from botocore.config import Config

            patience = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 2})
            keys = {name: key for name, key in read_keys().items() if name.startswith("aws_")}
            self._client = boto3.client(PROVIDER, config=patience, **keys)
        return self._client


def opinion_of(answer: Mapping[str, Any]) -> Opinion:
    """Return the opinion that follows from the labels of an answer.

    A label without a parent is a category of the highest level.
    """
    labels = answer["ModerationLabels"]
    top = {str(one["Name"]): float(one["Confidence"]) for one in labels if not one["ParentName"]}
    names = tuple(sorted({str(one["Name"])[:80] for one in labels}))[:20]
    worst = max(top.values(), default=0.0) / 100
    if any(
        name in REJECTED_CATEGORIES and confidence >= REJECT_CONFIDENCE
        for name, confidence in top.items()
    ):
        return Opinion(REJECTED, worst, names)
    return Opinion(FLAGGED if set(top) - HARMLESS_CATEGORIES else APPROVED, worst, names)


def _postpone(item_id: str) -> None:
    with writing() as db:
        review = db.get(ImageReview, item_id)
        if review is not None and review.decided_at is None:
            pause = timedelta(seconds=10 * 2 ** min(review.tries, 10))
            review.due_at = now() + min(pause, _LONGEST_PAUSE)
