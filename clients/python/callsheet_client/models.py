# Generated from the OpenAPI document by `make clients`; do not edit.
"""The objects of requests and answers, as typed dictionaries."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

ErrorCode: TypeAlias = (
    Literal[
        "ACCOUNTS_OFF",
        "ACCOUNT_LINK_INVALID",
        "ACCOUNT_SUSPENDED",
        "ACCOUNT_UNVERIFIED",
        "ADMINS_ONLY",
        "ANALYSIS_UNREADABLE",
        "API_KEYS_LIMIT",
        "API_KEY_EXPIRED",
        "API_KEY_NOT_ALLOWED",
        "API_KEY_NOT_FOUND",
        "API_KEY_UNKNOWN",
        "APPEAL_USED",
        "BAD_REQUEST",
        "BATCH_NOT_FOUND",
        "BATCH_STATE",
        "BILLING_OFF",
        "BUDGET_NOT_FOUND",
        "BUDGET_REACHED",
        "CALL_NOT_FOUND",
        "CANCELLED",
        "CHAT_FULL",
        "CHECKSUM_MISMATCH",
        "CLIP_MARKED",
        "CONSENT_NOT_FOUND",
        "CONSENT_NOT_VALID",
        "CONSENT_REQUIRED",
        "CONSENT_WITHDRAWN",
        "CREDITS_NEEDED",
        "DAILY_LIMIT_REACHED",
        "DEAD_LETTER_INCOMPLETE",
        "DEAD_LETTER_NOT_FOUND",
        "EMAIL_NOT_VERIFIED",
        "ENGINE_BROKEN",
        "ENGINE_UNAVAILABLE",
        "EVENTS_GONE",
        "FACE_COVERED",
        "FACE_MISSING",
        "FACE_REFUSED",
        "FACE_TOO_SMALL",
        "FACE_TURNED_AWAY",
        "FILE_NOT_FOUND",
        "FILE_VALIDATION_FAILED",
        "FRESH_SIGN_IN_REQUIRED",
        "HEALTH_CHECK_FAILED",
        "IDEMPOTENCY_KEY_IN_USE",
        "IDEMPOTENCY_KEY_REUSED",
        "IDENTITY_EMAIL_UNVERIFIED",
        "IDENTITY_NOT_FOUND",
        "IDENTITY_PROVIDER_UNAVAILABLE",
        "IDENTITY_REFUSED",
        "IMAGE_IN_USE",
        "IMAGE_NOT_APPROVED",
        "IMAGE_NOT_FOUND",
        "IMAGE_NOT_REJECTED",
        "IMAGE_REJECTED",
        "INPUT_REFUSED",
        "INTERNAL_ERROR",
        "INVITATION_INVALID",
        "INVITATION_NOT_FOUND",
        "JOB_FILES_DELETED",
        "JOB_KIND_MISMATCH",
        "JOB_LOST",
        "JOB_NOT_FOUND",
        "JOB_OPEN",
        "JOB_RUNNING",
        "JOB_SUCCEEDED",
        "LAST_WAY_IN",
        "LICENCE_NON_COMMERCIAL",
        "LINK_INVALID",
        "LOGIN_BUSY",
        "LOGIN_FAILED",
        "LOGIN_NOT_FOUND",
        "LOGIN_REQUIRED",
        "MANIFEST_INVALID",
        "METHOD_NOT_ALLOWED",
        "MODEL_CLOSED",
        "MODEL_NOT_FOUND",
        "MODERATION_REFUSED",
        "NOTHING_BOUGHT",
        "NOT_FOUND",
        "NOT_READY",
        "NO_FACE",
        "NO_MODEL_FITS",
        "OPERATORS_ONLY",
        "OPERATOR_LINK_EXPIRED",
        "ORIGIN_NOT_ALLOWED",
        "OWNER_ONLY",
        "OWN_ACCOUNT",
        "PACK_NOT_FOUND",
        "PASSKEYS_LIMIT",
        "PASSKEYS_OFF",
        "PASSKEY_KNOWN",
        "PASSKEY_NOT_FOUND",
        "PASSKEY_REFUSED",
        "PASSKEY_SUSPECTED",
        "PASSWORD_SIGN_IN_REQUIRED",
        "PAYMENTS_OFF",
        "PLAN_CHANGED",
        "PLAN_INVALID",
        "PLAN_MISSING",
        "PRECONDITION_FAILED",
        "PREVIEW_FAILED",
        "PREVIEW_NOT_FOUND",
        "PROJECT_EXPIRED",
        "PROJECT_LIMIT",
        "PROJECT_NOT_FOUND",
        "PROJECT_STATE",
        "PROVIDER_FAILED",
        "PROVIDER_UNAVAILABLE",
        "PROVIDER_UNKNOWN",
        "PURCHASE_UNKNOWN",
        "QUOTA_EXCEEDED",
        "QUOTE_EXPIRED",
        "QUOTE_MISMATCH",
        "QUOTE_NOT_FOUND",
        "RANGE_NOT_SATISFIABLE",
        "RATE_LIMITED",
        "RECEIPT_NOT_FOUND",
        "REFRESH_CONFLICT",
        "REFRESH_TOKEN_INVALID",
        "REGISTRATION_CLOSED",
        "REPORT_DECIDED",
        "REPORT_NOT_FOUND",
        "REQUEST_INCOMPLETE",
        "REQUEST_TOO_LARGE",
        "RESULT_REFUSED",
        "REVISION_NOT_FOUND",
        "SAMPLE_CODEC",
        "SAMPLE_FORMAT",
        "SAMPLE_HDR",
        "SAMPLE_MISSING",
        "SAMPLE_REFUSED",
        "SAMPLE_STILL",
        "SAMPLE_STREAMS",
        "SAMPLE_TOO_FAST",
        "SAMPLE_TOO_LARGE",
        "SAMPLE_TOO_LONG",
        "SAMPLE_TOO_SHORT",
        "SAMPLE_UNREADABLE",
        "SAMPLE_WITHOUT_PICTURE",
        "SCAN_UNAVAILABLE",
        "SCOPE_MISSING",
        "SCRIPT_REFUSED",
        "SECOND_FACTOR_INVALID",
        "SECOND_FACTOR_NEEDED",
        "SERVER_FULL",
        "SESSION_EXPIRED",
        "SESSION_LIMIT",
        "SESSION_NOT_FOUND",
        "SESSION_REQUIRED",
        "SEVERAL_FACES",
        "STAGE_FAILED",
        "STAGE_OUT_OF_MEMORY",
        "STAGE_TIMED_OUT",
        "STORAGE_FULL",
        "STORE_UNAVAILABLE",
        "STORYBOARD_OPEN",
        "STRIPE_SIGNATURE_INVALID",
        "STRIPE_UNAVAILABLE",
        "TICKET_INVALID",
        "TOKEN_EXPIRED",
        "TOKEN_INVALID",
        "TOO_MANY_CLIENTS",
        "TOO_MANY_CODES",
        "TOO_MANY_CONNECTIONS",
        "TOO_MANY_REQUESTS",
        "TOTP_ACTIVE",
        "TOTP_NOT_SET_UP",
        "TUS_VERSION_UNSUPPORTED",
        "UNSUPPORTED_MEDIA_TYPE",
        "UPLOADS_PENDING",
        "UPLOAD_EXPIRED",
        "UPLOAD_LOCKED",
        "UPLOAD_NOT_ACCEPTED",
        "UPLOAD_NOT_FOUND",
        "UPLOAD_OFFSET_MISMATCH",
        "USER_EXISTS",
        "USER_MISMATCH",
        "USER_NOT_FOUND",
        "VALIDATION_FAILED",
        "VIDEO_MISSING",
        "VOICE_IN_USE",
        "VOICE_NOT_FOUND",
        "VOICE_REFUSED",
        "VOICE_SAMPLE_NOT_FOUND",
        "WEBHOOKS_LIMIT",
        "WEBHOOK_DELIVERY_NOT_FOUND",
        "WEBHOOK_DISABLED",
        "WEBHOOK_NOT_FOUND",
        "WEBHOOK_URL_REFUSED",
        "WEBSOCKET_REQUIRED",
        "WORKER_NOT_FOUND",
    ]
    | str
)
"""The codes of this version. Newer servers have more, so any text is one."""


class Account(TypedDict):
    user_id: str
    email: str
    role: Literal["user", "operator", "admin"]
    plan: Literal["free", "premium"]
    org_id: str
    """The personal organisation."""
    verified: bool
    """Whether the mail address is verified."""
    has_password: bool
    created_at: str


class AccountCapabilities(TypedDict):
    mode: str
    """`off`, `optional` or `required`."""
    registration: str
    """`open`, `invite` or `closed`."""
    verification: bool
    """Whether mail addresses are verified; else no mail is sent."""
    providers: list[str]
    """Identity providers that are set up: `google`, `github`, `oidc`."""
    passkey_origins: list[str]
    """Origins of the pages that may use passkeys; empty without any."""


class AccountCode(TypedDict):
    current_password: NotRequired[str]
    """Required for accounts with a password."""
    code: str
    """Of the authenticator app, or a recovery code."""


class AccountProof(TypedDict):
    current_password: NotRequired[str]
    """Required for accounts with a password."""
    code: NotRequired[str]
    """Required for accounts with an authenticator app."""


class AccountRegistered(TypedDict):
    email: str
    verification: Literal["off", "sent"]
    """`sent`: a link was sent to the address."""


class ActiveSession(TypedDict):
    session_id: str
    user_id: str
    created_at: str
    seen_at: str
    storage_bytes: int
    working: bool
    """Whether it has open jobs."""


class ActiveSessions(TypedDict):
    active_sessions: int
    max_sessions: int
    system_healthy: bool
    sessions: list[ActiveSession]


class AddPasskey(TypedDict):
    name: NotRequired[str]
    """What its owner calls it; browser and system by default."""
    credential: CreatedPasskeyCredential


class AddedPasskey(TypedDict):
    passkey: OnePasskey
    recovery_codes: list[str]
    """Shown once, with the first second factor; else empty."""


class AllJobs(TypedDict):
    jobs: list[ListedJob]
    next_cursor: str | None
    """Send it as `cursor` for the next page; null on the last one."""


class AnalysisStarted(TypedDict):
    job_id: NotRequired[str]
    status: NotRequired[str]
    events: NotRequired[str]
    """A signed link to its events."""


class Analytics(TypedDict):
    jobs: JobCounts
    video_seconds: DurationQuantiles
    """From the request to the video."""
    wait_seconds: DurationQuantiles
    """From the request to the dispatch."""
    estimates: EstimateCounts
    cost: VideoCost
    credits: VideoCredits
    since: str
    until: str
    computed_at: str | None
    """The controller computes today's figures every minute."""
    people: PeopleCounts
    stages: list[StageDurations]
    failures: list[FailureCount]
    requests: list[RouteLatency]
    """The routes that are used most."""
    feedback: FeedbackSummary
    days: list[AnalyticsDay]


class AnalyticsDay(TypedDict):
    jobs: JobCounts
    video_seconds: DurationQuantiles
    """From the request to the video."""
    wait_seconds: DurationQuantiles
    """From the request to the dispatch."""
    estimates: EstimateCounts
    cost: VideoCost
    credits: VideoCredits
    day: str
    people: int
    requests: RequestDurations
    score: float | None
    """The mean of the scores."""
    ratings: int


class ApiKey(TypedDict):
    id: str
    name: str
    prefix: str
    """The first characters of the key."""
    scopes: list[Literal["jobs:read", "jobs:write", "images", "projects", "billing", "webhooks"]]
    created_at: str
    expires_at: str | None
    expired: bool
    last_used_at: str | None
    """To the minute."""
    last_used_from: str | None
    """A pseudonym of the address, to tell addresses apart."""
    daily_jobs: int | None
    jobs_today: int
    previous_valid_until: str | None
    """Until when the key before the last rotation is valid."""


class ApiKeyWithText(TypedDict):
    id: str
    name: str
    prefix: str
    """The first characters of the key."""
    scopes: list[Literal["jobs:read", "jobs:write", "images", "projects", "billing", "webhooks"]]
    created_at: str
    expires_at: str | None
    expired: bool
    last_used_at: str | None
    """To the minute."""
    last_used_from: str | None
    """A pseudonym of the address, to tell addresses apart."""
    daily_jobs: int | None
    jobs_today: int
    previous_valid_until: str | None
    """Until when the key before the last rotation is valid."""
    key: str


class ApiKeys(TypedDict):
    keys: list[ApiKey]


class AppealImage(TypedDict):
    text: str


class ApproveDrafts(TypedDict):
    scenes: NotRequired[list[str]]
    """Ids of scenes of the latest plan; empty: all of them."""
    approved: NotRequired[bool]
    """False takes an approval back."""


class AuditEntry(TypedDict):
    id: int
    at: str
    actor: str
    action: str
    target: str
    address: str
    request_id: str
    details: dict[str, Any]


class AuditPage(TypedDict):
    entries: list[AuditEntry]


class BackTest(TypedDict):
    what: str
    """`job` or a stage."""
    engine: str
    runs: int
    within_likely: float | None
    """Share at or below the median estimate; ideally 0.5."""
    within_high: float | None
    """Share at or below the 90th percentile estimate; ideally 0.9."""
    above_low: float | None


class BackTests(TypedDict):
    estimates: list[BackTest]


class Batch(TypedDict):
    id: str
    name: str
    template: str
    state: Literal["quoted", "running", "paused", "done", "cancelled"]
    problem: dict[str, Any] | None
    """Why it waits or is paused."""
    quote_id: str
    dollars: float
    credits: float
    max_credits: float
    charged_credits: float
    """What was charged, and is held, so far."""
    counts: dict[str, Any]
    """How many videos by state."""
    videos: list[VideoOfBatch]
    created_at: str
    finished_at: str | None


class Batches(TypedDict):
    batches: list[Batch]
    next_cursor: str | None


class BillingCapabilities(TypedDict):
    credits: bool
    """Whether a start needs credits."""
    reused_steps: str
    """What stored results cost: `free` or `charged`."""


class Budget(TypedDict):
    id: str
    key_id: str | None
    project_id: str | None
    period: Literal["day", "month"]
    credits: float
    used: float
    """Used and held."""
    resets_at: str
    warned: bool
    """Whether 80 % were reached in this period."""


class Budgets(TypedDict):
    budgets: list[Budget]


class CacheFigures(TypedDict):
    policy: str
    limit_bytes: int
    limit_hours: float
    stages: list[CacheOfStage]
    total: CacheTotal


class CacheOfStage(TypedDict):
    entries: int
    bytes: int
    evictable_entries: int
    """Entries that no job uses any more."""
    evictable_bytes: int
    hits: int
    misses: int
    bytes_found: int
    seconds_saved: float
    """Estimated computing time saved."""
    evictions: int
    bytes_evicted: int
    stage: str


class CacheTotal(TypedDict):
    entries: int
    bytes: int
    evictable_entries: int
    """Entries that no job uses any more."""
    evictable_bytes: int
    hits: int
    misses: int
    bytes_found: int
    seconds_saved: float
    """Estimated computing time saved."""
    evictions: int
    bytes_evicted: int


class CacheUse(TypedDict):
    found: int
    computed: int
    seconds_saved: float
    """Estimated computing time saved."""
    entries: int
    bytes: int


class Call(TypedDict):
    id: str
    job_id: str
    provider: str
    model_id: str
    why: str
    state: Literal[
        "queued",
        "submitting",
        "waiting",
        "ready",
        "finishing",
        "done",
        "failed",
        "unknown",
        "cancelled",
    ]
    attempt: int
    task_id: str
    key: str
    """The label of the key."""
    spent: bool
    """Whether it counts as paid for."""
    dollars: float
    told_dollars: float | None
    """As the provider has said."""
    cause: str
    message: str
    prompt: str
    created_at: str
    asked_at: str | None
    submitted_at: str | None
    finished_at: str | None


class Calls(TypedDict):
    calls: list[Call]


class CancelRequested(TypedDict):
    jobs: list[str]


class CancelSearch(TypedDict):
    session_id: NotRequired[str]
    """Only jobs of this session."""
    state: NotRequired[Literal["queued", "running"]]
    """Only jobs in this state."""


class Capabilities(TypedDict):
    current_mode: str
    """The mode of jobs that do not name one."""
    default_mode: str
    """Same as `current_mode` (former name)."""
    production_readiness: ProductionReadiness
    time_estimates: dict[str, float]
    """Expected seconds of one step by stage, in this mode, and their `total`."""
    modes: dict[str, bool]
    """Whether a job in this mode could run now."""
    environments: list[EnvironmentCapability]
    stages: list[StageCapability]
    accounts: AccountCapabilities
    billing: BillingCapabilities
    live: LiveCapabilities


class ChangeAccount(TypedDict):
    email: str
    current_password: str


class ChangePassword(TypedDict):
    current_password: str
    password: str


class ChangeProject(TypedDict):
    name: NotRequired[str]
    max_seconds: NotRequired[float]
    language: NotRequired[str]


class ChangeRecording(TypedDict):
    start: NotRequired[float]
    """Keep the recording from this second on."""
    end: NotRequired[float]
    """Keep the recording up to this second."""
    name: NotRequired[str]


class ChangeTitle(TypedDict):
    title: str


class ChangeUser(TypedDict):
    role: NotRequired[Literal["user", "operator", "admin"]]
    plan: NotRequired[Literal["free", "premium"]]


class ChangeWebhook(TypedDict):
    url: NotRequired[str]
    events: NotRequired[
        list[
            Literal[
                "upload_success",
                "upload_examined",
                "processing_started",
                "stage_completed",
                "stage_failed",
                "plan_revised",
                "consent_withdrawn",
                "pipeline_completed",
                "pipeline_failed",
                "pipeline_cancelled",
                "attempt.recovered",
            ]
        ]
    ]
    """Types of events; pipeline_completed, pipeline_failed, pipeline_cancelled by default."""
    description: NotRequired[str]
    enabled: NotRequired[bool]
    """`true` also enables what was disabled by failures."""


class Chat(TypedDict):
    messages: NotRequired[list[ChatReport]]


class ChatAnswer(TypedDict):
    answer: NotRequired[ChatReport]
    plan_revision: NotRequired[int]
    changed: NotRequired[bool]
    plan: NotRequired[dict[str, Any]]


class ChatReport(TypedDict):
    id: NotRequired[int]
    role: NotRequired[str]
    text: NotRequired[str]
    patch: NotRequired[list[dict[str, Any]] | None]
    revision: NotRequired[int | None]
    degraded: NotRequired[list[dict[str, Any]]]
    created_at: NotRequired[str]


class CheckoutPage(TypedDict):
    order_id: str
    url: str


class CleanupRequest(TypedDict):
    session_id: NotRequired[str]
    emergency: NotRequired[bool]


class CleanupResult(TypedDict):
    priority: str
    space_freed_mb: float
    seconds: float
    storage_usage_percent: float


class ConfirmDeletion(TypedDict):
    current_password: NotRequired[str]
    """Required for accounts with a password."""


class ConsentPage(TypedDict):
    consents: list[ConsentRecord]
    next_cursor: str | None


class ConsentRecord(TypedDict):
    id: str
    subject: str
    statement: str
    uses: list[str]
    shown: str
    """`stated` if the start of a job stated it."""
    has_evidence: bool
    check: SpokenCheck | None
    """Only of `spoken` consents."""
    valid: bool
    """Whether new jobs may use it."""
    used: ConsentUsed
    created_at: str
    expires_at: str | None
    revoked_at: str | None


class ConsentStatement(TypedDict):
    subject: str
    """The person shown or heard."""
    statement: str
    """What the person agreed to."""


class ConsentUsed(TypedDict):
    jobs: int
    """All that began with it."""
    open_jobs: int
    """Those under way; a revocation ends them."""
    videos: int
    """Finished ones that can be opened; a revocation blocks them."""


class CostItem(TypedDict):
    stage: str
    engine: str
    unit: str
    """`character`, `second`, `token` or `hour`."""
    quantity: float
    amount: float


class CreateApiKey(TypedDict):
    name: str
    scopes: list[Literal["jobs:read", "jobs:write", "images", "projects", "billing", "webhooks"]]
    """What the key may do."""
    expires_at: NotRequired[str]
    """Without it, the key does not expire."""
    daily_jobs: NotRequired[int]
    """How many jobs the key may start in a day (UTC)."""


class CreateBatch(TypedDict):
    template: str
    """The project whose plan has the places, such as `{{product}}`."""
    name: NotRequired[str]
    videos: NotRequired[list[NewVideo]]
    csv: NotRequired[str]


class CreateConsent(TypedDict):
    subject: str
    """The person shown or heard."""
    statement: str
    """What the person agreed to, and what for."""
    uses: NotRequired[list[Literal["face", "voice"]]]
    shown: NotRequired[Literal["checkbox", "spoken", "document"]]
    """How the person has shown it. `spoken` and `document` need `evidence_upload_id`."""
    evidence_upload_id: NotRequired[str]
    """An upload of yours: the recording of the spoken sentence, or a picture of the signed
    document."""
    expires_at: NotRequired[str]


class CreateInvitation(TypedDict):
    email: NotRequired[str]
    """The only address that may use it. Default: any."""
    role: NotRequired[Literal["user", "operator", "admin"]]


class CreateProject(TypedDict):
    name: str
    aspect_ratio: NotRequired[Literal["9:16"]]
    max_seconds: NotRequired[float]
    """The video is shorter than this."""
    language: NotRequired[str]


class CreateSession(TypedDict):
    user_id: NotRequired[str]
    """A name for the user in lists. Required without an account; with one, the account's id
    by default."""


class CreateTicket(TypedDict):
    session_id: NotRequired[str]
    job_id: NotRequired[str]


class CreateWebhook(TypedDict):
    url: str
    """`https://...`"""
    events: NotRequired[
        list[
            Literal[
                "upload_success",
                "upload_examined",
                "processing_started",
                "stage_completed",
                "stage_failed",
                "plan_revised",
                "consent_withdrawn",
                "pipeline_completed",
                "pipeline_failed",
                "pipeline_cancelled",
                "attempt.recovered",
            ]
        ]
    ]
    """Types of events; pipeline_completed, pipeline_failed, pipeline_cancelled by default."""
    description: NotRequired[str]


class CreatedPasskeyCredential(TypedDict):
    id: str
    rawId: str
    type: Literal["public-key"]
    response: PasskeyAttestation


class CreditEstimate(TypedDict):
    items: list[PriceItem]
    p50: float
    """The median."""
    p90: float
    """The upper end: what a start holds."""
    price_version: int
    quote_id: str | None
    """Send it with the start within 15 minutes to keep this price."""
    expires_at: str | None
    available: float | None
    job: JobEstimate


class CreditTransaction(TypedDict):
    id: str
    kind: str
    """`grant`, `purchase`, `refund`, `adjustment`, `hold`, `charge` or `release`. A charge
    also releases what is left of the hold."""
    credits: float
    """What the balance changes by."""
    held: float
    """What `held` changes by."""
    job_id: str | None
    run: int | None
    note: str
    created_at: str


class CreditTransactions(TypedDict):
    transactions: list[CreditTransaction]
    next_cursor: str | None


class CreditUsage(TypedDict):
    group_by: Literal["day", "engine", "key", "project"]
    credits: float
    rows: list[CreditUsageRow]


class CreditUsageRow(TypedDict):
    group: str
    """A day, an engine, the id of a key (empty: signed in), or that of a project (empty: of
    none)."""
    jobs: int
    credits: float
    computed: int
    """Computed steps."""
    reused: int
    failed: int


class Credits(TypedDict):
    balance: float
    held: float
    """Held for jobs that have not ended."""
    available: float
    """`balance` less `held`."""


class DeadLetter(TypedDict):
    id: int
    kind: Literal["message", "event", "decision", "outbox", "copy", "duty", "request"]
    reference: str
    """Identifies the message, event, row or duty."""
    job_id: str | None
    error: str
    """The class of the error."""
    reason: str
    count: int
    """How many times it failed."""
    state: Literal["dead", "retrying", "resolved"]
    payload_complete: bool
    created_at: str
    last_tried_at: str


class DeadLetterDetails(TypedDict):
    id: int
    kind: Literal["message", "event", "decision", "outbox", "copy", "duty", "request"]
    reference: str
    """Identifies the message, event, row or duty."""
    job_id: str | None
    error: str
    """The class of the error."""
    reason: str
    count: int
    """How many times it failed."""
    state: Literal["dead", "retrying", "resolved"]
    payload_complete: bool
    created_at: str
    last_tried_at: str
    payload: str


class DeadLetterPage(TypedDict):
    dead_letters: list[DeadLetter]
    next_cursor: int | None
    dropped: int
    """Unresolved letters that were dropped since installation, because 1,000 newer ones of
    their kind came; of `kind`, or of all kinds."""


class DeliveryAttempt(TypedDict):
    at: str
    seconds: float
    status: int | None
    answer: str
    """The first KB of the answer's body."""
    error: str
    """Why there was no answer."""


class DurationQuantiles(TypedDict):
    p50: float | None
    p90: float | None
    p99: float | None
    mean: float | None


class EngineCapability(TypedDict):
    name: str
    available: bool
    offers: list[EngineNow]


class EngineChoice(TypedDict):
    name: str
    version: NotRequired[str]
    """For operators."""
    kind: str
    environment: str
    licence: str
    commercial_use: bool
    quality: str
    """`production`, `production on a CPU` or `placeholder`."""
    seconds: float
    """Expected duration of a step, measured from history if there is any."""


class EngineNow(TypedDict):
    worker: NotRequired[str]
    """For operators."""
    environment: str
    version: NotRequired[str]
    """For operators."""
    kind: str
    """`real`, `lite` or `simulated`."""
    ok: bool
    why: NotRequired[str]
    """For operators: why the engine cannot run there; empty if it can."""
    remedy: NotRequired[str]
    """For operators."""
    licence: str
    commercial_use: bool
    languages: list[str]
    """Empty: all languages."""
    voice_match: str


class EngineWork(TypedDict):
    stage: str
    engine: str
    computed: int
    found: int
    """Results reused from the cache."""
    p50_seconds: float | None
    p90_seconds: float | None


class EnvironmentCapability(TypedDict):
    name: str
    stages: list[str]
    carries: str
    found: bool
    """Whether it has a live worker or is installed on this machine."""
    here: NotRequired[str]
    """For operators: `chosen`, `built` or `conda`; empty if not installed on this machine."""
    worker_count: int
    """Number of live workers."""
    workers: NotRequired[list[str]]
    """For operators: names of the live workers."""


class EnvironmentLoad(TypedDict):
    environment: str
    waiting: int
    """Steps in the queue."""
    running: int
    """Steps running on workers that are not draining."""
    in_line: int
    """Waiting jobs that need this environment."""
    workers: int
    """Workers that accept tasks."""
    wanted: int
    """Number of workers needed for this load."""


class EstimateCounts(TypedDict):
    people: int
    started: int
    conversion: float | None
    """Share of the people with an estimate who started a job."""


class EstimateJob(TypedDict):
    prompt: NotRequired[str]
    """What the clip shows. Only with `pipeline: "clip"`."""
    negative_prompt: NotRequired[str]
    """What it must not show, where the model takes that. Only with `pipeline: "clip"`."""
    duration: NotRequired[float]
    """Seconds; the model's next longer clip is made. Only with `pipeline: "clip"`."""
    ratio: NotRequired[Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"]]
    """Width to height. Only with `pipeline: "clip"`."""
    resolution: NotRequired[Literal["360p", "480p", "720p", "1080p", "4k"]]
    """The model's own default if it is left out. Only with `pipeline: "clip"`."""
    audio: NotRequired[bool]
    """Ask for sound. Only with `pipeline: "clip"`."""
    first_frame: NotRequired[str]
    """The `upload_id` of a picture, or a picture of `GET /api/images`, that the clip begins
    with. Only with `pipeline: "clip"`."""
    speech: NotRequired[str]
    """What the person in `first_frame` says to the camera, by a model that takes `speech`;
    the clip is as long as that takes, or longer. Only with `pipeline: "clip"`."""
    speech_language: NotRequired[str]
    """The language of `speech`; English if it is left out. Only with `pipeline: "clip"`."""
    speech_voice: NotRequired[
        Literal[
            "af_heart",
            "af_alloy",
            "af_aoede",
            "af_bella",
            "af_jessica",
            "af_kore",
            "af_nicole",
            "af_nova",
            "af_river",
            "af_sarah",
            "af_sky",
            "am_adam",
            "am_echo",
            "am_eric",
            "am_fenrir",
            "am_liam",
            "am_michael",
            "am_onyx",
            "am_puck",
            "am_santa",
            "bf_alice",
            "bf_emma",
            "bf_isabella",
            "bf_lily",
            "bm_daniel",
            "bm_fable",
            "bm_george",
            "bm_lewis",
            "ef_dora",
            "em_alex",
            "em_santa",
            "ff_siwis",
            "hf_alpha",
            "hf_beta",
            "hm_omega",
            "hm_psi",
            "if_sara",
            "im_nicola",
            "jf_alpha",
            "jf_gongitsune",
            "jf_nezumi",
            "jf_tebukuro",
            "jm_kumo",
            "pf_dora",
            "pm_alex",
            "pm_santa",
            "zf_xiaobei",
            "zf_xiaoni",
            "zf_xiaoxiao",
            "zf_xiaoyi",
            "zm_yunjian",
            "zm_yunxi",
            "zm_yunxia",
            "zm_yunyang",
            "joe",
            "espeak_ar",
            "espeak_cs",
            "espeak_da",
            "espeak_de",
            "espeak_el",
            "espeak_en",
            "espeak_es",
            "espeak_fi",
            "espeak_fr",
            "espeak_hi",
            "espeak_hu",
            "espeak_id",
            "espeak_it",
            "espeak_ja",
            "espeak_ko",
            "espeak_nb",
            "espeak_nl",
            "espeak_pl",
            "espeak_pt",
            "espeak_ro",
            "espeak_ru",
            "espeak_sv",
            "espeak_tr",
            "espeak_uk",
            "espeak_vi",
            "espeak_zh",
        ]
    ]
    """A voice of `GET /api/voices`, by its id. Only with `pipeline: "clip"`."""
    last_frame: NotRequired[str]
    """The same for its end. Only with `pipeline: "clip"`."""
    model: NotRequired[str]
    """A model of `GET /api/models`, by id or name. Only with `pipeline: "clip"`."""
    routing: NotRequired[Literal["balanced", "cheapest", "fastest", "best"]]
    """How to choose a model if none is named. Only with `pipeline: "clip"`."""
    allow_replacement: NotRequired[bool]
    """Take the replacement of a closed model. Only with `pipeline: "clip"`."""
    draft: NotRequired[bool]
    """Make a draft in 360p first; see `from_draft`. Only with `pipeline: "clip"`."""
    from_draft: NotRequired[str]
    """The job of a draft that you approve: the clip is made at its full price, and what it
    shows comes from the draft. Only with `pipeline: "clip"`."""
    script: NotRequired[str]
    """The text to speak, word for word."""
    topic: NotRequired[str]
    """The topic of a generated script with `scenes` scenes."""
    language: NotRequired[str]
    """`auto`: the language of the script (or topic), told by its words."""
    tone: NotRequired[str]
    """The tone of a generated script, such as `warm and curious`."""
    aspect_ratio: NotRequired[Literal["9:16", "16:9", "1:1"]]
    height: NotRequired[int]
    """The shorter side of the video, as in "720p"."""
    captions: NotRequired[bool]
    """Burn captions in. Without, they are in the SRT and VTT files and in a track of the
    video, which players show when it is chosen."""
    caption_style: NotRequired[Literal["plain", "boxed", "words"]]
    """`plain` letters with a rim, letters on a dark plate (`boxed`), or each word coloured
    while it is spoken (`words`)."""
    caption_size: NotRequired[Literal["small", "medium", "large"]]
    caption_position: NotRequired[Literal["auto", "bottom", "top"]]
    """`auto` puts captions below the chin, or above the head if there is no room. No position
    covers the lips."""
    seed: NotRequired[int | None]
    """Another seed, another take. Without one, equal work gives equal results. Only engines
    that draw random numbers use it."""
    mode: NotRequired[Literal["production", "auto", "simulation"]]
    """Defaults to the server's `DEFAULT_MODE`."""
    priority: NotRequired[Literal["low", "normal", "high"]]
    scenes: NotRequired[int]
    """Number of scenes of a generated script."""
    quality: NotRequired[Literal["fast", "balanced", "best"]]
    transition: NotRequired[Literal["cut", "crossfade"]]
    label: NotRequired[bool]
    """Burn in a label that marks the video as synthetic; the server's `LABEL` decides where
    it is not given."""
    face_index: NotRequired[int | None]
    """Which face to use if the picture shows several."""
    use_audio_as_is: NotRequired[bool]
    """Use the uploaded recording itself as the speech."""
    match_voice: NotRequired[bool]
    """Match the synthetic voice to the uploaded recording."""
    voice: NotRequired[VoiceChoice]
    scene_voices: NotRequired[list[str]]
    """The voice of each scene, in their order, as ids of `GET /voices`; an empty one stands
    for `voice`. With marks in the script, one for each part between two of them. All need the
    engine and the language of the job."""
    engines: NotRequired[dict[str, str]]
    """Engine names by stage, as listed by `GET /capabilities`."""
    pipeline: NotRequired[Literal["talking", "clip"]]
    """`talking`: a person speaks. `clip`: one clip by a video model."""
    session_id: NotRequired[str]
    """Needed with `use_audio_as_is`, to know the recording's length."""


class Event(TypedDict):
    """Something that happened in a session."""

    event_type: Literal[
        "upload_success",
        "upload_examined",
        "processing_started",
        "stage_started",
        "progress_update",
        "stage_completed",
        "stage_failed",
        "plan_revised",
        "pipeline_completed",
        "pipeline_failed",
        "pipeline_cancelled",
        "consent_withdrawn",
        "resource_alert",
    ]
    session_id: str
    job_id: str | None
    stage: str | None
    scene: int | None
    message: str
    details: dict[str, Any]
    progress_percent: float
    eta_seconds: float | None
    event_id: str
    version: int
    eta_range: list[float] | None


class Examination(TypedDict):
    state: Literal["pending", "done", "unavailable"]
    """`pending`: the verdict follows as `upload_examined`. `unavailable`: no worker has
    examined the file, and a job may try it."""
    usable: NotRequired[bool]
    """Whether a job can use it as it is."""
    error_code: NotRequired[ErrorCode | None]
    reason: NotRequired[str | None]
    face_index: NotRequired[int | None]
    """The face that a job uses if it names none."""
    width: NotRequired[int | None]
    """Of the stored picture."""
    height: NotRequired[int | None]
    warnings: NotRequired[list[FileWarning]]
    crops: NotRequired[list[FaceCrop]]
    sound: NotRequired[SoundQuality | None]


class FaceBox(TypedDict):
    left: float
    top: float
    width: float
    height: float


class FaceCrop(TypedDict):
    face_index: int
    aspect_ratio: str
    width: int
    height: int
    notes: list[str]
    """How it differs from the picture: `extended`, `straightened` or `upside_down`."""
    url: str
    signed_url: str


class FaceFound(TypedDict):
    box: FaceBox
    usable: bool
    error_code: ErrorCode | None
    """The error with which a job would fail."""
    reason: str | None
    quality: FaceQuality
    suggested_voice: SuggestedRegister | None
    """The kind of voice that a start without `voice` takes; null if none is suggested."""


class FaceQuality(TypedDict):
    score: float
    """The detector's confidence."""
    eyes: float
    """Pixels between the outer corners of the eyes."""
    height: int
    """The largest video height at which the face is sharp; 0: none."""
    yaw: float
    """Degrees to the side."""
    pitch: float
    """Degrees up or down."""
    roll: float
    """Degrees of tilt."""
    sharpness: float
    """Below 0.012 is out of focus."""
    light: float
    """Mean brightness, 0 to 1."""


class FailureCount(TypedDict):
    code: str
    jobs: int


class Feedback(TypedDict):
    score: int
    """From 1 (bad) to 5 (good)."""
    words: str
    problems: list[str]
    job_id: str
    created_at: str
    changed_at: str


class FeedbackComment(TypedDict):
    job_id: str
    score: int
    words: str
    at: str


class FeedbackSummary(TypedDict):
    ratings: int
    score: float | None
    """The mean of the scores."""
    scores: list[int]
    """Ratings from 1 to 5."""
    problems: list[ProblemCount]
    comments: list[FeedbackComment]


class FileWarning(TypedDict):
    code: str
    message: str


class Generate(TypedDict):
    plan_revision: NotRequired[int]
    quote_id: NotRequired[str]
    storyboard: NotRequired[bool]
    """Refuse a scene whose draft is not approved (`/storyboard`)."""
    model: NotRequired[str]


class Generation(TypedDict):
    generation_id: NotRequired[str]
    job_id: NotRequired[str]
    plan_revision: NotRequired[int]
    model: NotRequired[str]
    status: NotRequired[str]
    saved: NotRequired[dict[str, Any]]
    """Clips that were reused, and their price."""
    events: NotRequired[str]
    """A signed link to its events."""


class GenerationSettings(TypedDict):
    model: NotRequired[str]
    captions: NotRequired[Literal["off", "plain", "boxed", "words"]]
    music: NotRequired[dict[str, Any]]
    """`source`, `prompt`, `tempo`, `cut_on_beats`."""
    mix: NotRequired[dict[str, Any]]
    """`voice`, `music`, `effects`, `ducking`."""
    look: NotRequired[dict[str, Any]]
    """`colour_match`, `fit`."""


class GrantCredits(TypedDict):
    credits: float
    """Up to six decimals; negative: taken away."""
    note: NotRequired[str]
    reference: NotRequired[str]
    """The same reference counts once, however often it is sent."""


class HealthCheck(TypedDict):
    ok: bool
    milliseconds: float
    why: str
    """Why the check failed; empty if it passed."""


class HealthReport(TypedDict):
    status: str
    checks: dict[str, HealthCheck]
    version: str
    """The version of Callsheet."""
    overall_healthy: bool
    overall_health: str
    memory_usage_percent: float
    storage_usage_percent: float
    active_sessions: int
    max_sessions: int
    production_ready: bool
    available_environments: list[str]
    memory_health: MemoryHealth
    session_health: SessionHealth
    production_capabilities: ProductionCapabilities


class Identities(TypedDict):
    identities: list[OneIdentity]


class Image(TypedDict):
    id: str
    name: str
    original_name: str
    bytes: int
    media_type: str
    sha256: str
    """Of the stored copy."""
    scanned: bool
    """Whether the virus scanner has passed it."""
    public_id: str | None
    public_url: str | None
    """Anyone may open it; or null."""
    created_at: str
    used_at: str
    """When a job used it last, or when it was added."""
    content_url: str
    thumbnail_url: str
    signed_url: str
    """Opens the file without credentials for at least 15 minutes."""
    signed_thumbnail_url: str
    """Opens the thumbnail without credentials for at least 15 minutes."""
    width: int | None
    height: int | None
    exif: dict[str, Any]
    """Camera, lens, exposure and time of the sent picture. The place and everything else was
    dropped, and the stored copy has no EXIF at all."""
    moderation: Literal["pending", "approved", "flagged", "rejected"]
    """`pending` until it is checked; `flagged` waits for an operator; `rejected` starts no
    job; only an `approved` picture can be public."""
    moderation_reason: str
    """Why it was rejected; empty otherwise."""
    appealed_at: str | None
    """When its one appeal was made."""
    examination: Examination
    faces: list[FaceFound]
    """The faces of the picture, the largest first."""


class Images(TypedDict):
    images: list[Image]
    next_cursor: str | None
    """Send it as `cursor` for the next page; null on the last one."""


class Invitation(TypedDict):
    id: str
    email: str | None
    role: str
    created_at: str
    expires_at: str
    used_at: str | None
    used_by: str | None


class InvitationCreated(TypedDict):
    id: str
    email: str | None
    role: str
    created_at: str
    expires_at: str
    used_at: str | None
    used_by: str | None
    token: str
    link: str
    sent: bool
    """Whether it is sent to the address."""


class Invitations(TypedDict):
    invitations: list[Invitation]
    next_cursor: str | None


class ItemLink(TypedDict):
    url: str
    expires_at: str


class JobConsent(TypedDict):
    subject: NotRequired[str]
    statement: NotRequired[str]
    face: NotRequired[ConsentStatement]
    voice: NotRequired[ConsentStatement]


class JobCost(TypedDict):
    currency: str
    amount: float
    items: list[CostItem]
    unpriced: list[str]
    """Hosted engines without a price."""


class JobCounts(TypedDict):
    started: int
    succeeded: int
    failed: int
    cancelled: int
    success_rate: float | None
    """Share of the jobs that succeeded or failed; null without any."""


class JobEstimate(TypedDict):
    language: str
    """What is spoken: as asked for, of the voice, or told by `auto`."""
    scenes: int
    length_seconds: float
    workers: int
    engines: list[QuotedEngine]
    missing: list[str]
    """Stages that no worker can run now."""
    ahead: int
    """Number of jobs queued before it."""
    estimated_start: str | None
    """Null if it would start at once or there is no estimate."""
    seconds: float | None
    """Median duration from start to end."""
    seconds_range: list[float] | None
    """10th and 90th percentile of the duration."""
    based_on_jobs: int
    """Finished jobs that the duration is learned from. With few of them, it rests on what the
    engines declare for a machine of this speed."""
    cost: JobCost | None
    plan: PlannedJob | None
    """Null if a stage is missing."""
    warnings: list[JobWarning]
    why: NotRequired[str]
    """Clips only: why this model was chosen."""
    most_dollars: NotRequired[float]
    """Clips only: the most that the clip may cost, with a second try."""


class JobFailure(TypedDict):
    error_code: ErrorCode
    stage: str | None
    user_message: str
    code: str
    """Same as `error_code`."""
    message: str
    """Same as `user_message`."""


class JobFile(TypedDict):
    filename: str
    kind: Literal["final_output", "video_clip", "audio", "image", "script", "metadata"]
    bytes: int
    media_type: str
    created_at: str
    job_id: str | None
    """Null for an upload."""
    url: str


class JobLinks(TypedDict):
    job: str
    cancel: str
    retry: str
    outputs: str
    events: str
    """Server-Sent Events for an `EventSource`: a signed link that opens them without the
    session id, valid for at least 15 minutes."""
    live_events: NotRequired[str]
    """The same at a process for crowds; absent if the server has none. If it does not answer,
    or refuses, use `events`."""


class JobReport(TypedDict):
    job_id: str
    session_id: str
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    progress_percent: float
    percent: float
    """Same as `progress_percent`."""
    eta_seconds: float | None
    eta_range: list[float] | None
    """Remaining seconds: the 10th and the 90th percentile of the estimate."""
    cancel_requested: bool
    created_at: str
    started_at: str | None
    finished_at: str | None
    error: JobFailure | None
    title: str
    """The first words of the script or topic."""
    expired_at: str | None
    """When its files were deleted."""
    warnings: list[JobWarning]
    expires_at: str | None
    """When its files will be deleted."""
    attempt: int
    waiting_for: str | None
    """Why no worker can run it now; null if one can."""
    retry_at: str | None
    """When a failed step is retried."""
    revision: int
    """The current plan's revision; 0 before the first plan."""
    revisions: list[PlanRevision]
    queue_position: int | None
    """1 is next; null once dispatched."""
    estimated_start: str | None
    """For a queued job; null if there is no estimate."""
    options: dict[str, Any]
    consent: dict[str, Any] | None
    """By upload (`face`, `voice`); null if not stated."""
    consent_withdrawn_at: str | None
    stages: list[StageReport]
    result: JobResult | None
    links: JobLinks


class JobResult(TypedDict):
    final_output: dict[str, Any] | None
    outputs: list[JobFile]
    engines: dict[str, dict[str, Any]]
    """By stage: `name` and `kind`; for engines that run locally also `licence` and
    `commercial_use`."""
    simulated: list[str]
    written_by: str | None
    """Who wrote the script: `user`, `recording`, a model's name, or `template` for a sample
    text that says nothing about its topic."""
    voice_match: str | None
    """`plain`, `matched`, `cloned` or `recorded`."""
    facts: dict[str, Any]
    consent: dict[str, dict[str, Any]]
    """By upload: `stated`; if true, also `subject` and `statement`."""


class JobSeconds(TypedDict):
    p50: float | None
    p90: float | None


class JobStarted(TypedDict):
    job_id: str
    session_id: str
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    status: NotRequired[Any]
    warnings: list[JobWarning]
    suggested_voice: SuggestedVoice | None
    """Null if the request chose a voice, or none is suggested for its picture. Another one
    can always be chosen with `voice`."""
    links: JobLinks
    webhook: NotRequired[JobWebhook]
    """Only if the request had a `webhook_url`."""


class JobSummary(TypedDict):
    job_id: str
    session_id: str
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    progress_percent: float
    percent: float
    """Same as `progress_percent`."""
    eta_seconds: float | None
    eta_range: list[float] | None
    """Remaining seconds: the 10th and the 90th percentile of the estimate."""
    cancel_requested: bool
    created_at: str
    started_at: str | None
    finished_at: str | None
    error: JobFailure | None
    title: str
    """The first words of the script or topic."""
    expired_at: str | None
    """When its files were deleted."""


class JobWarning(TypedDict):
    code: str
    """`ENGINE_NOT_RUNNING`, `LANGUAGE_MISMATCH`, `MARKUP_REMOVED`, `MISSING_GLYPHS`,
    `MODEL_DEPRECATED`, `ROBOTIC_VOICE`, `SAMPLE_TEXT`, or one of the picture's `warnings`."""
    message: str


class JobWebhook(TypedDict):
    id: str
    secret: str
    """Signs its messages (`whsec_...`)."""


class JobsEnded(TypedDict):
    begins: str
    succeeded: int
    failed: int
    cancelled: int


class JobsRedriven(TypedDict):
    jobs: list[str]


class KeepRecording(TypedDict):
    start: NotRequired[float]
    """Keep the recording from this second on."""
    end: NotRequired[float]
    """Keep the recording up to this second."""
    upload_id: str
    """`upload_id` of an upload, or `Upload-Id` of a resumable one."""
    name: NotRequired[str]


class KeepUpload(TypedDict):
    upload_id: str
    """`upload_id` of an upload, or `Upload-Id` of a resumable one."""
    name: NotRequired[str]


class LibraryJob(TypedDict):
    job_id: str
    session_id: str
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    progress_percent: float
    percent: float
    """Same as `progress_percent`."""
    eta_seconds: float | None
    eta_range: list[float] | None
    """Remaining seconds: the 10th and the 90th percentile of the estimate."""
    cancel_requested: bool
    created_at: str
    started_at: str | None
    finished_at: str | None
    error: JobFailure | None
    title: str
    """The first words of the script or topic."""
    expired_at: str | None
    """When its files were deleted."""
    kind: str
    """`pipeline`, or `external` for a job that its caller runs."""
    expires_at: str | None
    """When its files will be deleted."""
    language: str | None
    """The language that is spoken; null for a job that says none."""
    queue_position: int | None
    """The place of a waiting job: 1 is the next."""
    signed_thumbnail_url: str | None
    """The picture, small; opens without a session id for a while."""
    outputs: list[OutputFile]


class LibraryJobs(TypedDict):
    next_cursor: str | None
    """Send it as `cursor` for the next page; null on the last one."""
    jobs: list[LibraryJob]


class LibraryUpload(TypedDict):
    session_id: str
    upload_id: str
    kind: str
    """`face`, `voice` or `sample`."""
    filename: str
    original_name: str
    title: str
    """What its owner calls it; at first the name of the file."""
    bytes: int
    media_type: str
    sha256: str
    created_at: str
    url: str
    preview_url: str
    """A thumbnail or a waveform picture."""
    scanned: bool
    """Whether the virus scanner has passed it."""
    examination: Examination
    faces: list[FaceFound]
    """The faces of a picture, the largest first."""
    signed_url: str
    """Opens the file without a session id for at least 15 minutes."""
    signed_preview_url: str


class LibraryUploads(TypedDict):
    next_cursor: str | None
    """Send it as `cursor` for the next page; null on the last one."""
    uploads: list[LibraryUpload]


class LibraryVoice(TypedDict):
    id: str
    name: str
    source: Literal["own", "built_in"]
    language: str | None
    """A tag such as `en-GB`; for a recording a guess, or null."""
    engine: str | None
    """Null for a recording, which any voice can be matched to."""
    licence: str | None
    sample_url: str | None
    """Opens a sample without credentials; null where there is none."""
    gender: NotRequired[str | None]
    style: NotRequired[str]
    default: NotRequired[bool]
    """Whether a job in this language gets it without asking."""
    original_name: NotRequired[str]
    bytes: NotRequired[int]
    media_type: NotRequired[str]
    sha256: NotRequired[str]
    scanned: NotRequired[bool]
    seconds: NotRequired[float | None]
    public_id: NotRequired[str | None]
    public_url: NotRequired[str | None]
    created_at: NotRequired[str]
    used_at: NotRequired[str]
    content_url: NotRequired[str]
    thumbnail_url: NotRequired[str]
    """A picture of the waveform."""
    signed_url: NotRequired[str]
    signed_thumbnail_url: NotRequired[str]
    examination: NotRequired[Examination]


class LibraryVoices(TypedDict):
    voices: list[LibraryVoice]
    next_cursor: str | None


class ListedJob(TypedDict):
    job_id: str
    session_id: str
    """The name of its session."""
    owner: str
    kind: str
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    percent: float
    attempt: int
    engines: list[str]
    age_seconds: float
    """Since it was accepted."""
    created_at: str
    started_at: str | None
    finished_at: str | None
    expired_at: str | None
    waiting_for: str | None
    error: JobFailure | None


class LiveCapabilities(TypedDict):
    url: str | None
    """Where clients reach them: a URL or a path of this origin. Null: there are none, and
    clients open their streams here."""


class Liveness(TypedDict):
    status: NotRequired[Any]


class LivingProcess(TypedDict):
    name: str
    role: str
    """`web`, `live`, `flower`, `leader`, `standby` or `worker`."""
    host: str
    seen: float
    """Last heartbeat, in seconds since 1970 (Redis clock)."""
    answers: bool
    """False if its heartbeats have stopped."""
    doing: NotRequired[str]
    """The current task of a worker."""


class LoggedIn(TypedDict):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds."""
    refresh_token: NotRequired[str]
    """Not for pages of this server: they get a cookie instead."""
    user: Account


class MailChoices(TypedDict):
    job_ended: NotRequired[bool]
    """Mails when your video is ready or has failed; false at first."""
    video_expires: NotRequired[bool]
    """Mails when a video of yours will be deleted soon; true at first."""
    credits_low: NotRequired[bool]
    """Mails when your credits are running low; true at first."""
    budget_reached: NotRequired[bool]
    """Mails when a budget is nearly or completely used; true at first."""
    webhook_disabled: NotRequired[bool]
    """Mails when a webhook of yours was disabled; true at first."""


class MakeDrafts(TypedDict):
    scenes: NotRequired[list[str]]
    """Ids of scenes of the latest plan; empty: all of them."""


class ManagedUser(TypedDict):
    user_id: str
    email: str
    role: Literal["user", "operator", "admin"]
    plan: Literal["free", "premium"]
    org_id: str
    """The personal organisation."""
    verified: bool
    """Whether the mail address is verified."""
    has_password: bool
    created_at: str
    suspended: bool


class MemoryHealth(TypedDict):
    overall_health: str
    memory_health: str
    storage_health: str
    memory_usage_percent: float
    storage_usage_percent: float
    immediate_actions_needed: bool
    recommendations: list[str]


class MemoryPeak(TypedDict):
    at: str
    jobs: int


class MemoryPeaks(TypedDict):
    busiest_hour: MemoryPeak | None
    """The hour in which most jobs were submitted."""
    longest_line: MemoryPeak | None
    """Jobs queued at once."""
    most_at_once: MemoryPeak | None
    """Jobs running at once."""


class MessagesReplayed(TypedDict):
    messages: int
    """At most 1,000; ask again for more."""


class MissingRequirement(TypedDict):
    engine: str
    """Empty if no worker has reported the stage."""
    why: NotRequired[str]
    """For operators."""
    remedy: NotRequired[str]
    """For operators."""


class ModelChange(TypedDict):
    date: str
    model: str
    title: str
    change: Literal["released", "deprecated", "closed"]
    announced: bool
    """Whether it is in the future."""
    replacement: str | None


class ModelChanges(TypedDict):
    changes: list[ModelChange]


class ModelFit(TypedDict):
    fits: bool
    reasons: list[str]
    """Why it cannot; empty if it can."""
    seconds: float | None
    """How long its clip would be: the next longer one it makes."""
    dollars: float | None
    """What that clip costs."""


class ModelPrice(TypedDict):
    dollars_a_second: float
    draft_dollars_a_second: float | None
    """The same for a draft in 360p; null: drafts cost as much."""
    checked_on: str | None
    """When an operator has compared it with the provider's price."""


class ModelRecord(TypedDict):
    calls: int
    p50: float | None
    """Seconds."""
    p90: float | None
    failure_rate: float
    rejection_rate: float
    """The share that the provider's moderation refused."""


class ModeratedImage(TypedDict):
    id: str
    owner: str
    name: str
    moderation: Literal["pending", "approved", "flagged", "rejected"]
    provider: str
    """`local`, `rekognition` or `off`."""
    score: float | None
    """How sure the provider is that it is not allowed, 0 to 1."""
    labels: list[str]
    reason: str
    """The reason that the owner gets."""
    appeal: str | None
    appealed_at: str | None
    queued_at: str | None
    decided_at: str | None
    decided_by: str
    """Empty for the provider."""
    public_id: str | None
    created_at: str
    signed_url: str
    signed_thumbnail_url: str


class ModerationDecision(TypedDict):
    decision: Literal["approve", "reject"]
    reason: NotRequired[str]
    """The reason that the owner gets for a rejection."""


class ModerationQueue(TypedDict):
    images: list[ModeratedImage]


class NewModel(TypedDict):
    provider: str
    service: NotRequired[NewProvider]
    """Required for a provider that is not known yet."""
    id: str
    """Its id here is `PROVIDER/ID`."""
    name: NotRequired[str]
    """The provider's own name of it."""
    title: NotRequired[str]
    aliases: NotRequired[list[str]]
    takes: NotRequired[
        list[Literal["text", "first_frame", "last_frame", "reference", "audio", "speech"]]
    ]
    durations: NotRequired[list[float]]
    any_duration: NotRequired[bool]
    ratios: NotRequired[list[str]]
    resolutions: NotRequired[list[str]]
    prompt_limit: NotRequired[int]
    dollars_a_second: NotRequired[float]
    draft_dollars_a_second: NotRequired[float | None]
    price_checked: NotRequired[str]
    quality: NotRequired[int]
    expected_seconds: NotRequired[float]
    a_minute: NotRequired[int]
    """New tasks a minute with one key; 0: no limit is known."""
    at_once: NotRequired[int]
    """Open tasks with one key; 0: no limit is known."""
    licence: NotRequired[str]
    commercial_use: NotRequired[bool]
    excluded_regions: NotRequired[list[str]]
    released_on: NotRequired[str | None]
    deprecated_on: NotRequired[str | None]
    closed_on: NotRequired[str | None]
    replacement: NotRequired[str]
    note: NotRequired[str]


class NewProvider(TypedDict):
    title: NotRequired[str]
    wire: NotRequired[str]
    """`runway`, `google`, `kling`, `fal`, `replicate`, `openai_videos` or `seedance`."""
    base_url: NotRequired[str]
    hosts: NotRequired[list[str]]
    """Where its files lie: `name.example` or `*.example`."""
    enabled: NotRequired[bool]


class NewVideo(TypedDict):
    name: str
    values: NotRequired[dict[str, str]]
    """The text for each `{{place}}` of the template."""


class OneIdentity(TypedDict):
    id: str
    provider: str
    """`google`, `github` or `oidc`; empty if it is not set up now."""
    issuer: str
    since: str


class OnePasskey(TypedDict):
    id: str
    name: str
    synced: bool
    """Whether several devices may have it."""
    created_at: str
    last_used_at: str | None
    suspected: bool
    """Whether there may be a copy of it; it is not accepted then."""


class OneTimeToken(TypedDict):
    token: str


class OpenLogin(TypedDict):
    id: str
    device: str
    """Browser and system."""
    created_at: str
    seen_at: str
    expires_at: str
    current: bool
    """Whether it is the login of this request."""


class OpenLogins(TypedDict):
    sessions: list[OpenLogin]


class Operations(TypedDict):
    since: str
    until: str
    bucket_seconds: float
    queues: dict[str, int] | None
    """Waiting tasks by environment; null if Redis is unavailable."""
    open_jobs: dict[str, int]
    jobs: list[JobsEnded]
    job_seconds: JobSeconds
    peaks: MemoryPeaks
    stages: list[StageTimes]
    engines: list[EngineWork]
    cache: CacheUse
    failures: list[FailureCount]
    flower_port: int


class OperatorLink(TypedDict):
    path: str
    """Path on this server; the part after `#` is secret."""
    seconds: int
    """How long the link is valid."""


class OperatorSignIn(TypedDict):
    link: NotRequired[str]
    """The code of a link."""
    token: NotRequired[str]
    """The operator token."""


class OperatorSignedIn(TypedDict):
    expires_at: str


class OutputFile(TypedDict):
    filename: str
    kind: Literal["final_output", "video_clip", "audio", "image", "script", "metadata"]
    bytes: int
    media_type: str
    created_at: str
    job_id: str | None
    """Null for an upload."""
    url: str
    signed_url: str
    """For `<video>` and `<img>`: opens this file without the session id, valid for at least
    15 minutes."""


class Outputs(TypedDict):
    session_id: str
    outputs: list[OutputFile]


class OutsideCircuit(TypedDict):
    state: str
    """`closed`: called; `open`: not called; `half-open`: one trial call."""
    failures: int
    """Consecutive failures."""
    retry_after: float | None
    """Seconds until the next trial call."""


class Overview(TypedDict):
    operations: Operations
    workers: list[Worker]
    sessions: ActiveSessions
    quarantine: list[QuarantinedFile]
    moderation: list[ModeratedImage]
    dead_letters: DeadLetterPage
    reports: list[ReportDetails]


class OwnAccount(TypedDict):
    user_id: str
    email: str
    role: Literal["user", "operator", "admin"]
    plan: Literal["free", "premium"]
    org_id: str
    """The personal organisation."""
    verified: bool
    """Whether the mail address is verified."""
    has_password: bool
    created_at: str
    limits: PlanLimits
    usage: PlanUsage


class PackOnSale(TypedDict):
    credits: int
    price: float


class Panel(TypedDict):
    scene_id: str
    scene: int
    """Its place, from 0."""
    start: float
    """Its second in the video."""
    seconds: float
    prompt: str
    state: Literal["missing", "making", "made", "failed", "own"]
    """`missing`, `making`, `made`, `failed`, or `own`: an uploaded clip."""
    outdated: bool
    """Whether the scene has changed since."""
    approved: bool
    job_id: str | None
    """Its events are of it."""
    progress_percent: float
    url: str | None
    """A signed link."""


class PasskeyAssertion(TypedDict):
    clientDataJSON: str
    authenticatorData: str
    signature: str
    userHandle: NotRequired[str | None]


class PasskeyAttestation(TypedDict):
    clientDataJSON: str
    attestationObject: str
    transports: NotRequired[list[str]]


class PasskeyOptions(TypedDict):
    public_key: dict[str, Any]


class PasskeySignIn(TypedDict):
    credential: SignedPasskeyCredential


class Passkeys(TypedDict):
    passkeys: list[OnePasskey]


class PasswordSignIn(TypedDict):
    email: str
    password: str
    code: NotRequired[str]
    """Of the authenticator app, or a recovery code."""
    passkey: NotRequired[SignedPasskeyCredential]
    """What a passkey has signed, in place of a code."""


class PeopleCounts(TypedDict):
    day: int
    week: int
    month: int


class PlanLimits(TypedDict):
    jobs: int
    """Jobs under way."""
    storage_bytes: int
    api_keys: int
    requests_a_minute: int


class PlanOnSale(TypedDict):
    name: Literal["free", "premium"]
    requests_a_minute: int
    jobs: int
    """Jobs under way."""
    storage_bytes: int
    api_keys: int
    monthly_credits: int
    on_sale: bool


class PlanReport(TypedDict):
    revision: NotRequired[int]
    made_by: NotRequired[str]
    why: NotRequired[str]
    """What has changed, in words."""
    plan: NotRequired[dict[str, Any]]
    """The typed plan (`docs/projects.md`)."""
    seconds: NotRequired[float]
    """Length of the video."""
    starts: NotRequired[list[float]]
    """When each scene begins."""
    degraded: NotRequired[list[dict[str, Any]]]
    quote: NotRequired[Quote | None]
    """What `generate` confirms."""
    warnings: NotRequired[list[JobWarning]]
    """`MODEL_DEPRECATED` or `MODEL_CLOSED`: about the plan's model."""
    revisions: NotRequired[list[dict[str, Any]]]
    created_at: NotRequired[str]


class PlanRevision(TypedDict):
    revision: int
    why: str
    """Empty for the first revision."""
    created_at: str
    engines: dict[str, str]
    """Engine names by stage."""
    width: int
    height: int


class PlanUsage(TypedDict):
    jobs: int
    """Jobs under way."""
    storage_bytes: int
    api_keys: int


class PlannedJob(TypedDict):
    scenes: list[PlannedScene]
    steps: list[PlannedStep]


class PlannedScene(TypedDict):
    scene: int
    text: str | None
    """What is spoken; null if the script is written for a topic."""
    seconds: float


class PlannedStep(TypedDict):
    stage: str
    scene: int | None
    engine: str
    seconds: float
    """Median duration."""


class PlansOnSale(TypedDict):
    plans: list[PlanOnSale]
    packs: list[PackOnSale]
    currency: str


class PortalPage(TypedDict):
    url: str


class PreviewSceneOptions(TypedDict):
    text: str
    """What is said; of a long text, the first scene is spoken."""
    language: NotRequired[str]
    """As in a start."""
    voice: NotRequired[VoiceChoice]
    quality: NotRequired[Literal["fast", "balanced", "best"]]
    """As in a start."""
    mode: NotRequired[Literal["production", "auto", "simulation"]]
    match_voice: NotRequired[bool]
    """Match the voice to the newest recording of the session."""


class PreviewScene(PreviewSceneOptions):
    session_id: str


class PriceItem(TypedDict):
    stage: str
    engine: str | None
    """Null if no worker offers one now: the dearest is assumed."""
    unit: str
    """`second`, `character` or `scene`."""
    quantity: float
    price: float
    """Credits of one unit."""
    p50: float
    p90: float


class PriceTerms(TypedDict):
    items: list[PriceItem]
    p50: float
    """The median."""
    p90: float
    """The upper end: what a start holds."""


class Problem(TypedDict):
    type: str
    title: str
    status: int
    detail: str
    error_code: ErrorCode
    user_message: str
    error: str
    """Same as `error_code`."""
    message: str
    """Same as `user_message`."""
    request_id: str
    errors: NotRequired[list[dict[str, Any]]]
    """One entry per mistake."""
    stages: NotRequired[list[str]]
    passkey_options: NotRequired[dict[str, Any]]
    """For `navigator.credentials.get()`, in place of a code."""
    credits: NotRequired[dict[str, Any]]
    """With 402: the credits `needed`, `available` and `missing`."""
    details: NotRequired[dict[str, Any]]


class ProblemCount(TypedDict):
    problem: str
    count: int


class ProductionCapabilities(TypedDict):
    production_ready: bool
    available_environments: list[str]


class ProductionReadiness(TypedDict):
    production_ready: bool
    missing: list[StageLack]


class Project(TypedDict):
    id: NotRequired[str]
    """The project's id."""
    name: NotRequired[str]
    status: NotRequired[
        Literal[
            "uploading", "analyzing", "planning", "generating", "processing", "completed", "failed"
        ]
    ]
    progress: NotRequired[float]
    """From 0 to 1."""
    progress_percent: NotRequired[float]
    aspect_ratio: NotRequired[str]
    max_seconds: NotRequired[float]
    language: NotRequired[str]
    session_id: NotRequired[str]
    """The session of its files and events."""
    plan_revision: NotRequired[int | None]
    sample: NotRequired[ProjectFile | None]
    character: NotRequired[ProjectFile | None]
    voice: NotRequired[ProjectFile | None]
    track: NotRequired[ProjectFile | None]
    facts: NotRequired[dict[str, Any] | None]
    """What the analysis found."""
    final_video_path: NotRequired[str | None]
    """A signed link."""
    warnings: NotRequired[list[str]]
    created_at: NotRequired[str]
    changed_at: NotRequired[str]


class ProjectFile(TypedDict):
    upload_id: NotRequired[str]
    original_name: NotRequired[str]
    bytes: NotRequired[int]
    media_type: NotRequired[str]
    label: NotRequired[str]
    url: NotRequired[str]
    """A signed link."""


class ProjectStatus(TypedDict):
    project_id: NotRequired[str]
    status: NotRequired[
        Literal[
            "uploading", "analyzing", "planning", "generating", "processing", "completed", "failed"
        ]
    ]
    progress: NotRequired[float]
    progress_percent: NotRequired[float]
    estimated_time_remaining: NotRequired[float | None]
    plan_revision: NotRequired[int | None]
    job_id: NotRequired[str | None]
    error: NotRequired[dict[str, Any] | None]
    scenes: NotRequired[list[SceneState]]
    playlist: NotRequired[str | None]
    """HLS of the finished scenes; null: none can be watched now."""
    saved: NotRequired[dict[str, Any]]
    events: NotRequired[str | None]


class Projects(TypedDict):
    projects: NotRequired[list[Project]]
    next_cursor: NotRequired[str | None]


class ProviderSignUpStarted(TypedDict):
    url: str


class PutPlan(TypedDict):
    plan: dict[str, Any]


class QuarantineList(TypedDict):
    files: list[QuarantinedFile]


class QuarantinedFile(TypedDict):
    id: str
    session_id: str
    kind: str
    name: str
    bytes: int
    code: str
    errors: list[dict[str, Any]]
    reason: str
    refused_at: str


class QueueLoads(TypedDict):
    environments: list[EnvironmentLoad]


class Quote(TypedDict):
    quote_id: NotRequired[str]
    plan_revision: NotRequired[int]
    dollars: NotRequired[float]
    credits: NotRequired[float]
    scenes: NotRequired[list[QuotedClip]]
    stages: NotRequired[list[dict[str, Any]]]


class QuotedClip(TypedDict):
    scene_id: NotRequired[str]
    model: NotRequired[str]
    seconds: NotRequired[float]
    reused: NotRequired[bool]
    """It was made before, and costs nothing."""
    dollars: NotRequired[float]
    credits: NotRequired[float]


class QuotedEngine(TypedDict):
    stage: str
    engine: str
    kind: str
    """`real`, `lite` or `simulated`."""
    hosted: bool
    """Whether it runs at an external provider, which may charge for it."""


class ReadinessReport(TypedDict):
    status: str
    checks: dict[str, HealthCheck]


class Receipt(TypedDict):
    job_id: str
    credits: float
    held: float
    runs: list[ReceiptRun]


class ReceiptLine(TypedDict):
    stage: str | None
    engine: str | None
    outcome: str
    """`computed`; `reused` (a stored result); `earlier` (by an earlier run of the job);
    `failed`; `limit` (takes off what is above the hold)."""
    steps: int
    unit: str | None
    quantity: float
    price: float
    """0 where it was free."""
    credits: float


class ReceiptRun(TypedDict):
    run: int
    state: str
    """`open`, `settled` or `released`."""
    outcome: str | None
    price_version: int
    quoted: PriceTerms
    held: float
    credits: float
    started_at: str
    ended_at: str | None
    lines: list[ReceiptLine]


class RecoveryCodes(TypedDict):
    recovery_codes: list[str]


class RedriveJobs(TypedDict):
    jobs: NotRequired[list[str]]
    code: NotRequired[str]
    """The error code of the failure."""
    since: NotRequired[str]
    """Jobs that failed at or after this time."""


class RefreshRequest(TypedDict):
    refresh_token: NotRequired[str]
    """Only for clients without the cookie."""


class Regenerate(TypedDict):
    settings: NotRequired[GenerationSettings]
    """Changes of the plan; they become its next revision."""
    scenes: NotRequired[list[str]]
    """Ids of scenes whose clips are made again."""
    plan_revision: NotRequired[int]
    quote_id: NotRequired[str]
    """The price that is confirmed (`/regenerate/quote`)."""


class RegisterAccount(TypedDict):
    email: str
    password: str
    invitation: NotRequired[str]
    """The token of an invitation."""


class RenameItem(TypedDict):
    name: str


class RenamePasskey(TypedDict):
    name: str


class ReplayMessages(TypedDict):
    since: str
    """Messages are kept for 30 days, missed events for 7."""


class ReportDecision(TypedDict):
    note: NotRequired[str]


class ReportDetails(TypedDict):
    id: str
    kind: Literal["shows_me", "my_voice", "other"]
    state: Literal["open", "withdrawn", "rejected"]
    created_at: str
    due_at: str
    """Until when it is decided: 48 hours."""
    decided_at: str | None
    note: str
    """What the operators wrote about it."""
    statement: str
    contact: str
    link: str
    sha256: str
    """Of the reported file, if one was sent."""
    jobs: list[str]
    """Jobs whose videos it is about."""
    certain: bool
    """Whether it is about these videos; else they are only alike."""
    overdue: bool


class ReportPage(TypedDict):
    reports: list[ReportDetails]
    next_cursor: str | None


class ReportState(TypedDict):
    id: str
    kind: Literal["shows_me", "my_voice", "other"]
    state: Literal["open", "withdrawn", "rejected"]
    created_at: str
    due_at: str
    """Until when it is decided: 48 hours."""
    decided_at: str | None
    note: str
    """What the operators wrote about it."""


class ReportStatistics(TypedDict):
    reports: int
    by_kind: dict[str, int]
    by_state: dict[str, int]
    overdue: int
    decided_in_time: int
    median_hours: float | None
    videos_withdrawn: int
    files_blocked: int
    uploads_refused: int


class ReportWithdrawal(TypedDict):
    note: NotRequired[str]
    jobs: NotRequired[list[str]]
    """Jobs to withdraw; by default those that it is certainly about."""


class RequestDurations(TypedDict):
    p50: float | None
    p90: float | None
    p99: float | None
    mean: float | None
    count: int


class RequestPasswordReset(TypedDict):
    email: str


class ResetPassword(TypedDict):
    token: str
    password: str


class Resolution(TypedDict):
    bought: bool
    task_id: NotRequired[str]


class RestorePlan(TypedDict):
    revision: int


class RotateApiKey(TypedDict):
    overlap_hours: NotRequired[float]
    """24 hours without it."""


class RouteLatency(TypedDict):
    p50: float | None
    p90: float | None
    p99: float | None
    mean: float | None
    count: int
    route: str
    failed: int
    """Answers with 5xx."""


class ScenePreview(TypedDict):
    preview_id: str
    url: str
    """Answers 200 with the sound, or 202 while it is being made."""


class SceneState(TypedDict):
    scene_id: NotRequired[str]
    state: NotRequired[str]
    job_id: NotRequired[str | None]
    model: NotRequired[str]
    reused: NotRequired[bool]
    url: NotRequired[str | None]
    """A signed link to the finished clip."""
    seconds: NotRequired[float]
    api_key_used: NotRequired[str]


class SecondFactor(TypedDict):
    code: NotRequired[str]
    """Of the authenticator app, or a recovery code."""
    passkey: NotRequired[SignedPasskeyCredential]
    """What a passkey has signed, in place of a code."""


class SendMessage(TypedDict):
    message: str
    plan_revision: NotRequired[int]
    """The revision that it is about; another one is refused."""


class ServiceHealth(TypedDict):
    status: str
    services: dict[str, HealthCheck]
    workers: dict[str, int]
    """Number of live workers by environment."""
    environments: NotRequired[dict[str, list[str]]]
    """For operators: names of live workers by environment."""
    processes: NotRequired[list[LivingProcess]]
    """For operators."""
    outside: NotRequired[dict[str, OutsideCircuit]]
    """For operators: external services by name."""
    hosts: NotRequired[dict[str, dict[str, Any]]]
    """For operators: resource usage by host."""


class SessionCounts(TypedDict):
    uploads: int
    outputs: int
    jobs: int
    queued: int
    running: int
    succeeded: int
    failed: int
    cancelled: int


class SessionCreated(TypedDict):
    session_id: str
    user_id: str
    state: Literal["active", "ended"]
    created_at: str


class SessionHealth(TypedDict):
    active_sessions: int
    max_sessions: int
    system_healthy: bool


class SessionStatus(TypedDict):
    session_id: str
    user_id: str
    state: Literal["active", "ended"]
    created_at: str
    seen_at: str
    uploads: list[UploadedFile]
    jobs: list[JobSummary]
    counts: SessionCounts


class SetBudget(TypedDict):
    period: Literal["day", "month"]
    credits: float
    """Up to six decimals."""
    key_id: NotRequired[str]
    """An API key of yours; without it all of them."""
    project_id: NotRequired[str]
    """A project of yours, instead of a key."""


class SetFeedback(TypedDict):
    score: int
    """From 1 (bad) to 5 (good)."""
    words: NotRequired[str]
    """In your own words; deleted with the files of the job."""
    problems: NotRequired[
        list[
            Literal[
                "face",
                "lips",
                "voice",
                "pronunciation",
                "script",
                "picture",
                "captions",
                "sound",
                "waiting",
                "other",
            ]
        ]
    ]
    """What was wrong."""


class SignedInBy(TypedDict):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds."""
    refresh_token: NotRequired[str]
    """Not for pages of this server: they get a cookie instead."""
    user: Account
    next: str
    """The page of this server to return to."""


class SignedPasskeyCredential(TypedDict):
    id: str
    rawId: str
    type: Literal["public-key"]
    response: PasskeyAssertion


class SoundQuality(TypedDict):
    seconds: float
    speech_seconds: float
    level_db: float
    """Level of the speech, dBFS."""
    noise_db: float
    """How far the noise is below the speech."""
    clipping: float
    """Share of clipped samples."""
    language: str
    """A guess; empty: unknown."""


class SpokenCheck(TypedDict):
    state: Literal["pending", "done", "unavailable"]
    """`pending`: a worker with a recogniser will check it. `unavailable`: none is there, or
    none has answered; the consent can be used all the same."""
    how: str | None
    """`recogniser`: its words were compared with the statement. `speech`: someone speaks in
    it, and what is said was not checked. Null: not judged yet."""
    matches: bool | None
    """Whether the recording says the statement; null if that is unknown. A consent whose
    recording says something else is not valid."""
    message: str
    """What was found, and what follows from it."""
    heard: str | None
    """What the recogniser heard."""
    likeness: float | None
    """How much of the statement was heard, 0 to 1; 0.6 matches."""
    language: str
    """A guess; empty: unknown."""


class StageCapability(TypedDict):
    stage: str
    environment: str
    output: str
    """The kind of output."""
    memory_mb: int
    """The memory budget in MB."""
    engines: list[EngineCapability]
    now: dict[str, EngineChoice | None]


class StageDurations(TypedDict):
    p50: float | None
    p90: float | None
    p99: float | None
    mean: float | None
    stage: str
    runs: int


class StageLack(TypedDict):
    stage: str
    environment: str
    needs: list[MissingRequirement]


class StageReport(TypedDict):
    stage: str
    scene: int | None
    engine: str
    worker: str
    """The last worker that ran it, empty if none. Without an operator token, only the
    worker's environment."""
    kind: str
    """`real`, `lite` or `simulated`."""
    state: str
    """`waiting`, `running`, `waiting_provider`, `done`, `failed` or `dropped`."""
    found: bool
    """Whether a cached result was reused."""
    attempt: int
    seconds: float | None
    expected_seconds: float | None
    """Median estimate made when the step was planned."""
    expected_within: float | None
    """90th percentile estimate."""
    started_at: str | None
    finished_at: str | None
    provider: dict[str, Any] | None
    """Of a hosted model: see the guide."""
    error: JobFailure | None


class StageTimes(TypedDict):
    stage: str
    runs: int
    median_seconds: float | None
    medians: list[float | None]
    """Per bucket; null where nothing was computed."""


class StartBatch(TypedDict):
    quote_id: NotRequired[str]
    max_credits: NotRequired[float]
    """The most that its videos may cost; by default what was quoted."""


class StartCheckout(TypedDict):
    item: str
    """The credits of a pack, such as `100`, or `premium`."""


class StartJobOptions(TypedDict):
    prompt: NotRequired[str]
    """What the clip shows. Only with `pipeline: "clip"`."""
    negative_prompt: NotRequired[str]
    """What it must not show, where the model takes that. Only with `pipeline: "clip"`."""
    duration: NotRequired[float]
    """Seconds; the model's next longer clip is made. Only with `pipeline: "clip"`."""
    ratio: NotRequired[Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"]]
    """Width to height. Only with `pipeline: "clip"`."""
    resolution: NotRequired[Literal["360p", "480p", "720p", "1080p", "4k"]]
    """The model's own default if it is left out. Only with `pipeline: "clip"`."""
    audio: NotRequired[bool]
    """Ask for sound. Only with `pipeline: "clip"`."""
    first_frame: NotRequired[str]
    """The `upload_id` of a picture, or a picture of `GET /api/images`, that the clip begins
    with. Only with `pipeline: "clip"`."""
    speech: NotRequired[str]
    """What the person in `first_frame` says to the camera, by a model that takes `speech`;
    the clip is as long as that takes, or longer. Only with `pipeline: "clip"`."""
    speech_language: NotRequired[str]
    """The language of `speech`; English if it is left out. Only with `pipeline: "clip"`."""
    speech_voice: NotRequired[
        Literal[
            "af_heart",
            "af_alloy",
            "af_aoede",
            "af_bella",
            "af_jessica",
            "af_kore",
            "af_nicole",
            "af_nova",
            "af_river",
            "af_sarah",
            "af_sky",
            "am_adam",
            "am_echo",
            "am_eric",
            "am_fenrir",
            "am_liam",
            "am_michael",
            "am_onyx",
            "am_puck",
            "am_santa",
            "bf_alice",
            "bf_emma",
            "bf_isabella",
            "bf_lily",
            "bm_daniel",
            "bm_fable",
            "bm_george",
            "bm_lewis",
            "ef_dora",
            "em_alex",
            "em_santa",
            "ff_siwis",
            "hf_alpha",
            "hf_beta",
            "hm_omega",
            "hm_psi",
            "if_sara",
            "im_nicola",
            "jf_alpha",
            "jf_gongitsune",
            "jf_nezumi",
            "jf_tebukuro",
            "jm_kumo",
            "pf_dora",
            "pm_alex",
            "pm_santa",
            "zf_xiaobei",
            "zf_xiaoni",
            "zf_xiaoxiao",
            "zf_xiaoyi",
            "zm_yunjian",
            "zm_yunxi",
            "zm_yunxia",
            "zm_yunyang",
            "joe",
            "espeak_ar",
            "espeak_cs",
            "espeak_da",
            "espeak_de",
            "espeak_el",
            "espeak_en",
            "espeak_es",
            "espeak_fi",
            "espeak_fr",
            "espeak_hi",
            "espeak_hu",
            "espeak_id",
            "espeak_it",
            "espeak_ja",
            "espeak_ko",
            "espeak_nb",
            "espeak_nl",
            "espeak_pl",
            "espeak_pt",
            "espeak_ro",
            "espeak_ru",
            "espeak_sv",
            "espeak_tr",
            "espeak_uk",
            "espeak_vi",
            "espeak_zh",
        ]
    ]
    """A voice of `GET /api/voices`, by its id. Only with `pipeline: "clip"`."""
    last_frame: NotRequired[str]
    """The same for its end. Only with `pipeline: "clip"`."""
    model: NotRequired[str]
    """A model of `GET /api/models`, by id or name. Only with `pipeline: "clip"`."""
    routing: NotRequired[Literal["balanced", "cheapest", "fastest", "best"]]
    """How to choose a model if none is named. Only with `pipeline: "clip"`."""
    allow_replacement: NotRequired[bool]
    """Take the replacement of a closed model. Only with `pipeline: "clip"`."""
    draft: NotRequired[bool]
    """Make a draft in 360p first; see `from_draft`. Only with `pipeline: "clip"`."""
    from_draft: NotRequired[str]
    """The job of a draft that you approve: the clip is made at its full price, and what it
    shows comes from the draft. Only with `pipeline: "clip"`."""
    script: NotRequired[str]
    """The text to speak, word for word."""
    topic: NotRequired[str]
    """The topic of a generated script with `scenes` scenes."""
    language: NotRequired[str]
    """`auto`: the language of the script (or topic), told by its words."""
    tone: NotRequired[str]
    """The tone of a generated script, such as `warm and curious`."""
    aspect_ratio: NotRequired[Literal["9:16", "16:9", "1:1"]]
    height: NotRequired[int]
    """The shorter side of the video, as in "720p"."""
    captions: NotRequired[bool]
    """Burn captions in. Without, they are in the SRT and VTT files and in a track of the
    video, which players show when it is chosen."""
    caption_style: NotRequired[Literal["plain", "boxed", "words"]]
    """`plain` letters with a rim, letters on a dark plate (`boxed`), or each word coloured
    while it is spoken (`words`)."""
    caption_size: NotRequired[Literal["small", "medium", "large"]]
    caption_position: NotRequired[Literal["auto", "bottom", "top"]]
    """`auto` puts captions below the chin, or above the head if there is no room. No position
    covers the lips."""
    seed: NotRequired[int | None]
    """Another seed, another take. Without one, equal work gives equal results. Only engines
    that draw random numbers use it."""
    mode: NotRequired[Literal["production", "auto", "simulation"]]
    """Defaults to the server's `DEFAULT_MODE`."""
    priority: NotRequired[Literal["low", "normal", "high"]]
    scenes: NotRequired[int]
    """Number of scenes of a generated script."""
    quality: NotRequired[Literal["fast", "balanced", "best"]]
    transition: NotRequired[Literal["cut", "crossfade"]]
    label: NotRequired[bool]
    """Burn in a label that marks the video as synthetic; the server's `LABEL` decides where
    it is not given."""
    face_index: NotRequired[int | None]
    """Which face to use if the picture shows several."""
    use_audio_as_is: NotRequired[bool]
    """Use the uploaded recording itself as the speech."""
    match_voice: NotRequired[bool]
    """Match the synthetic voice to the uploaded recording."""
    voice: NotRequired[VoiceChoice]
    scene_voices: NotRequired[list[str]]
    """The voice of each scene, in their order, as ids of `GET /voices`; an empty one stands
    for `voice`. With marks in the script, one for each part between two of them. All need the
    engine and the language of the job."""
    engines: NotRequired[dict[str, str]]
    """Engine names by stage, as listed by `GET /capabilities`."""
    webhook_url: NotRequired[str]
    """An `https://` URL that receives the end of this job as a webhook; only for users with a
    verified address and their API keys."""
    face_image_id: NotRequired[str]
    """A picture of `GET /api/images`, in place of an upload."""
    voice_id: NotRequired[str]
    """A voice of `GET /api/voices`: your own recording, which the voice is matched to, or a
    built-in voice, as `voice` names it."""
    pipeline: NotRequired[Literal["talking", "clip"]]
    """`talking`: a person speaks. `clip`: one clip by a video model."""
    consent: NotRequired[JobConsent]
    """Required if the server's `CONSENT` setting is `required`."""
    face_consent_id: NotRequired[str]
    """A consent of `POST /api/consents` for the face."""
    voice_consent_id: NotRequired[str]
    """The same for the voice."""
    face_upload_id: NotRequired[str]
    """The picture to use; the newest of the session by default."""
    voice_upload_id: NotRequired[str]
    """The recording to use; the newest of the session by default."""
    quote_id: NotRequired[str]
    """A quote of `POST /api/estimate` that is still valid."""


class StartJob(StartJobOptions):
    session_id: str


class StartProviderSignUp(TypedDict):
    next: NotRequired[str]
    """A path on this server; anything else leads to `/`."""
    invitation: NotRequired[str]
    """The token of an invitation, for a new account."""


class Storyboard(TypedDict):
    panels: list[Panel]
    approved: bool
    """Whether every draft is approved as it is now."""


class SuggestedRegister(TypedDict):
    register: Literal["lower", "higher"]
    """As `suggested_for` of `GET /voices` names it."""
    reason: str


class SuggestedVoice(TypedDict):
    register: Literal["lower", "higher"]
    """As `suggested_for` of `GET /voices` names it."""
    reason: str
    id: str | None
    """An id of `GET /voices`; null if no worker is there to tell."""


class Ticket(TypedDict):
    ticket: str
    expires_in: int
    """Seconds."""
    url: str
    """The stream with the ticket: Server-Sent Events of the job, or the WebSocket of the
    session. It can be opened once."""
    live_url: NotRequired[str]
    """The same stream at a live process, if `LIVE_URL` is set: a signed link that opens it,
    again after a lost connection too, for at least 15 minutes. Socket.IO clients send it as
    `link`."""


class TotpCode(TypedDict):
    code: str


class TotpSecret(TypedDict):
    secret: str
    """Base32, to type in by hand."""
    uri: str
    """`otpauth://`, to show as a QR code."""


class TotpState(TypedDict):
    active: bool
    since: str | None
    recovery_codes_left: int


class UploadedFile(TypedDict):
    session_id: str
    upload_id: str
    kind: str
    """`face`, `voice` or `sample`."""
    filename: str
    original_name: str
    title: str
    """What its owner calls it; at first the name of the file."""
    bytes: int
    media_type: str
    sha256: str
    created_at: str
    url: str
    preview_url: str
    """A thumbnail or a waveform picture."""
    scanned: bool
    """Whether the virus scanner has passed it."""
    examination: Examination
    faces: list[FaceFound]
    """The faces of a picture, the largest first."""


class UseUpload(TypedDict):
    upload_id: str
    role: NotRequired[Literal["voice", "music"]]
    label: NotRequired[str]
    subject: NotRequired[str]


class UserSuspended(TypedDict):
    user_id: str
    email: str
    role: Literal["user", "operator", "admin"]
    plan: Literal["free", "premium"]
    org_id: str
    """The personal organisation."""
    verified: bool
    """Whether the mail address is verified."""
    has_password: bool
    created_at: str
    suspended: bool
    cancelled_jobs: int


class Users(TypedDict):
    users: list[ManagedUser]
    next_cursor: str | None


class VideoCost(TypedDict):
    currency: str
    amount: float | None
    """Null if nothing that worked has a price."""
    per_video: float | None
    """Cost of a finished video; failed jobs are part of it."""
    gpu_hours: float
    """Hours in which engines computed on a GPU."""
    cpu_hours: float
    per_gpu_hour: float | None
    """All cost, for each hour of GPU."""
    videos_per_gpu_hour: float | None
    """Finished videos for each hour of GPU."""


class VideoCredits(TypedDict):
    charged: float
    videos: int
    """Charged jobs."""
    per_video: float | None
    """Credits of a charged job."""
    per_gpu_hour: float | None
    """Credits for each hour of GPU."""


class VideoModel(TypedDict):
    id: str
    title: str
    aliases: list[str]
    provider: str
    kind: Literal["hosted", "lite"]
    """`lite`: made by the workers, on a CPU, without a key."""
    state: Literal["announced", "released", "deprecated", "closed"]
    released_on: str | None
    deprecated_on: str | None
    closed_on: str | None
    replacement: str | None
    available: bool
    """Whether it is open and a worker has a key of its provider."""
    takes: list[str]
    """`text`, `first_frame`, `last_frame`, `reference`, `audio`, `speech`."""
    durations: list[float]
    any_duration: bool
    """Whether `durations` are the shortest and the longest clip."""
    ratios: list[str]
    resolutions: list[str]
    prompt_limit: int
    price: ModelPrice
    licence: str
    commercial_use: bool
    excluded_regions: list[str]
    added_by_operator: bool
    note: str
    record: NotRequired[ModelRecord]
    """Only with `compare`."""
    fit: NotRequired[ModelFit]
    """Only with `compare`."""


class VideoModels(TypedDict):
    models: list[VideoModel]


class VideoOfBatch(TypedDict):
    row: int
    """Its place, from 0."""
    name: str
    values: dict[str, Any]
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    project_id: str | None
    credits: float
    """Its share of the quote."""
    charged_credits: float
    """What was charged, or is held; of all tries."""
    error: dict[str, Any] | None
    url: str | None
    """A signed link."""


class VoiceChoice(TypedDict):
    id: NotRequired[str]
    """An id of `GET /voices`. Without one, the language's default voice speaks; with one and
    without a `language`, the voice's language is spoken."""
    register: NotRequired[Literal["lower", "higher"]]
    """Without an `id`: the kind of the default voice, where the language has both. Without
    it, the suggestion for the picture decides, if there is one."""


class VoiceFacts(TypedDict):
    id: str
    """For `"voice": {"id": ...}` of a start."""
    name: str
    language: str
    """A tag such as `en-GB`."""
    gender: str | None
    """`female`, `male`, or null for a voice that is neither."""
    style: str
    """How it sounds, in a word."""
    engine: str
    licence: str
    default: bool
    """Whether a job in this language gets it without asking."""
    suggested_for: Literal["lower", "higher"] | None
    """The kind of voice (`suggested_voice` of a face) for which a job in this language gets
    it without asking; null for other voices."""
    sample_url: str | None
    """A few seconds to hear, as MP3; null where there are none."""


class Voices(TypedDict):
    voices: list[VoiceFacts]


class Webhook(TypedDict):
    id: str
    url: str
    description: str
    events: list[
        Literal[
            "upload_success",
            "upload_examined",
            "processing_started",
            "stage_completed",
            "stage_failed",
            "plan_revised",
            "consent_withdrawn",
            "pipeline_completed",
            "pipeline_failed",
            "pipeline_cancelled",
            "attempt.recovered",
        ]
    ]
    """Types of events; pipeline_completed, pipeline_failed, pipeline_cancelled by default."""
    job_id: str | None
    """The job whose `webhook_url` this is."""
    enabled: bool
    disabled_at: str | None
    disabled_reason: str | None
    """`user`, `gone` (410), `asked` (`webhook-delivery: disable`) or `failing` (five
    days)."""
    failing_since: str | None
    """Since when every attempt has failed."""
    previous_secret_valid_until: str | None
    """Until when messages carry the former signature, too."""
    created_at: str


class WebhookDeliveries(TypedDict):
    deliveries: list[WebhookDelivery]
    next_cursor: str | None


class WebhookDelivery(TypedDict):
    id: str
    event_id: str
    """Also sent as `webhook-id`."""
    event_type: str
    job_id: str | None
    state: Literal["pending", "delivered", "failed"]
    attempts: list[DeliveryAttempt]
    next_attempt_at: str | None
    delivered_at: str | None
    created_at: str
    payload: dict[str, Any]
    """The body that is sent."""


class WebhookWithSecret(TypedDict):
    id: str
    url: str
    description: str
    events: list[
        Literal[
            "upload_success",
            "upload_examined",
            "processing_started",
            "stage_completed",
            "stage_failed",
            "plan_revised",
            "consent_withdrawn",
            "pipeline_completed",
            "pipeline_failed",
            "pipeline_cancelled",
            "attempt.recovered",
        ]
    ]
    """Types of events; pipeline_completed, pipeline_failed, pipeline_cancelled by default."""
    job_id: str | None
    """The job whose `webhook_url` this is."""
    enabled: bool
    disabled_at: str | None
    disabled_reason: str | None
    """`user`, `gone` (410), `asked` (`webhook-delivery: disable`) or `failing` (five
    days)."""
    failing_since: str | None
    """Since when every attempt has failed."""
    previous_secret_valid_until: str | None
    """Until when messages carry the former signature, too."""
    created_at: str
    secret: str
    """`whsec_...`"""


class Webhooks(TypedDict):
    webhooks: list[Webhook]


class WithdrawConsent(TypedDict):
    subject: NotRequired[str]
    """As in the statement; without one, everyone in the session."""


class Worker(TypedDict):
    name: NotRequired[str]
    """For operators."""
    environment: str
    device: str
    memory_mb: NotRequired[int]
    """For operators."""
    memory_limit_mb: NotRequired[int]
    """For operators."""
    doing: NotRequired[str]
    """For operators: the current task's id, or empty."""
    draining: bool
    """Whether it accepts no new tasks."""
    warm: NotRequired[list[str]]
    """For operators: its loaded models."""
    warm_calls: NotRequired[int]
    """For operators: steps whose model was already loaded."""
    cold_calls: NotRequired[int]
    """For operators: steps that had to load their model."""
    warm_share: NotRequired[float | None]
    """For operators: share of warm calls; null before the first call."""
    card: NotRequired[WorkerGpu | None]
    """For operators: null on a CPU."""
    engines: list[WorkerEngine]


class WorkerEngine(TypedDict):
    stage: str
    name: str
    version: NotRequired[str]
    """For operators."""
    kind: str
    """`real`, `lite` or `simulated`."""
    ok: bool
    out_of_service: bool
    """Whether it was taken out of service after repeated failures."""
    why: NotRequired[str]
    """For operators: why it cannot run; empty if it can."""
    remedy: NotRequired[str]
    """For operators."""


class WorkerGpu(TypedDict):
    id: str
    name: str
    memory_mb: int
    """Memory available to models."""
    models: dict[str, int]
    """Memory in MB by STAGE/ENGINE."""


class Workers(TypedDict):
    workers: list[Worker]
