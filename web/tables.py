"""The ledger: what is true about sessions, files and jobs."""

from web.dead_letters.models import DeadLetter
from web.events.models import LedgerEvent, Mark, OutboxEvent
from web.jobs.idempotency import IdempotencyKey
from web.jobs.models import Job, PlanRevision, StageRun
from web.sessions.models import Output, Upload, UserSession
from web.storage.models import CacheBlob, CacheCount, CacheEntry

__all__ = [
    "CacheBlob",
    "CacheCount",
    "CacheEntry",
    "DeadLetter",
    "IdempotencyKey",
    "Job",
    "LedgerEvent",
    "Mark",
    "OutboxEvent",
    "Output",
    "PlanRevision",
    "StageRun",
    "Upload",
    "UserSession",
]
