"""The ledger: what is true about sessions, files and jobs."""

from web.accounts.models import (
    Invitation,
    Login,
    OneTimeToken,
    Org,
    OrgMember,
    Passkey,
    RecoveryCode,
    RefreshToken,
    TotpFactor,
    User,
    UserIdentity,
    UserKey,
    WrongCodes,
)
from web.analytics.models import DailyFigures
from web.audit.models import AuditEntry
from web.batches import owned as owned_batches  # noqa: F401  declares what an account has of them
from web.batches.models import Batch, BatchVideo
from web.billing import charging  # noqa: F401  declares what bills jobs
from web.billing.models import (
    Budget,
    Charge,
    ChargeLine,
    CreditAccount,
    Customer,
    Entry,
    Order,
    PriceVersion,
    Quote,
    StripeEvent,
    Transfer,
)
from web.db import schema  # noqa: F401  declares what versions the tables support
from web.dead_letters.models import DeadLetter
from web.events.models import LedgerEvent, Mark, OutboxEvent
from web.fingerprints.models import BlockedFile
from web.images import verdicts as item_verdicts  # noqa: F401  declares that items are examined
from web.images.models import ImageReview, LibraryCrop, LibraryItem
from web.jobs.idempotency import IdempotencyKey
from web.jobs.models import Job, JobFeedback, PlanRevision, StageRun
from web.notifications.models import MailChoice, QueuedMail
from web.projects import owned  # noqa: F401  declares what an account has of projects
from web.projects.models import (
    ChatMessage,
    GenerationJob,
    ProjectClip,
    StoryboardPanel,
    VideoPlanRevision,
    VideoProject,
)
from web.providers import pricing  # noqa: F401  declares what clips cost
from web.providers.models import Provider, ProviderCall, ProviderModel
from web.sessions import verdicts  # noqa: F401  declares that uploads are examined
from web.sessions.models import Output, Upload, UserSession
from web.storage.models import CacheBlob, CacheCount, CacheEntry
from web.trust import spoken  # noqa: F401  declares that recordings of consents are checked
from web.trust.models import Consent, ConsentUse, KnownVideo, Report
from web.webhooks.models import Webhook, WebhookDelivery

__all__ = [
    "AuditEntry",
    "Batch",
    "BatchVideo",
    "BlockedFile",
    "Budget",
    "CacheBlob",
    "CacheCount",
    "CacheEntry",
    "Charge",
    "ChargeLine",
    "ChatMessage",
    "Consent",
    "ConsentUse",
    "CreditAccount",
    "Customer",
    "DailyFigures",
    "DeadLetter",
    "Entry",
    "GenerationJob",
    "IdempotencyKey",
    "ImageReview",
    "Invitation",
    "Job",
    "JobFeedback",
    "KnownVideo",
    "LedgerEvent",
    "LibraryCrop",
    "LibraryItem",
    "Login",
    "MailChoice",
    "Mark",
    "OneTimeToken",
    "Order",
    "Org",
    "OrgMember",
    "OutboxEvent",
    "Output",
    "Passkey",
    "PlanRevision",
    "PriceVersion",
    "ProjectClip",
    "Provider",
    "ProviderCall",
    "ProviderModel",
    "QueuedMail",
    "Quote",
    "RecoveryCode",
    "RefreshToken",
    "Report",
    "StageRun",
    "StoryboardPanel",
    "StripeEvent",
    "TotpFactor",
    "Transfer",
    "Upload",
    "User",
    "UserIdentity",
    "UserKey",
    "UserSession",
    "VideoPlanRevision",
    "VideoProject",
    "Webhook",
    "WebhookDelivery",
    "WrongCodes",
]
