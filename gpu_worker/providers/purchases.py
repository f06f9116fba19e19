"""Create a task at a provider, and never twice.

What is known of a purchase is noted in the artifact store, put-if-absent: `intent` before the
request, `outcome` right after its answer. A call that is delivered again finds one of three
things: nothing (nothing was asked, so it asks), an outcome (it reports that), or an intent alone.
Then the answer was lost: the provider is asked for its list where it has one, and otherwise the
purchase stays unknown. It counts as spent and is never repeated by itself.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict, dataclass, replace
from typing import Final

from config.provider_keys import ProviderKey
from gpu_worker.providers.answers import (
    Created,
    Frame,
    Frames,
    NoAnswer,
    NotSent,
    ProviderRefused,
)
from gpu_worker.providers.wire import UnknownWire, Wire, open_wire
from tasks.domain.artifact import Blob
from tasks.domain.hosted import Cause, Outcome, Purchase, Report
from tasks.nodes.key_limits import Limits, NoRoom
from tasks.store.artifacts import PURCHASE_NOTES, Artifacts

log = logging.getLogger(__name__)

INTENT, OUTCOME = PURCHASE_NOTES
_NO_KEYS_SECONDS: Final = 60.0
_BEGUN_SECONDS: Final = 5.0
"""When to look again at a purchase that another process has begun."""
_UNKNOWN: Final = (
    "The provider's answer was lost, so it is not known whether the clip was bought. "
    "An operator has to look."
)


@dataclass(frozen=True, slots=True)
class Purchases:
    """Creates the tasks of one worker process."""

    artifacts: Artifacts
    limits: Limits
    keys: tuple[ProviderKey, ...]

    def submit(self, purchase: Purchase) -> Report:
        """Create the task of a purchase, or report the outcome of an earlier attempt."""
        noted = self._noted(purchase, OUTCOME)
        if noted is not None:
            return Report.from_json(noted.decode())
        intent = self._noted(purchase, INTENT)
        if intent is not None:
            return self._conclude(
                purchase, self._look_up(purchase, self._key_of(intent, purchase.remote.provider))
            )
        return self._withdraw(purchase) if purchase.withdrawn else self._buy(purchase)

    def _withdraw(self, purchase: Purchase) -> Report:
        """Take the place of an intent, so that a message that is late buys nothing."""
        if not self._note(purchase, INTENT, b"{}"):
            return Report(
                purchase.call_id, Outcome.BUSY, purchase.attempt, retry_after=_BEGUN_SECONDS
            )
        report = Report(
            purchase.call_id, Outcome.REFUSED, purchase.attempt, cause=Cause.CANCELLED.value
        )
        return self._conclude(purchase, report)

    def _buy(self, purchase: Purchase) -> Report:
        if not purchase.order.prompt.strip():  # some providers bill an empty one
            why = "The prompt is empty."
            return Report(
                purchase.call_id,
                Outcome.REFUSED,
                purchase.attempt,
                cause=Cause.INPUT.value,
                message=why,
            )
        ring = [key for key in self.keys if key.provider == purchase.remote.provider]
        # Only the account that has a draft can go on with it.
        ring = [key for key in ring if key.label == purchase.order.draft_key] or ring
        report = Report(purchase.call_id, Outcome.BUSY, purchase.attempt)
        if not ring:
            why = "This worker has no key of the provider."
            return replace(report, cause=Cause.KEY, message=why, retry_after=_NO_KEYS_SECONDS)
        key = self.limits.take(purchase.remote, ring, purchase.call_id)
        if isinstance(key, NoRoom):
            cause = Cause.KEY if key.refused else Cause.LIMIT
            return replace(report, cause=cause, retry_after=key.seconds)
        frames = self._frames(purchase)  # before the intent: the store may be down
        wire = self._wire(purchase, key)
        if wire is None:
            self.limits.release(key.provider, key.label, purchase.call_id)
            why = "This worker does not know the wire of the provider."
            return replace(report, message=why, retry_after=_NO_KEYS_SECONDS)
        intent = json.dumps({"key": key.label, "at": time.time()}).encode()
        if not self._note(purchase, INTENT, intent):
            self.limits.release(key.provider, key.label, purchase.call_id)
            return replace(report, retry_after=_BEGUN_SECONDS)  # another process has begun it
        return self._conclude(purchase, self._ask(purchase, wire, key, frames))

    def _ask(self, purchase: Purchase, wire: Wire, key: ProviderKey, frames: Frames) -> Report:
        try:
            created = wire.submit(purchase.call_id, purchase.order, frames)
        except ProviderRefused as refused:
            return self._refused(purchase, key, refused)
        except NotSent as error:
            return self._report(
                purchase, Outcome.REFUSED, key, cause=Cause.SERVER, message=str(error)
            )
        except NoAnswer as error:
            what = {"provider": key.provider, "key": key.label, "reason": str(error)}
            log.warning("answer of a purchase lost", extra=what)
            return self._look_up(purchase, key)
        return self._created(purchase, key, created)

    def _look_up(self, purchase: Purchase, key: ProviderKey | None) -> Report:
        """Find the task of a purchase whose answer was lost, where the provider has a list."""
        wire = None if key is None else self._wire(purchase, key)
        found = None
        if wire is not None and wire.can_find:
            try:
                found = wire.find(purchase)
            except (ProviderRefused, NotSent, NoAnswer) as error:
                log.warning("purchase not looked up", extra={"reason": str(error)})
        if found is None or key is None:
            return self._report(
                purchase, Outcome.UNKNOWN, key, cause=Cause.UNKNOWN, message=_UNKNOWN
            )
        return self._created(purchase, key, found)

    def _created(self, purchase: Purchase, key: ProviderKey, created: Created) -> Report:
        report = self._report(purchase, Outcome.SUBMITTED, key)
        return replace(
            report, task_id=created.task_id, manifest=created.manifest, cost=created.cost
        )

    def _refused(self, purchase: Purchase, key: ProviderKey, refused: ProviderRefused) -> Report:
        after = refused.retry_after
        if refused.cause is Cause.LIMIT:
            after = self.limits.rest(key, after, purchase.call_id)
        elif refused.cause is Cause.KEY:
            self.limits.refuse(key, refused.said, purchase.call_id)
            what = {"provider": key.provider, "key": key.label, "status": refused.status}
            log.error("key of a provider refused", extra=what)
        report = self._report(
            purchase, Outcome.REFUSED, key, cause=refused.cause, message=refused.said
        )
        return replace(report, retry_after=after)

    def _conclude(self, purchase: Purchase, report: Report) -> Report:
        """Note the outcome at once, and free the room of a key that it does not use."""
        if report.outcome != Outcome.SUBMITTED and report.key:
            self.limits.release(purchase.remote.provider, report.key, purchase.call_id)
        told = {name: value for name, value in asdict(report).items() if value is not None}
        if not self._note(purchase, OUTCOME, json.dumps(told).encode()):
            first = self._noted(purchase, OUTCOME)
            return report if first is None else Report.from_json(first.decode())
        return report

    def _report(
        self,
        purchase: Purchase,
        outcome: Outcome,
        key: ProviderKey | None,
        *,
        cause: str = "",
        message: str = "",
    ) -> Report:
        label = "" if key is None else key.label
        return Report(
            purchase.call_id,
            outcome,
            purchase.attempt,
            key=label,
            cause=cause,
            message=message,
        )

    def _wire(self, purchase: Purchase, key: ProviderKey) -> Wire | None:
        try:
            return open_wire(purchase.remote, key)
        except UnknownWire:
            return None

    def _key_of(self, intent: bytes, provider: str) -> ProviderKey | None:
        label = json.loads(intent).get("key")  # none if it was withdrawn
        return next((k for k in self.keys if (k.provider, k.label) == (provider, label)), None)

    def _frames(self, purchase: Purchase) -> Frames:
        order = purchase.order
        return Frames(self._frame(order.first_frame), self._frame(order.last_frame))

    def _frame(self, blob: Blob | None) -> Frame | None:
        if blob is None:
            return None
        return Frame(b"".join(self.artifacts.read(blob)), blob.media_type)

    def _noted(self, purchase: Purchase, name: str) -> bytes | None:
        return self.artifacts.purchase_note(purchase.job_id, _place(purchase), name)

    def _note(self, purchase: Purchase, name: str, note: bytes) -> bool:
        return self.artifacts.note_purchase(purchase.job_id, _place(purchase), name, note)


def _place(purchase: Purchase) -> str:
    return f"{purchase.call_id}/{purchase.attempt}"
