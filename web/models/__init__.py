"""The ledger: what is true about sessions, files and jobs."""

from web.models.cache import CacheBlob, CacheCount, CacheEntry
from web.models.dead_letter import DeadLetter
from web.models.event import LedgerEvent, Mark, OutboxEvent
from web.models.idempotency import IdempotencyKey
from web.models.job import Job, PlanRevision, StageRun
from web.models.session import Output, Upload, UserSession

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
