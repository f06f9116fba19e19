// Generated from the OpenAPI document by `make clients`; do not edit.

export const API_VERSION = "1";

/** The codes of this version. Newer servers have more, so any text is one. */
export type ErrorCode =
  | "ACCOUNTS_OFF"
  | "ACCOUNT_LINK_INVALID"
  | "ACCOUNT_SUSPENDED"
  | "ACCOUNT_UNVERIFIED"
  | "ADMINS_ONLY"
  | "ANALYSIS_UNREADABLE"
  | "API_KEYS_LIMIT"
  | "API_KEY_EXPIRED"
  | "API_KEY_NOT_ALLOWED"
  | "API_KEY_NOT_FOUND"
  | "API_KEY_UNKNOWN"
  | "APPEAL_USED"
  | "BAD_REQUEST"
  | "BATCH_NOT_FOUND"
  | "BATCH_STATE"
  | "BILLING_OFF"
  | "BUDGET_NOT_FOUND"
  | "BUDGET_REACHED"
  | "CALL_NOT_FOUND"
  | "CANCELLED"
  | "CHAT_FULL"
  | "CHECKSUM_MISMATCH"
  | "CLIP_MARKED"
  | "CONSENT_NOT_FOUND"
  | "CONSENT_NOT_VALID"
  | "CONSENT_REQUIRED"
  | "CONSENT_WITHDRAWN"
  | "CREDITS_NEEDED"
  | "DAILY_LIMIT_REACHED"
  | "DEAD_LETTER_INCOMPLETE"
  | "DEAD_LETTER_NOT_FOUND"
  | "EMAIL_NOT_VERIFIED"
  | "ENGINE_BROKEN"
  | "ENGINE_UNAVAILABLE"
  | "EVENTS_GONE"
  | "FACE_COVERED"
  | "FACE_MISSING"
  | "FACE_REFUSED"
  | "FACE_TOO_SMALL"
  | "FACE_TURNED_AWAY"
  | "FILE_NOT_FOUND"
  | "FILE_VALIDATION_FAILED"
  | "FRESH_SIGN_IN_REQUIRED"
  | "HEALTH_CHECK_FAILED"
  | "IDEMPOTENCY_KEY_IN_USE"
  | "IDEMPOTENCY_KEY_REUSED"
  | "IDENTITY_EMAIL_UNVERIFIED"
  | "IDENTITY_NOT_FOUND"
  | "IDENTITY_PROVIDER_UNAVAILABLE"
  | "IDENTITY_REFUSED"
  | "IMAGE_IN_USE"
  | "IMAGE_NOT_APPROVED"
  | "IMAGE_NOT_FOUND"
  | "IMAGE_NOT_REJECTED"
  | "IMAGE_REJECTED"
  | "INPUT_REFUSED"
  | "INTERNAL_ERROR"
  | "INVITATION_INVALID"
  | "INVITATION_NOT_FOUND"
  | "JOB_FILES_DELETED"
  | "JOB_KIND_MISMATCH"
  | "JOB_LOST"
  | "JOB_NOT_FOUND"
  | "JOB_OPEN"
  | "JOB_RUNNING"
  | "JOB_SUCCEEDED"
  | "LAST_WAY_IN"
  | "LICENCE_NON_COMMERCIAL"
  | "LINK_INVALID"
  | "LOGIN_BUSY"
  | "LOGIN_FAILED"
  | "LOGIN_NOT_FOUND"
  | "LOGIN_REQUIRED"
  | "MANIFEST_INVALID"
  | "METHOD_NOT_ALLOWED"
  | "MODEL_CLOSED"
  | "MODEL_NOT_FOUND"
  | "MODERATION_REFUSED"
  | "NOTHING_BOUGHT"
  | "NOT_FOUND"
  | "NOT_READY"
  | "NO_FACE"
  | "NO_MODEL_FITS"
  | "OPERATORS_ONLY"
  | "OPERATOR_LINK_EXPIRED"
  | "ORIGIN_NOT_ALLOWED"
  | "OWNER_ONLY"
  | "OWN_ACCOUNT"
  | "PACK_NOT_FOUND"
  | "PASSKEYS_LIMIT"
  | "PASSKEYS_OFF"
  | "PASSKEY_KNOWN"
  | "PASSKEY_NOT_FOUND"
  | "PASSKEY_REFUSED"
  | "PASSKEY_SUSPECTED"
  | "PASSWORD_SIGN_IN_REQUIRED"
  | "PAYMENTS_OFF"
  | "PLAN_CHANGED"
  | "PLAN_INVALID"
  | "PLAN_MISSING"
  | "PRECONDITION_FAILED"
  | "PREVIEW_FAILED"
  | "PREVIEW_NOT_FOUND"
  | "PROJECT_EXPIRED"
  | "PROJECT_LIMIT"
  | "PROJECT_NOT_FOUND"
  | "PROJECT_STATE"
  | "PROVIDER_FAILED"
  | "PROVIDER_UNAVAILABLE"
  | "PROVIDER_UNKNOWN"
  | "PURCHASE_UNKNOWN"
  | "QUOTA_EXCEEDED"
  | "QUOTE_EXPIRED"
  | "QUOTE_MISMATCH"
  | "QUOTE_NOT_FOUND"
  | "RANGE_NOT_SATISFIABLE"
  | "RATE_LIMITED"
  | "RECEIPT_NOT_FOUND"
  | "REFRESH_CONFLICT"
  | "REFRESH_TOKEN_INVALID"
  | "REGISTRATION_CLOSED"
  | "REPORT_DECIDED"
  | "REPORT_NOT_FOUND"
  | "REQUEST_INCOMPLETE"
  | "REQUEST_TOO_LARGE"
  | "RESULT_REFUSED"
  | "REVISION_NOT_FOUND"
  | "SAMPLE_CODEC"
  | "SAMPLE_FORMAT"
  | "SAMPLE_HDR"
  | "SAMPLE_MISSING"
  | "SAMPLE_REFUSED"
  | "SAMPLE_STILL"
  | "SAMPLE_STREAMS"
  | "SAMPLE_TOO_FAST"
  | "SAMPLE_TOO_LARGE"
  | "SAMPLE_TOO_LONG"
  | "SAMPLE_TOO_SHORT"
  | "SAMPLE_UNREADABLE"
  | "SAMPLE_WITHOUT_PICTURE"
  | "SCAN_UNAVAILABLE"
  | "SCOPE_MISSING"
  | "SCRIPT_REFUSED"
  | "SECOND_FACTOR_INVALID"
  | "SECOND_FACTOR_NEEDED"
  | "SERVER_FULL"
  | "SESSION_EXPIRED"
  | "SESSION_LIMIT"
  | "SESSION_NOT_FOUND"
  | "SESSION_REQUIRED"
  | "SEVERAL_FACES"
  | "STAGE_FAILED"
  | "STAGE_OUT_OF_MEMORY"
  | "STAGE_TIMED_OUT"
  | "STORAGE_FULL"
  | "STORE_UNAVAILABLE"
  | "STORYBOARD_OPEN"
  | "STRIPE_SIGNATURE_INVALID"
  | "STRIPE_UNAVAILABLE"
  | "TICKET_INVALID"
  | "TOKEN_EXPIRED"
  | "TOKEN_INVALID"
  | "TOO_MANY_CLIENTS"
  | "TOO_MANY_CODES"
  | "TOO_MANY_CONNECTIONS"
  | "TOO_MANY_REQUESTS"
  | "TOTP_ACTIVE"
  | "TOTP_NOT_SET_UP"
  | "TUS_VERSION_UNSUPPORTED"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "UPLOADS_PENDING"
  | "UPLOAD_EXPIRED"
  | "UPLOAD_LOCKED"
  | "UPLOAD_NOT_ACCEPTED"
  | "UPLOAD_NOT_FOUND"
  | "UPLOAD_OFFSET_MISMATCH"
  | "USER_EXISTS"
  | "USER_MISMATCH"
  | "USER_NOT_FOUND"
  | "VALIDATION_FAILED"
  | "VIDEO_MISSING"
  | "VOICE_IN_USE"
  | "VOICE_NOT_FOUND"
  | "VOICE_REFUSED"
  | "VOICE_SAMPLE_NOT_FOUND"
  | "WEBHOOKS_LIMIT"
  | "WEBHOOK_DELIVERY_NOT_FOUND"
  | "WEBHOOK_DISABLED"
  | "WEBHOOK_NOT_FOUND"
  | "WEBHOOK_URL_REFUSED"
  | "WEBSOCKET_REQUIRED"
  | "WORKER_NOT_FOUND"
  | (string & {});

export interface Account {
  user_id: string;
  email: string;
  role: "user" | "operator" | "admin";
  plan: "free" | "premium";
  /** The personal organisation. */
  org_id: string;
  /** Whether the mail address is verified. */
  verified: boolean;
  has_password: boolean;
  created_at: string;
}

export interface AccountCapabilities {
  /** `off`, `optional` or `required`. */
  mode: string;
  /** `open`, `invite` or `closed`. */
  registration: string;
  /** Whether mail addresses are verified; else no mail is sent. */
  verification: boolean;
  /** Identity providers that are set up: `google`, `github`, `oidc`. */
  providers: string[];
  /** Origins of the pages that may use passkeys; empty without any. */
  passkey_origins: string[];
}

export interface AccountCode {
  /** Required for accounts with a password. */
  current_password?: string;
  /** Of the authenticator app, or a recovery code. */
  code: string;
}

export interface AccountProof {
  /** Required for accounts with a password. */
  current_password?: string;
  /** Required for accounts with an authenticator app. */
  code?: string;
}

export interface AccountRegistered {
  email: string;
  /** `sent`: a link was sent to the address. */
  verification: "off" | "sent";
}

export interface ActiveSession {
  session_id: string;
  user_id: string;
  created_at: string;
  seen_at: string;
  storage_bytes: number;
  /** Whether it has open jobs. */
  working: boolean;
}

export interface ActiveSessions {
  active_sessions: number;
  max_sessions: number;
  system_healthy: boolean;
  sessions: ActiveSession[];
}

export interface AddPasskey {
  /** What its owner calls it; browser and system by default. */
  name?: string;
  credential: CreatedPasskeyCredential;
}

export interface AddedPasskey {
  passkey: OnePasskey;
  /** Shown once, with the first second factor; else empty. */
  recovery_codes: string[];
}

export interface AllJobs {
  jobs: ListedJob[];
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface AnalysisStarted {
  job_id?: string;
  status?: string;
  /** A signed link to its events. */
  events?: string;
}

export interface Analytics {
  jobs: JobCounts;
  /** From the request to the video. */
  video_seconds: DurationQuantiles;
  /** From the request to the dispatch. */
  wait_seconds: DurationQuantiles;
  estimates: EstimateCounts;
  cost: VideoCost;
  credits: VideoCredits;
  since: string;
  until: string;
  /** The controller computes today's figures every minute. */
  computed_at: string | null;
  people: PeopleCounts;
  stages: StageDurations[];
  failures: FailureCount[];
  /** The routes that are used most. */
  requests: RouteLatency[];
  feedback: FeedbackSummary;
  days: AnalyticsDay[];
}

export interface AnalyticsDay {
  jobs: JobCounts;
  /** From the request to the video. */
  video_seconds: DurationQuantiles;
  /** From the request to the dispatch. */
  wait_seconds: DurationQuantiles;
  estimates: EstimateCounts;
  cost: VideoCost;
  credits: VideoCredits;
  day: string;
  people: number;
  requests: RequestDurations;
  /** The mean of the scores. */
  score: number | null;
  ratings: number;
}

export interface ApiKey {
  id: string;
  name: string;
  /** The first characters of the key. */
  prefix: string;
  scopes: ("jobs:read" | "jobs:write" | "images" | "projects" | "billing" | "webhooks")[];
  created_at: string;
  expires_at: string | null;
  expired: boolean;
  /** To the minute. */
  last_used_at: string | null;
  /** A pseudonym of the address, to tell addresses apart. */
  last_used_from: string | null;
  daily_jobs: number | null;
  jobs_today: number;
  /** Until when the key before the last rotation is valid. */
  previous_valid_until: string | null;
}

export interface ApiKeyWithText {
  id: string;
  name: string;
  /** The first characters of the key. */
  prefix: string;
  scopes: ("jobs:read" | "jobs:write" | "images" | "projects" | "billing" | "webhooks")[];
  created_at: string;
  expires_at: string | null;
  expired: boolean;
  /** To the minute. */
  last_used_at: string | null;
  /** A pseudonym of the address, to tell addresses apart. */
  last_used_from: string | null;
  daily_jobs: number | null;
  jobs_today: number;
  /** Until when the key before the last rotation is valid. */
  previous_valid_until: string | null;
  key: string;
}

export interface ApiKeys {
  keys: ApiKey[];
}

export interface AppealImage {
  text: string;
}

export interface ApproveDrafts {
  /** Ids of scenes of the latest plan; empty: all of them. */
  scenes?: string[];
  /** False takes an approval back. */
  approved?: boolean;
}

export interface AuditEntry {
  id: number;
  at: string;
  actor: string;
  action: string;
  target: string;
  address: string;
  request_id: string;
  details: Record<string, unknown>;
}

export interface AuditPage {
  entries: AuditEntry[];
}

export interface BackTest {
  /** `job` or a stage. */
  what: string;
  engine: string;
  runs: number;
  /** Share at or below the median estimate; ideally 0.5. */
  within_likely: number | null;
  /** Share at or below the 90th percentile estimate; ideally 0.9. */
  within_high: number | null;
  above_low: number | null;
}

export interface BackTests {
  estimates: BackTest[];
}

export interface Batch {
  id: string;
  name: string;
  template: string;
  state: "quoted" | "running" | "paused" | "done" | "cancelled";
  /** Why it waits or is paused. */
  problem: Record<string, unknown> | null;
  quote_id: string;
  dollars: number;
  credits: number;
  max_credits: number;
  /** What was charged, and is held, so far. */
  charged_credits: number;
  /** How many videos by state. */
  counts: Record<string, unknown>;
  videos: VideoOfBatch[];
  created_at: string;
  finished_at: string | null;
}

export interface Batches {
  batches: Batch[];
  next_cursor: string | null;
}

export interface BillingCapabilities {
  /** Whether a start needs credits. */
  credits: boolean;
  /** What stored results cost: `free` or `charged`. */
  reused_steps: string;
}

export interface Budget {
  id: string;
  key_id: string | null;
  project_id: string | null;
  period: "day" | "month";
  credits: number;
  /** Used and held. */
  used: number;
  resets_at: string;
  /** Whether 80 % were reached in this period. */
  warned: boolean;
}

export interface Budgets {
  budgets: Budget[];
}

export interface CacheFigures {
  policy: string;
  limit_bytes: number;
  limit_hours: number;
  stages: CacheOfStage[];
  total: CacheTotal;
}

export interface CacheOfStage {
  entries: number;
  bytes: number;
  /** Entries that no job uses any more. */
  evictable_entries: number;
  evictable_bytes: number;
  hits: number;
  misses: number;
  bytes_found: number;
  /** Estimated computing time saved. */
  seconds_saved: number;
  evictions: number;
  bytes_evicted: number;
  stage: string;
}

export interface CacheTotal {
  entries: number;
  bytes: number;
  /** Entries that no job uses any more. */
  evictable_entries: number;
  evictable_bytes: number;
  hits: number;
  misses: number;
  bytes_found: number;
  /** Estimated computing time saved. */
  seconds_saved: number;
  evictions: number;
  bytes_evicted: number;
}

export interface CacheUse {
  found: number;
  computed: number;
  /** Estimated computing time saved. */
  seconds_saved: number;
  entries: number;
  bytes: number;
}

export interface Call {
  id: string;
  job_id: string;
  provider: string;
  model_id: string;
  why: string;
  state: "queued" | "submitting" | "waiting" | "ready" | "finishing" | "done" | "failed" | "unknown" | "cancelled";
  attempt: number;
  task_id: string;
  /** The label of the key. */
  key: string;
  /** Whether it counts as paid for. */
  spent: boolean;
  dollars: number;
  /** As the provider has said. */
  told_dollars: number | null;
  cause: string;
  message: string;
  prompt: string;
  created_at: string;
  asked_at: string | null;
  submitted_at: string | null;
  finished_at: string | null;
}

export interface Calls {
  calls: Call[];
}

export interface CancelRequested {
  jobs: string[];
}

export interface CancelSearch {
  /** Only jobs of this session. */
  session_id?: string;
  /** Only jobs in this state. */
  state?: "queued" | "running";
}

export interface Capabilities {
  /** The mode of jobs that do not name one. */
  current_mode: string;
  /** Same as `current_mode` (former name). */
  default_mode: string;
  production_readiness: ProductionReadiness;
  /** Expected seconds of one step by stage, in this mode, and their `total`. */
  time_estimates: Record<string, number>;
  /** Whether a job in this mode could run now. */
  modes: Record<string, boolean>;
  environments: EnvironmentCapability[];
  stages: StageCapability[];
  accounts: AccountCapabilities;
  billing: BillingCapabilities;
  live: LiveCapabilities;
}

export interface ChangeAccount {
  email: string;
  current_password: string;
}

export interface ChangePassword {
  current_password: string;
  password: string;
}

export interface ChangeProject {
  name?: string;
  max_seconds?: number;
  language?: string;
}

export interface ChangeRecording {
  /** Keep the recording from this second on. */
  start?: number;
  /** Keep the recording up to this second. */
  end?: number;
  name?: string;
}

export interface ChangeTitle {
  title: string;
}

export interface ChangeUser {
  role?: "user" | "operator" | "admin";
  plan?: "free" | "premium";
}

export interface ChangeWebhook {
  url?: string;
  /** Types of events; pipeline_completed, pipeline_failed, pipeline_cancelled by default. */
  events?: ("upload_success" | "upload_examined" | "processing_started" | "stage_completed" | "stage_failed" | "plan_revised" | "consent_withdrawn" | "pipeline_completed" | "pipeline_failed" | "pipeline_cancelled" | "attempt.recovered")[];
  description?: string;
  /** `true` also enables what was disabled by failures. */
  enabled?: boolean;
}

export interface Chat {
  messages?: ChatReport[];
}

export interface ChatAnswer {
  answer?: ChatReport;
  plan_revision?: number;
  changed?: boolean;
  plan?: Record<string, unknown>;
}

export interface ChatReport {
  id?: number;
  role?: string;
  text?: string;
  patch?: Record<string, unknown>[] | null;
  revision?: number | null;
  degraded?: Record<string, unknown>[];
  created_at?: string;
}

export interface CheckoutPage {
  order_id: string;
  url: string;
}

export interface CleanupRequest {
  session_id?: string;
  emergency?: boolean;
}

export interface CleanupResult {
  priority: string;
  space_freed_mb: number;
  seconds: number;
  storage_usage_percent: number;
}

export interface ConfirmDeletion {
  /** Required for accounts with a password. */
  current_password?: string;
}

export interface ConsentPage {
  consents: ConsentRecord[];
  next_cursor: string | null;
}

export interface ConsentRecord {
  id: string;
  subject: string;
  statement: string;
  uses: string[];
  /** `stated` if the start of a job stated it. */
  shown: string;
  has_evidence: boolean;
  /** Only of `spoken` consents. */
  check: SpokenCheck | null;
  /** Whether new jobs may use it. */
  valid: boolean;
  used: ConsentUsed;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
}

export interface ConsentStatement {
  /** The person shown or heard. */
  subject: string;
  /** What the person agreed to. */
  statement: string;
}

export interface ConsentUsed {
  /** All that began with it. */
  jobs: number;
  /** Those under way; a revocation ends them. */
  open_jobs: number;
  /** Finished ones that can be opened; a revocation blocks them. */
  videos: number;
}

export interface CostItem {
  stage: string;
  engine: string;
  /** `character`, `second`, `token` or `hour`. */
  unit: string;
  quantity: number;
  amount: number;
}

export interface CreateApiKey {
  name: string;
  /** What the key may do. */
  scopes: ("jobs:read" | "jobs:write" | "images" | "projects" | "billing" | "webhooks")[];
  /** Without it, the key does not expire. */
  expires_at?: string;
  /** How many jobs the key may start in a day (UTC). */
  daily_jobs?: number;
}

export interface CreateBatchFields {
  /** The project whose plan has the places, such as `{{product}}`. */
  template: string;
  name?: string;
  videos?: NewVideo[];
  csv?: string;
}

export type CreateBatch = CreateBatchFields & ({ videos: NewVideo[] } | { csv: string });

export interface CreateConsent {
  /** The person shown or heard. */
  subject: string;
  /** What the person agreed to, and what for. */
  statement: string;
  uses?: ("face" | "voice")[];
  /** How the person has shown it. `spoken` and `document` need `evidence_upload_id`. */
  shown?: "checkbox" | "spoken" | "document";
  /** An upload of yours: the recording of the spoken sentence, or a picture of the signed document. */
  evidence_upload_id?: string;
  expires_at?: string;
}

export interface CreateInvitation {
  /** The only address that may use it. Default: any. */
  email?: string;
  role?: "user" | "operator" | "admin";
}

export interface CreateProject {
  name: string;
  aspect_ratio?: "9:16";
  /** The video is shorter than this. */
  max_seconds?: number;
  language?: string;
}

export interface CreateSession {
  /** A name for the user in lists. Required without an account; with one, the account's id by default. */
  user_id?: string;
}

export interface CreateTicketFields {
  session_id?: string;
  job_id?: string;
}

export type CreateTicket = CreateTicketFields & ({ session_id: string } | { job_id: string });

export interface CreateWebhook {
  /** `https://...` */
  url: string;
  /** Types of events; pipeline_completed, pipeline_failed, pipeline_cancelled by default. */
  events?: ("upload_success" | "upload_examined" | "processing_started" | "stage_completed" | "stage_failed" | "plan_revised" | "consent_withdrawn" | "pipeline_completed" | "pipeline_failed" | "pipeline_cancelled" | "attempt.recovered")[];
  description?: string;
}

export interface CreatedPasskeyCredential {
  id: string;
  rawId: string;
  type: "public-key";
  response: PasskeyAttestation;
}

export interface CreditEstimate {
  items: PriceItem[];
  /** The median. */
  p50: number;
  /** The upper end: what a start holds. */
  p90: number;
  price_version: number;
  /** Send it with the start within 15 minutes to keep this price. */
  quote_id: string | null;
  expires_at: string | null;
  available: number | null;
  job: JobEstimate;
}

export interface CreditTransaction {
  id: string;
  /** `grant`, `purchase`, `refund`, `adjustment`, `hold`, `charge` or `release`. A charge also releases what is left of the hold. */
  kind: string;
  /** What the balance changes by. */
  credits: number;
  /** What `held` changes by. */
  held: number;
  job_id: string | null;
  run: number | null;
  note: string;
  created_at: string;
}

export interface CreditTransactions {
  transactions: CreditTransaction[];
  next_cursor: string | null;
}

export interface CreditUsage {
  group_by: "day" | "engine" | "key" | "project";
  credits: number;
  rows: CreditUsageRow[];
}

export interface CreditUsageRow {
  /** A day, an engine, the id of a key (empty: signed in), or that of a project (empty: of none). */
  group: string;
  jobs: number;
  credits: number;
  /** Computed steps. */
  computed: number;
  reused: number;
  failed: number;
}

export interface Credits {
  balance: number;
  /** Held for jobs that have not ended. */
  held: number;
  /** `balance` less `held`. */
  available: number;
}

export interface DeadLetter {
  id: number;
  kind: "message" | "event" | "decision" | "outbox" | "copy" | "duty" | "request";
  /** Identifies the message, event, row or duty. */
  reference: string;
  job_id: string | null;
  /** The class of the error. */
  error: string;
  reason: string;
  /** How many times it failed. */
  count: number;
  state: "dead" | "retrying" | "resolved";
  payload_complete: boolean;
  created_at: string;
  last_tried_at: string;
}

export interface DeadLetterDetails {
  id: number;
  kind: "message" | "event" | "decision" | "outbox" | "copy" | "duty" | "request";
  /** Identifies the message, event, row or duty. */
  reference: string;
  job_id: string | null;
  /** The class of the error. */
  error: string;
  reason: string;
  /** How many times it failed. */
  count: number;
  state: "dead" | "retrying" | "resolved";
  payload_complete: boolean;
  created_at: string;
  last_tried_at: string;
  payload: string;
}

export interface DeadLetterPage {
  dead_letters: DeadLetter[];
  next_cursor: number | null;
  /** Unresolved letters that were dropped since installation, because 1,000 newer ones of their kind came; of `kind`, or of all kinds. */
  dropped: number;
}

export interface DeliveryAttempt {
  at: string;
  seconds: number;
  status: number | null;
  /** The first KB of the answer's body. */
  answer: string;
  /** Why there was no answer. */
  error: string;
}

export interface DurationQuantiles {
  p50: number | null;
  p90: number | null;
  p99: number | null;
  mean: number | null;
}

export interface EngineCapability {
  name: string;
  available: boolean;
  offers: EngineNow[];
}

export interface EngineChoice {
  name: string;
  /** For operators. */
  version?: string;
  kind: string;
  environment: string;
  licence: string;
  commercial_use: boolean;
  /** `production`, `production on a CPU` or `placeholder`. */
  quality: string;
  /** Expected duration of a step, measured from history if there is any. */
  seconds: number;
}

export interface EngineNow {
  /** For operators. */
  worker?: string;
  environment: string;
  /** For operators. */
  version?: string;
  /** `real`, `lite` or `simulated`. */
  kind: string;
  ok: boolean;
  /** For operators: why the engine cannot run there; empty if it can. */
  why?: string;
  /** For operators. */
  remedy?: string;
  licence: string;
  commercial_use: boolean;
  /** Empty: all languages. */
  languages: string[];
  voice_match: string;
}

export interface EngineWork {
  stage: string;
  engine: string;
  computed: number;
  /** Results reused from the cache. */
  found: number;
  p50_seconds: number | null;
  p90_seconds: number | null;
}

export interface EnvironmentCapability {
  name: string;
  stages: string[];
  carries: string;
  /** Whether it has a live worker or is installed on this machine. */
  found: boolean;
  /** For operators: `chosen`, `built` or `conda`; empty if not installed on this machine. */
  here?: string;
  /** Number of live workers. */
  worker_count: number;
  /** For operators: names of the live workers. */
  workers?: string[];
}

export interface EnvironmentLoad {
  environment: string;
  /** Steps in the queue. */
  waiting: number;
  /** Steps running on workers that are not draining. */
  running: number;
  /** Waiting jobs that need this environment. */
  in_line: number;
  /** Workers that accept tasks. */
  workers: number;
  /** Number of workers needed for this load. */
  wanted: number;
}

export interface EstimateCounts {
  people: number;
  started: number;
  /** Share of the people with an estimate who started a job. */
  conversion: number | null;
}

export interface EstimateJobFields {
  /** What the clip shows. Only with `pipeline: "clip"`. */
  prompt?: string;
  /** What it must not show, where the model takes that. Only with `pipeline: "clip"`. */
  negative_prompt?: string;
  /** Seconds; the model's next longer clip is made. Only with `pipeline: "clip"`. */
  duration?: number;
  /** Width to height. Only with `pipeline: "clip"`. */
  ratio?: "16:9" | "9:16" | "1:1" | "4:3" | "3:4" | "21:9";
  /** The model's own default if it is left out. Only with `pipeline: "clip"`. */
  resolution?: "360p" | "480p" | "720p" | "1080p" | "4k";
  /** Ask for sound. Only with `pipeline: "clip"`. */
  audio?: boolean;
  /** The `upload_id` of a picture, or a picture of `GET /api/images`, that the clip begins with. Only with `pipeline: "clip"`. */
  first_frame?: string;
  /** What the person in `first_frame` says to the camera, by a model that takes `speech`; the clip is as long as that takes, or longer. Only with `pipeline: "clip"`. */
  speech?: string;
  /** The language of `speech`; English if it is left out. Only with `pipeline: "clip"`. */
  speech_language?: string;
  /** A voice of `GET /api/voices`, by its id. Only with `pipeline: "clip"`. */
  speech_voice?: "af_heart" | "af_alloy" | "af_aoede" | "af_bella" | "af_jessica" | "af_kore" | "af_nicole" | "af_nova" | "af_river" | "af_sarah" | "af_sky" | "am_adam" | "am_echo" | "am_eric" | "am_fenrir" | "am_liam" | "am_michael" | "am_onyx" | "am_puck" | "am_santa" | "bf_alice" | "bf_emma" | "bf_isabella" | "bf_lily" | "bm_daniel" | "bm_fable" | "bm_george" | "bm_lewis" | "ef_dora" | "em_alex" | "em_santa" | "ff_siwis" | "hf_alpha" | "hf_beta" | "hm_omega" | "hm_psi" | "if_sara" | "im_nicola" | "jf_alpha" | "jf_gongitsune" | "jf_nezumi" | "jf_tebukuro" | "jm_kumo" | "pf_dora" | "pm_alex" | "pm_santa" | "zf_xiaobei" | "zf_xiaoni" | "zf_xiaoxiao" | "zf_xiaoyi" | "zm_yunjian" | "zm_yunxi" | "zm_yunxia" | "zm_yunyang" | "joe" | "espeak_ar" | "espeak_cs" | "espeak_da" | "espeak_de" | "espeak_el" | "espeak_en" | "espeak_es" | "espeak_fi" | "espeak_fr" | "espeak_hi" | "espeak_hu" | "espeak_id" | "espeak_it" | "espeak_ja" | "espeak_ko" | "espeak_nb" | "espeak_nl" | "espeak_pl" | "espeak_pt" | "espeak_ro" | "espeak_ru" | "espeak_sv" | "espeak_tr" | "espeak_uk" | "espeak_vi" | "espeak_zh";
  /** The same for its end. Only with `pipeline: "clip"`. */
  last_frame?: string;
  /** A model of `GET /api/models`, by id or name. Only with `pipeline: "clip"`. */
  model?: string;
  /** How to choose a model if none is named. Only with `pipeline: "clip"`. */
  routing?: "balanced" | "cheapest" | "fastest" | "best";
  /** Take the replacement of a closed model. Only with `pipeline: "clip"`. */
  allow_replacement?: boolean;
  /** Make a draft in 360p first; see `from_draft`. Only with `pipeline: "clip"`. */
  draft?: boolean;
  /** The job of a draft that you approve: the clip is made at its full price, and what it shows comes from the draft. Only with `pipeline: "clip"`. */
  from_draft?: string;
  /** The text to speak, word for word. */
  script?: string;
  /** The topic of a generated script with `scenes` scenes. */
  topic?: string;
  /** `auto`: the language of the script (or topic), told by its words. */
  language?: string;
  /** The tone of a generated script, such as `warm and curious`. */
  tone?: string;
  aspect_ratio?: "9:16" | "16:9" | "1:1";
  /** The shorter side of the video, as in "720p". */
  height?: number;
  /** Burn captions in. Without, they are in the SRT and VTT files and in a track of the video, which players show when it is chosen. */
  captions?: boolean;
  /** `plain` letters with a rim, letters on a dark plate (`boxed`), or each word coloured while it is spoken (`words`). */
  caption_style?: "plain" | "boxed" | "words";
  caption_size?: "small" | "medium" | "large";
  /** `auto` puts captions below the chin, or above the head if there is no room. No position covers the lips. */
  caption_position?: "auto" | "bottom" | "top";
  /** Another seed, another take. Without one, equal work gives equal results. Only engines that draw random numbers use it. */
  seed?: number | null;
  /** Defaults to the server's `DEFAULT_MODE`. */
  mode?: "production" | "auto" | "simulation";
  priority?: "low" | "normal" | "high";
  /** Number of scenes of a generated script. */
  scenes?: number;
  quality?: "fast" | "balanced" | "best";
  transition?: "cut" | "crossfade";
  /** Burn in a label that marks the video as synthetic; the server's `LABEL` decides where it is not given. */
  label?: boolean;
  /** Which face to use if the picture shows several. */
  face_index?: number | null;
  /** Use the uploaded recording itself as the speech. */
  use_audio_as_is?: boolean;
  /** Match the synthetic voice to the uploaded recording. */
  match_voice?: boolean;
  voice?: VoiceChoice;
  /** The voice of each scene, in their order, as ids of `GET /voices`; an empty one stands for `voice`. With marks in the script, one for each part between two of them. All need the engine and the language of the job. */
  scene_voices?: string[];
  /** Engine names by stage, as listed by `GET /capabilities`. */
  engines?: Record<string, string>;
  /** `talking`: a person speaks. `clip`: one clip by a video model. */
  pipeline?: "talking" | "clip";
  /** Needed with `use_audio_as_is`, to know the recording's length. */
  session_id?: string;
}

export type EstimateJob = EstimateJobFields & ({ script: string } | { topic: string } | { use_audio_as_is: true } | { pipeline: "clip"; prompt: string } | { pipeline: "clip"; from_draft: string });

/** Something that happened in a session. */
export interface Event {
  event_type: "upload_success" | "upload_examined" | "processing_started" | "stage_started" | "progress_update" | "stage_completed" | "stage_failed" | "plan_revised" | "pipeline_completed" | "pipeline_failed" | "pipeline_cancelled" | "consent_withdrawn" | "resource_alert";
  session_id: string;
  job_id: string | null;
  stage: string | null;
  scene: number | null;
  message: string;
  details: Record<string, unknown>;
  progress_percent: number;
  eta_seconds: number | null;
  event_id: string;
  version: number;
  eta_range: number[] | null;
}

export interface Examination {
  /** `pending`: the verdict follows as `upload_examined`. `unavailable`: no worker has examined the file, and a job may try it. */
  state: "pending" | "done" | "unavailable";
  /** Whether a job can use it as it is. */
  usable?: boolean;
  error_code?: ErrorCode | null;
  reason?: string | null;
  /** The face that a job uses if it names none. */
  face_index?: number | null;
  /** Of the stored picture. */
  width?: number | null;
  height?: number | null;
  warnings?: FileWarning[];
  crops?: FaceCrop[];
  sound?: SoundQuality | null;
}

export interface FaceBox {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface FaceCrop {
  face_index: number;
  aspect_ratio: string;
  width: number;
  height: number;
  /** How it differs from the picture: `extended`, `straightened` or `upside_down`. */
  notes: string[];
  url: string;
  signed_url: string;
}

export interface FaceFound {
  box: FaceBox;
  usable: boolean;
  /** The error with which a job would fail. */
  error_code: ErrorCode | null;
  reason: string | null;
  quality: FaceQuality;
  /** The kind of voice that a start without `voice` takes; null if none is suggested. */
  suggested_voice: SuggestedRegister | null;
}

export interface FaceQuality {
  /** The detector's confidence. */
  score: number;
  /** Pixels between the outer corners of the eyes. */
  eyes: number;
  /** The largest video height at which the face is sharp; 0: none. */
  height: number;
  /** Degrees to the side. */
  yaw: number;
  /** Degrees up or down. */
  pitch: number;
  /** Degrees of tilt. */
  roll: number;
  /** Below 0.012 is out of focus. */
  sharpness: number;
  /** Mean brightness, 0 to 1. */
  light: number;
}

export interface FailureCount {
  code: string;
  jobs: number;
}

export interface Feedback {
  /** From 1 (bad) to 5 (good). */
  score: number;
  words: string;
  problems: string[];
  job_id: string;
  created_at: string;
  changed_at: string;
}

export interface FeedbackComment {
  job_id: string;
  score: number;
  words: string;
  at: string;
}

export interface FeedbackSummary {
  ratings: number;
  /** The mean of the scores. */
  score: number | null;
  /** Ratings from 1 to 5. */
  scores: number[];
  problems: ProblemCount[];
  comments: FeedbackComment[];
}

export interface FileWarning {
  code: string;
  message: string;
}

export interface Generate {
  plan_revision?: number;
  quote_id?: string;
  /** Refuse a scene whose draft is not approved (`/storyboard`). */
  storyboard?: boolean;
  model?: string;
}

export interface Generation {
  generation_id?: string;
  job_id?: string;
  plan_revision?: number;
  model?: string;
  status?: string;
  /** Clips that were reused, and their price. */
  saved?: Record<string, unknown>;
  /** A signed link to its events. */
  events?: string;
}

export interface GenerationSettings {
  model?: string;
  captions?: "off" | "plain" | "boxed" | "words";
  /** `source`, `prompt`, `tempo`, `cut_on_beats`. */
  music?: Record<string, unknown>;
  /** `voice`, `music`, `effects`, `ducking`. */
  mix?: Record<string, unknown>;
  /** `colour_match`, `fit`. */
  look?: Record<string, unknown>;
}

export interface GrantCredits {
  /** Up to six decimals; negative: taken away. */
  credits: number;
  note?: string;
  /** The same reference counts once, however often it is sent. */
  reference?: string;
}

export interface HealthCheck {
  ok: boolean;
  milliseconds: number;
  /** Why the check failed; empty if it passed. */
  why: string;
}

export interface HealthReport {
  status: string;
  checks: Record<string, HealthCheck>;
  /** The version of Callsheet. */
  version: string;
  overall_healthy: boolean;
  overall_health: string;
  memory_usage_percent: number;
  storage_usage_percent: number;
  active_sessions: number;
  max_sessions: number;
  production_ready: boolean;
  available_environments: string[];
  memory_health: MemoryHealth;
  session_health: SessionHealth;
  production_capabilities: ProductionCapabilities;
}

export interface Identities {
  identities: OneIdentity[];
}

export interface Image {
  id: string;
  name: string;
  original_name: string;
  bytes: number;
  media_type: string;
  /** Of the stored copy. */
  sha256: string;
  /** Whether the virus scanner has passed it. */
  scanned: boolean;
  public_id: string | null;
  /** Anyone may open it; or null. */
  public_url: string | null;
  created_at: string;
  /** When a job used it last, or when it was added. */
  used_at: string;
  content_url: string;
  thumbnail_url: string;
  /** Opens the file without credentials for at least 15 minutes. */
  signed_url: string;
  /** Opens the thumbnail without credentials for at least 15 minutes. */
  signed_thumbnail_url: string;
  width: number | null;
  height: number | null;
  /** Camera, lens, exposure and time of the sent picture. The place and everything else was dropped, and the stored copy has no EXIF at all. */
  exif: Record<string, unknown>;
  /** `pending` until it is checked; `flagged` waits for an operator; `rejected` starts no job; only an `approved` picture can be public. */
  moderation: "pending" | "approved" | "flagged" | "rejected";
  /** Why it was rejected; empty otherwise. */
  moderation_reason: string;
  /** When its one appeal was made. */
  appealed_at: string | null;
  examination: Examination;
  /** The faces of the picture, the largest first. */
  faces: FaceFound[];
}

export interface Images {
  images: Image[];
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface Invitation {
  id: string;
  email: string | null;
  role: string;
  created_at: string;
  expires_at: string;
  used_at: string | null;
  used_by: string | null;
}

export interface InvitationCreated {
  id: string;
  email: string | null;
  role: string;
  created_at: string;
  expires_at: string;
  used_at: string | null;
  used_by: string | null;
  token: string;
  link: string;
  /** Whether it is sent to the address. */
  sent: boolean;
}

export interface Invitations {
  invitations: Invitation[];
  next_cursor: string | null;
}

export interface ItemLink {
  url: string;
  expires_at: string;
}

export interface JobConsent {
  subject?: string;
  statement?: string;
  face?: ConsentStatement;
  voice?: ConsentStatement;
}

export interface JobCost {
  currency: string;
  amount: number;
  items: CostItem[];
  /** Hosted engines without a price. */
  unpriced: string[];
}

export interface JobCounts {
  started: number;
  succeeded: number;
  failed: number;
  cancelled: number;
  /** Share of the jobs that succeeded or failed; null without any. */
  success_rate: number | null;
}

export interface JobEstimate {
  /** What is spoken: as asked for, of the voice, or told by `auto`. */
  language: string;
  scenes: number;
  length_seconds: number;
  workers: number;
  engines: QuotedEngine[];
  /** Stages that no worker can run now. */
  missing: string[];
  /** Number of jobs queued before it. */
  ahead: number;
  /** Null if it would start at once or there is no estimate. */
  estimated_start: string | null;
  /** Median duration from start to end. */
  seconds: number | null;
  /** 10th and 90th percentile of the duration. */
  seconds_range: number[] | null;
  /** Finished jobs that the duration is learned from. With few of them, it rests on what the engines declare for a machine of this speed. */
  based_on_jobs: number;
  cost: JobCost | null;
  /** Null if a stage is missing. */
  plan: PlannedJob | null;
  warnings: JobWarning[];
  /** Clips only: why this model was chosen. */
  why?: string;
  /** Clips only: the most that the clip may cost, with a second try. */
  most_dollars?: number;
}

export interface JobFailure {
  error_code: ErrorCode;
  stage: string | null;
  user_message: string;
  /** Same as `error_code`. @deprecated */
  code: string;
  /** Same as `user_message`. @deprecated */
  message: string;
}

export interface JobFile {
  filename: string;
  kind: "final_output" | "video_clip" | "audio" | "image" | "script" | "metadata";
  bytes: number;
  media_type: string;
  created_at: string;
  /** Null for an upload. */
  job_id: string | null;
  url: string;
}

export interface JobLinks {
  job: string;
  cancel: string;
  retry: string;
  outputs: string;
  /** Server-Sent Events for an `EventSource`: a signed link that opens them without the session id, valid for at least 15 minutes. */
  events: string;
  /** The same at a process for crowds; absent if the server has none. If it does not answer, or refuses, use `events`. */
  live_events?: string;
}

export interface JobReport {
  job_id: string;
  session_id: string;
  state: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  progress_percent: number;
  /** Same as `progress_percent`. @deprecated */
  percent: number;
  eta_seconds: number | null;
  /** Remaining seconds: the 10th and the 90th percentile of the estimate. */
  eta_range: number[] | null;
  cancel_requested: boolean;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  error: JobFailure | null;
  /** The first words of the script or topic. */
  title: string;
  /** When its files were deleted. */
  expired_at: string | null;
  warnings: JobWarning[];
  /** When its files will be deleted. */
  expires_at: string | null;
  attempt: number;
  /** Why no worker can run it now; null if one can. */
  waiting_for: string | null;
  /** When a failed step is retried. */
  retry_at: string | null;
  /** The current plan's revision; 0 before the first plan. */
  revision: number;
  revisions: PlanRevision[];
  /** 1 is next; null once dispatched. */
  queue_position: number | null;
  /** For a queued job; null if there is no estimate. */
  estimated_start: string | null;
  options: Record<string, unknown>;
  /** By upload (`face`, `voice`); null if not stated. */
  consent: Record<string, unknown> | null;
  consent_withdrawn_at: string | null;
  stages: StageReport[];
  result: JobResult | null;
  links: JobLinks;
}

export interface JobResult {
  final_output: Record<string, unknown> | null;
  outputs: JobFile[];
  /** By stage: `name` and `kind`; for engines that run locally also `licence` and `commercial_use`. */
  engines: Record<string, Record<string, unknown>>;
  simulated: string[];
  /** Who wrote the script: `user`, `recording`, a model's name, or `template` for a sample text that says nothing about its topic. */
  written_by: string | null;
  /** `plain`, `matched`, `cloned` or `recorded`. */
  voice_match: string | null;
  facts: Record<string, unknown>;
  /** By upload: `stated`; if true, also `subject` and `statement`. */
  consent: Record<string, Record<string, unknown>>;
}

export interface JobSeconds {
  p50: number | null;
  p90: number | null;
}

export interface JobStarted {
  job_id: string;
  session_id: string;
  state: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  status?: unknown;
  warnings: JobWarning[];
  /** Null if the request chose a voice, or none is suggested for its picture. Another one can always be chosen with `voice`. */
  suggested_voice: SuggestedVoice | null;
  links: JobLinks;
  /** Only if the request had a `webhook_url`. */
  webhook?: JobWebhook;
}

export interface JobSummary {
  job_id: string;
  session_id: string;
  state: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  progress_percent: number;
  /** Same as `progress_percent`. @deprecated */
  percent: number;
  eta_seconds: number | null;
  /** Remaining seconds: the 10th and the 90th percentile of the estimate. */
  eta_range: number[] | null;
  cancel_requested: boolean;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  error: JobFailure | null;
  /** The first words of the script or topic. */
  title: string;
  /** When its files were deleted. */
  expired_at: string | null;
}

export interface JobWarning {
  /** `ENGINE_NOT_RUNNING`, `LANGUAGE_MISMATCH`, `MARKUP_REMOVED`, `MISSING_GLYPHS`, `MODEL_DEPRECATED`, `ROBOTIC_VOICE`, `SAMPLE_TEXT`, or one of the picture's `warnings`. */
  code: string;
  message: string;
}

export interface JobWebhook {
  id: string;
  /** Signs its messages (`whsec_...`). */
  secret: string;
}

export interface JobsEnded {
  begins: string;
  succeeded: number;
  failed: number;
  cancelled: number;
}

export interface JobsRedriven {
  jobs: string[];
}

export interface KeepRecording {
  /** Keep the recording from this second on. */
  start?: number;
  /** Keep the recording up to this second. */
  end?: number;
  /** `upload_id` of an upload, or `Upload-Id` of a resumable one. */
  upload_id: string;
  name?: string;
}

export interface KeepUpload {
  /** `upload_id` of an upload, or `Upload-Id` of a resumable one. */
  upload_id: string;
  name?: string;
}

export interface LibraryJob {
  job_id: string;
  session_id: string;
  state: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  progress_percent: number;
  /** Same as `progress_percent`. @deprecated */
  percent: number;
  eta_seconds: number | null;
  /** Remaining seconds: the 10th and the 90th percentile of the estimate. */
  eta_range: number[] | null;
  cancel_requested: boolean;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  error: JobFailure | null;
  /** The first words of the script or topic. */
  title: string;
  /** When its files were deleted. */
  expired_at: string | null;
  /** `pipeline`, or `external` for a job that its caller runs. */
  kind: string;
  /** When its files will be deleted. */
  expires_at: string | null;
  /** The language that is spoken; null for a job that says none. */
  language: string | null;
  /** The place of a waiting job: 1 is the next. */
  queue_position: number | null;
  /** The picture, small; opens without a session id for a while. */
  signed_thumbnail_url: string | null;
  outputs: OutputFile[];
}

export interface LibraryJobs {
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
  jobs: LibraryJob[];
}

export interface LibraryUpload {
  session_id: string;
  upload_id: string;
  /** `face`, `voice` or `sample`. */
  kind: string;
  filename: string;
  original_name: string;
  /** What its owner calls it; at first the name of the file. */
  title: string;
  bytes: number;
  media_type: string;
  sha256: string;
  created_at: string;
  url: string;
  /** A thumbnail or a waveform picture. */
  preview_url: string;
  /** Whether the virus scanner has passed it. */
  scanned: boolean;
  examination: Examination;
  /** The faces of a picture, the largest first. */
  faces: FaceFound[];
  /** Opens the file without a session id for at least 15 minutes. */
  signed_url: string;
  signed_preview_url: string;
}

export interface LibraryUploads {
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
  uploads: LibraryUpload[];
}

export interface LibraryVoice {
  id: string;
  name: string;
  source: "own" | "built_in";
  /** A tag such as `en-GB`; for a recording a guess, or null. */
  language: string | null;
  /** Null for a recording, which any voice can be matched to. */
  engine: string | null;
  licence: string | null;
  /** Opens a sample without credentials; null where there is none. */
  sample_url: string | null;
  gender?: string | null;
  style?: string;
  /** Whether a job in this language gets it without asking. */
  default?: boolean;
  original_name?: string;
  bytes?: number;
  media_type?: string;
  sha256?: string;
  scanned?: boolean;
  seconds?: number | null;
  public_id?: string | null;
  public_url?: string | null;
  created_at?: string;
  used_at?: string;
  content_url?: string;
  /** A picture of the waveform. */
  thumbnail_url?: string;
  signed_url?: string;
  signed_thumbnail_url?: string;
  examination?: Examination;
}

export interface LibraryVoices {
  voices: LibraryVoice[];
  next_cursor: string | null;
}

export interface ListedJob {
  job_id: string;
  /** The name of its session. */
  session_id: string;
  owner: string;
  kind: string;
  state: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  percent: number;
  attempt: number;
  engines: string[];
  /** Since it was accepted. */
  age_seconds: number;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  expired_at: string | null;
  waiting_for: string | null;
  error: JobFailure | null;
}

export interface LiveCapabilities {
  /** Where clients reach them: a URL or a path of this origin. Null: there are none, and clients open their streams here. */
  url: string | null;
}

export interface Liveness {
  status?: unknown;
}

export interface LivingProcess {
  name: string;
  /** `web`, `live`, `flower`, `leader`, `standby` or `worker`. */
  role: string;
  host: string;
  /** Last heartbeat, in seconds since 1970 (Redis clock). */
  seen: number;
  /** False if its heartbeats have stopped. */
  answers: boolean;
  /** The current task of a worker. */
  doing?: string;
}

export interface LoggedIn {
  access_token: string;
  token_type: "Bearer";
  /** Seconds. */
  expires_in: number;
  /** Not for pages of this server: they get a cookie instead. */
  refresh_token?: string;
  user: Account;
}

export interface MailChoices {
  /** Mails when your video is ready or has failed; false at first. */
  job_ended?: boolean;
  /** Mails when a video of yours will be deleted soon; true at first. */
  video_expires?: boolean;
  /** Mails when your credits are running low; true at first. */
  credits_low?: boolean;
  /** Mails when a budget is nearly or completely used; true at first. */
  budget_reached?: boolean;
  /** Mails when a webhook of yours was disabled; true at first. */
  webhook_disabled?: boolean;
}

export interface MakeDrafts {
  /** Ids of scenes of the latest plan; empty: all of them. */
  scenes?: string[];
}

export interface ManagedUser {
  user_id: string;
  email: string;
  role: "user" | "operator" | "admin";
  plan: "free" | "premium";
  /** The personal organisation. */
  org_id: string;
  /** Whether the mail address is verified. */
  verified: boolean;
  has_password: boolean;
  created_at: string;
  suspended: boolean;
}

export interface MemoryHealth {
  overall_health: string;
  memory_health: string;
  storage_health: string;
  memory_usage_percent: number;
  storage_usage_percent: number;
  immediate_actions_needed: boolean;
  recommendations: string[];
}

export interface MemoryPeak {
  at: string;
  jobs: number;
}

export interface MemoryPeaks {
  /** The hour in which most jobs were submitted. */
  busiest_hour: MemoryPeak | null;
  /** Jobs queued at once. */
  longest_line: MemoryPeak | null;
  /** Jobs running at once. */
  most_at_once: MemoryPeak | null;
}

export interface MessagesReplayed {
  /** At most 1,000; ask again for more. */
  messages: number;
}

export interface MissingRequirement {
  /** Empty if no worker has reported the stage. */
  engine: string;
  /** For operators. */
  why?: string;
  /** For operators. */
  remedy?: string;
}

export interface ModelChange {
  date: string;
  model: string;
  title: string;
  change: "released" | "deprecated" | "closed";
  /** Whether it is in the future. */
  announced: boolean;
  replacement: string | null;
}

export interface ModelChanges {
  changes: ModelChange[];
}

export interface ModelFit {
  fits: boolean;
  /** Why it cannot; empty if it can. */
  reasons: string[];
  /** How long its clip would be: the next longer one it makes. */
  seconds: number | null;
  /** What that clip costs. */
  dollars: number | null;
}

export interface ModelPrice {
  dollars_a_second: number;
  /** The same for a draft in 360p; null: drafts cost as much. */
  draft_dollars_a_second: number | null;
  /** When an operator has compared it with the provider's price. */
  checked_on: string | null;
}

export interface ModelRecord {
  calls: number;
  /** Seconds. */
  p50: number | null;
  p90: number | null;
  failure_rate: number;
  /** The share that the provider's moderation refused. */
  rejection_rate: number;
}

export interface ModeratedImage {
  id: string;
  owner: string;
  name: string;
  moderation: "pending" | "approved" | "flagged" | "rejected";
  /** `local`, `rekognition` or `off`. */
  provider: string;
  /** How sure the provider is that it is not allowed, 0 to 1. */
  score: number | null;
  labels: string[];
  /** The reason that the owner gets. */
  reason: string;
  appeal: string | null;
  appealed_at: string | null;
  queued_at: string | null;
  decided_at: string | null;
  /** Empty for the provider. */
  decided_by: string;
  public_id: string | null;
  created_at: string;
  signed_url: string;
  signed_thumbnail_url: string;
}

export interface ModerationDecision {
  decision: "approve" | "reject";
  /** The reason that the owner gets for a rejection. */
  reason?: string;
}

export interface ModerationQueue {
  images: ModeratedImage[];
}

export interface NewModel {
  provider: string;
  /** Required for a provider that is not known yet. */
  service?: NewProvider;
  /** Its id here is `PROVIDER/ID`. */
  id: string;
  /** The provider's own name of it. */
  name?: string;
  title?: string;
  aliases?: string[];
  takes?: ("text" | "first_frame" | "last_frame" | "reference" | "audio" | "speech")[];
  durations?: number[];
  any_duration?: boolean;
  ratios?: string[];
  resolutions?: string[];
  prompt_limit?: number;
  dollars_a_second?: number;
  draft_dollars_a_second?: number | null;
  price_checked?: string;
  quality?: number;
  expected_seconds?: number;
  /** New tasks a minute with one key; 0: no limit is known. */
  a_minute?: number;
  /** Open tasks with one key; 0: no limit is known. */
  at_once?: number;
  licence?: string;
  commercial_use?: boolean;
  excluded_regions?: string[];
  released_on?: string | null;
  deprecated_on?: string | null;
  closed_on?: string | null;
  replacement?: string;
  note?: string;
}

export interface NewProvider {
  title?: string;
  /** `runway`, `google`, `kling`, `fal`, `replicate`, `openai_videos` or `seedance`. */
  wire?: string;
  base_url?: string;
  /** Where its files lie: `name.example` or `*.example`. */
  hosts?: string[];
  enabled?: boolean;
}

export interface NewVideo {
  name: string;
  /** The text for each `{{place}}` of the template. */
  values?: Record<string, string>;
}

export interface OneIdentity {
  id: string;
  /** `google`, `github` or `oidc`; empty if it is not set up now. */
  provider: string;
  issuer: string;
  since: string;
}

export interface OnePasskey {
  id: string;
  name: string;
  /** Whether several devices may have it. */
  synced: boolean;
  created_at: string;
  last_used_at: string | null;
  /** Whether there may be a copy of it; it is not accepted then. */
  suspected: boolean;
}

export interface OneTimeToken {
  token: string;
}

export interface OpenLogin {
  id: string;
  /** Browser and system. */
  device: string;
  created_at: string;
  seen_at: string;
  expires_at: string;
  /** Whether it is the login of this request. */
  current: boolean;
}

export interface OpenLogins {
  sessions: OpenLogin[];
}

export interface Operations {
  since: string;
  until: string;
  bucket_seconds: number;
  /** Waiting tasks by environment; null if Redis is unavailable. */
  queues: Record<string, number> | null;
  open_jobs: Record<string, number>;
  jobs: JobsEnded[];
  job_seconds: JobSeconds;
  peaks: MemoryPeaks;
  stages: StageTimes[];
  engines: EngineWork[];
  cache: CacheUse;
  failures: FailureCount[];
  flower_port: number;
}

export interface OperatorLink {
  /** Path on this server; the part after `#` is secret. */
  path: string;
  /** How long the link is valid. */
  seconds: number;
}

export interface OperatorSignInFields {
  /** The code of a link. */
  link?: string;
  /** The operator token. */
  token?: string;
}

export type OperatorSignIn = OperatorSignInFields & ({ link: string } | { token: string });

export interface OperatorSignedIn {
  expires_at: string;
}

export interface OutputFile {
  filename: string;
  kind: "final_output" | "video_clip" | "audio" | "image" | "script" | "metadata";
  bytes: number;
  media_type: string;
  created_at: string;
  /** Null for an upload. */
  job_id: string | null;
  url: string;
  /** For `<video>` and `<img>`: opens this file without the session id, valid for at least 15 minutes. */
  signed_url: string;
}

export interface Outputs {
  session_id: string;
  outputs: OutputFile[];
}

export interface OutsideCircuit {
  /** `closed`: called; `open`: not called; `half-open`: one trial call. */
  state: string;
  /** Consecutive failures. */
  failures: number;
  /** Seconds until the next trial call. */
  retry_after: number | null;
}

export interface Overview {
  operations: Operations;
  workers: Worker[];
  sessions: ActiveSessions;
  quarantine: QuarantinedFile[];
  moderation: ModeratedImage[];
  dead_letters: DeadLetterPage;
  reports: ReportDetails[];
}

export interface OwnAccount {
  user_id: string;
  email: string;
  role: "user" | "operator" | "admin";
  plan: "free" | "premium";
  /** The personal organisation. */
  org_id: string;
  /** Whether the mail address is verified. */
  verified: boolean;
  has_password: boolean;
  created_at: string;
  limits: PlanLimits;
  usage: PlanUsage;
}

export interface PackOnSale {
  credits: number;
  price: number;
}

export interface Panel {
  scene_id: string;
  /** Its place, from 0. */
  scene: number;
  /** Its second in the video. */
  start: number;
  seconds: number;
  prompt: string;
  /** `missing`, `making`, `made`, `failed`, or `own`: an uploaded clip. */
  state: "missing" | "making" | "made" | "failed" | "own";
  /** Whether the scene has changed since. */
  outdated: boolean;
  approved: boolean;
  /** Its events are of it. */
  job_id: string | null;
  progress_percent: number;
  /** A signed link. */
  url: string | null;
}

export interface PasskeyAssertion {
  clientDataJSON: string;
  authenticatorData: string;
  signature: string;
  userHandle?: string | null;
}

export interface PasskeyAttestation {
  clientDataJSON: string;
  attestationObject: string;
  transports?: string[];
}

export interface PasskeyOptions {
  public_key: Record<string, unknown>;
}

export interface PasskeySignIn {
  credential: SignedPasskeyCredential;
}

export interface Passkeys {
  passkeys: OnePasskey[];
}

export interface PasswordSignIn {
  email: string;
  password: string;
  /** Of the authenticator app, or a recovery code. */
  code?: string;
  /** What a passkey has signed, in place of a code. */
  passkey?: SignedPasskeyCredential;
}

export interface PeopleCounts {
  day: number;
  week: number;
  month: number;
}

export interface PlanLimits {
  /** Jobs under way. */
  jobs: number;
  storage_bytes: number;
  api_keys: number;
  requests_a_minute: number;
}

export interface PlanOnSale {
  name: "free" | "premium";
  requests_a_minute: number;
  /** Jobs under way. */
  jobs: number;
  storage_bytes: number;
  api_keys: number;
  monthly_credits: number;
  on_sale: boolean;
}

export interface PlanReport {
  revision?: number;
  made_by?: string;
  /** What has changed, in words. */
  why?: string;
  /** The typed plan (`docs/projects.md`). */
  plan?: Record<string, unknown>;
  /** Length of the video. */
  seconds?: number;
  /** When each scene begins. */
  starts?: number[];
  degraded?: Record<string, unknown>[];
  /** What `generate` confirms. */
  quote?: Quote | null;
  /** `MODEL_DEPRECATED` or `MODEL_CLOSED`: about the plan's model. */
  warnings?: JobWarning[];
  revisions?: Record<string, unknown>[];
  created_at?: string;
}

export interface PlanRevision {
  revision: number;
  /** Empty for the first revision. */
  why: string;
  created_at: string;
  /** Engine names by stage. */
  engines: Record<string, string>;
  width: number;
  height: number;
}

export interface PlanUsage {
  /** Jobs under way. */
  jobs: number;
  storage_bytes: number;
  api_keys: number;
}

export interface PlannedJob {
  scenes: PlannedScene[];
  steps: PlannedStep[];
}

export interface PlannedScene {
  scene: number;
  /** What is spoken; null if the script is written for a topic. */
  text: string | null;
  seconds: number;
}

export interface PlannedStep {
  stage: string;
  scene: number | null;
  engine: string;
  /** Median duration. */
  seconds: number;
}

export interface PlansOnSale {
  plans: PlanOnSale[];
  packs: PackOnSale[];
  currency: string;
}

export interface PortalPage {
  url: string;
}

export interface PreviewScene {
  session_id: string;
  /** What is said; of a long text, the first scene is spoken. */
  text: string;
  /** As in a start. */
  language?: string;
  voice?: VoiceChoice;
  /** As in a start. */
  quality?: "fast" | "balanced" | "best";
  mode?: "production" | "auto" | "simulation";
  /** Match the voice to the newest recording of the session. */
  match_voice?: boolean;
}

export type PreviewSceneOptions = Omit<PreviewScene, "session_id">;

export interface PriceItem {
  stage: string;
  /** Null if no worker offers one now: the dearest is assumed. */
  engine: string | null;
  /** `second`, `character` or `scene`. */
  unit: string;
  quantity: number;
  /** Credits of one unit. */
  price: number;
  p50: number;
  p90: number;
}

export interface PriceTerms {
  items: PriceItem[];
  /** The median. */
  p50: number;
  /** The upper end: what a start holds. */
  p90: number;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  error_code: ErrorCode;
  user_message: string;
  /** Same as `error_code`. */
  error: string;
  /** Same as `user_message`. */
  message: string;
  request_id: string;
  /** One entry per mistake. */
  errors?: Record<string, unknown>[];
  stages?: string[];
  /** For `navigator.credentials.get()`, in place of a code. */
  passkey_options?: Record<string, unknown>;
  /** With 402: the credits `needed`, `available` and `missing`. */
  credits?: Record<string, unknown>;
  details?: Record<string, unknown>;
}

export interface ProblemCount {
  problem: string;
  count: number;
}

export interface ProductionCapabilities {
  production_ready: boolean;
  available_environments: string[];
}

export interface ProductionReadiness {
  production_ready: boolean;
  missing: StageLack[];
}

export interface Project {
  /** The project's id. */
  id?: string;
  name?: string;
  status?: "uploading" | "analyzing" | "planning" | "generating" | "processing" | "completed" | "failed";
  /** From 0 to 1. */
  progress?: number;
  progress_percent?: number;
  aspect_ratio?: string;
  max_seconds?: number;
  language?: string;
  /** The session of its files and events. */
  session_id?: string;
  plan_revision?: number | null;
  sample?: ProjectFile | null;
  character?: ProjectFile | null;
  voice?: ProjectFile | null;
  track?: ProjectFile | null;
  /** What the analysis found. */
  facts?: Record<string, unknown> | null;
  /** A signed link. */
  final_video_path?: string | null;
  warnings?: string[];
  created_at?: string;
  changed_at?: string;
}

export interface ProjectFile {
  upload_id?: string;
  original_name?: string;
  bytes?: number;
  media_type?: string;
  label?: string;
  /** A signed link. */
  url?: string;
}

export interface ProjectStatus {
  project_id?: string;
  status?: "uploading" | "analyzing" | "planning" | "generating" | "processing" | "completed" | "failed";
  progress?: number;
  progress_percent?: number;
  estimated_time_remaining?: number | null;
  plan_revision?: number | null;
  job_id?: string | null;
  error?: Record<string, unknown> | null;
  scenes?: SceneState[];
  /** HLS of the finished scenes; null: none can be watched now. */
  playlist?: string | null;
  saved?: Record<string, unknown>;
  events?: string | null;
}

export interface Projects {
  projects?: Project[];
  next_cursor?: string | null;
}

export interface ProviderSignUpStarted {
  url: string;
}

export interface PutPlan {
  plan: Record<string, unknown>;
}

export interface QuarantineList {
  files: QuarantinedFile[];
}

export interface QuarantinedFile {
  id: string;
  session_id: string;
  kind: string;
  name: string;
  bytes: number;
  code: string;
  errors: Record<string, unknown>[];
  reason: string;
  refused_at: string;
}

export interface QueueLoads {
  environments: EnvironmentLoad[];
}

export interface Quote {
  quote_id?: string;
  plan_revision?: number;
  dollars?: number;
  credits?: number;
  scenes?: QuotedClip[];
  stages?: Record<string, unknown>[];
}

export interface QuotedClip {
  scene_id?: string;
  model?: string;
  seconds?: number;
  /** It was made before, and costs nothing. */
  reused?: boolean;
  dollars?: number;
  credits?: number;
}

export interface QuotedEngine {
  stage: string;
  engine: string;
  /** `real`, `lite` or `simulated`. */
  kind: string;
  /** Whether it runs at an external provider, which may charge for it. */
  hosted: boolean;
}

export interface ReadinessReport {
  status: string;
  checks: Record<string, HealthCheck>;
}

export interface Receipt {
  job_id: string;
  credits: number;
  held: number;
  runs: ReceiptRun[];
}

export interface ReceiptLine {
  stage: string | null;
  engine: string | null;
  /** `computed`; `reused` (a stored result); `earlier` (by an earlier run of the job); `failed`; `limit` (takes off what is above the hold). */
  outcome: string;
  steps: number;
  unit: string | null;
  quantity: number;
  /** 0 where it was free. */
  price: number;
  credits: number;
}

export interface ReceiptRun {
  run: number;
  /** `open`, `settled` or `released`. */
  state: string;
  outcome: string | null;
  price_version: number;
  quoted: PriceTerms;
  held: number;
  credits: number;
  started_at: string;
  ended_at: string | null;
  lines: ReceiptLine[];
}

export interface RecoveryCodes {
  recovery_codes: string[];
}

export interface RedriveJobs {
  jobs?: string[];
  /** The error code of the failure. */
  code?: string;
  /** Jobs that failed at or after this time. */
  since?: string;
}

export interface RefreshRequest {
  /** Only for clients without the cookie. */
  refresh_token?: string;
}

export interface Regenerate {
  /** Changes of the plan; they become its next revision. */
  settings?: GenerationSettings;
  /** Ids of scenes whose clips are made again. */
  scenes?: string[];
  plan_revision?: number;
  /** The price that is confirmed (`/regenerate/quote`). */
  quote_id?: string;
}

export interface RegisterAccount {
  email: string;
  password: string;
  /** The token of an invitation. */
  invitation?: string;
}

export interface RenameItem {
  name: string;
}

export interface RenamePasskey {
  name: string;
}

export interface ReplayMessages {
  /** Messages are kept for 30 days, missed events for 7. */
  since: string;
}

export interface ReportDecision {
  note?: string;
}

export interface ReportDetails {
  id: string;
  kind: "shows_me" | "my_voice" | "other";
  state: "open" | "withdrawn" | "rejected";
  created_at: string;
  /** Until when it is decided: 48 hours. */
  due_at: string;
  decided_at: string | null;
  /** What the operators wrote about it. */
  note: string;
  statement: string;
  contact: string;
  link: string;
  /** Of the reported file, if one was sent. */
  sha256: string;
  /** Jobs whose videos it is about. */
  jobs: string[];
  /** Whether it is about these videos; else they are only alike. */
  certain: boolean;
  overdue: boolean;
}

export interface ReportPage {
  reports: ReportDetails[];
  next_cursor: string | null;
}

export interface ReportState {
  id: string;
  kind: "shows_me" | "my_voice" | "other";
  state: "open" | "withdrawn" | "rejected";
  created_at: string;
  /** Until when it is decided: 48 hours. */
  due_at: string;
  decided_at: string | null;
  /** What the operators wrote about it. */
  note: string;
}

export interface ReportStatistics {
  reports: number;
  by_kind: Record<string, number>;
  by_state: Record<string, number>;
  overdue: number;
  decided_in_time: number;
  median_hours: number | null;
  videos_withdrawn: number;
  files_blocked: number;
  uploads_refused: number;
}

export interface ReportWithdrawal {
  note?: string;
  /** Jobs to withdraw; by default those that it is certainly about. */
  jobs?: string[];
}

export interface RequestDurations {
  p50: number | null;
  p90: number | null;
  p99: number | null;
  mean: number | null;
  count: number;
}

export interface RequestPasswordReset {
  email: string;
}

export interface ResetPassword {
  token: string;
  password: string;
}

export interface Resolution {
  bought: boolean;
  task_id?: string;
}

export interface RestorePlan {
  revision: number;
}

export interface RotateApiKey {
  /** 24 hours without it. */
  overlap_hours?: number;
}

export interface RouteLatency {
  p50: number | null;
  p90: number | null;
  p99: number | null;
  mean: number | null;
  count: number;
  route: string;
  /** Answers with 5xx. */
  failed: number;
}

export interface ScenePreview {
  preview_id: string;
  /** Answers 200 with the sound, or 202 while it is being made. */
  url: string;
}

export interface SceneState {
  scene_id?: string;
  state?: string;
  job_id?: string | null;
  model?: string;
  reused?: boolean;
  /** A signed link to the finished clip. */
  url?: string | null;
  seconds?: number;
  api_key_used?: string;
}

export interface SecondFactor {
  /** Of the authenticator app, or a recovery code. */
  code?: string;
  /** What a passkey has signed, in place of a code. */
  passkey?: SignedPasskeyCredential;
}

export interface SendMessage {
  message: string;
  /** The revision that it is about; another one is refused. */
  plan_revision?: number;
}

export interface ServiceHealth {
  status: string;
  services: Record<string, HealthCheck>;
  /** Number of live workers by environment. */
  workers: Record<string, number>;
  /** For operators: names of live workers by environment. */
  environments?: Record<string, string[]>;
  /** For operators. */
  processes?: LivingProcess[];
  /** For operators: external services by name. */
  outside?: Record<string, OutsideCircuit>;
  /** For operators: resource usage by host. */
  hosts?: Record<string, Record<string, unknown>>;
}

export interface SessionCounts {
  uploads: number;
  outputs: number;
  jobs: number;
  queued: number;
  running: number;
  succeeded: number;
  failed: number;
  cancelled: number;
}

export interface SessionCreated {
  session_id: string;
  user_id: string;
  state: "active" | "ended";
  created_at: string;
}

export interface SessionHealth {
  active_sessions: number;
  max_sessions: number;
  system_healthy: boolean;
}

export interface SessionStatus {
  session_id: string;
  user_id: string;
  state: "active" | "ended";
  created_at: string;
  seen_at: string;
  uploads: UploadedFile[];
  jobs: JobSummary[];
  counts: SessionCounts;
}

export interface SetBudget {
  period: "day" | "month";
  /** Up to six decimals. */
  credits: number;
  /** An API key of yours; without it all of them. */
  key_id?: string;
  /** A project of yours, instead of a key. */
  project_id?: string;
}

export interface SetFeedback {
  /** From 1 (bad) to 5 (good). */
  score: number;
  /** In your own words; deleted with the files of the job. */
  words?: string;
  /** What was wrong. */
  problems?: ("face" | "lips" | "voice" | "pronunciation" | "script" | "picture" | "captions" | "sound" | "waiting" | "other")[];
}

export interface SignedInBy {
  access_token: string;
  token_type: "Bearer";
  /** Seconds. */
  expires_in: number;
  /** Not for pages of this server: they get a cookie instead. */
  refresh_token?: string;
  user: Account;
  /** The page of this server to return to. */
  next: string;
}

export interface SignedPasskeyCredential {
  id: string;
  rawId: string;
  type: "public-key";
  response: PasskeyAssertion;
}

export interface SoundQuality {
  seconds: number;
  speech_seconds: number;
  /** Level of the speech, dBFS. */
  level_db: number;
  /** How far the noise is below the speech. */
  noise_db: number;
  /** Share of clipped samples. */
  clipping: number;
  /** A guess; empty: unknown. */
  language: string;
}

export interface SpokenCheck {
  /** `pending`: a worker with a recogniser will check it. `unavailable`: none is there, or none has answered; the consent can be used all the same. */
  state: "pending" | "done" | "unavailable";
  /** `recogniser`: its words were compared with the statement. `speech`: someone speaks in it, and what is said was not checked. Null: not judged yet. */
  how: string | null;
  /** Whether the recording says the statement; null if that is unknown. A consent whose recording says something else is not valid. */
  matches: boolean | null;
  /** What was found, and what follows from it. */
  message: string;
  /** What the recogniser heard. */
  heard: string | null;
  /** How much of the statement was heard, 0 to 1; 0.6 matches. */
  likeness: number | null;
  /** A guess; empty: unknown. */
  language: string;
}

export interface StageCapability {
  stage: string;
  environment: string;
  /** The kind of output. */
  output: string;
  /** The memory budget in MB. */
  memory_mb: number;
  engines: EngineCapability[];
  now: Record<string, EngineChoice | null>;
}

export interface StageDurations {
  p50: number | null;
  p90: number | null;
  p99: number | null;
  mean: number | null;
  stage: string;
  runs: number;
}

export interface StageLack {
  stage: string;
  environment: string;
  needs: MissingRequirement[];
}

export interface StageReport {
  stage: string;
  scene: number | null;
  engine: string;
  /** The last worker that ran it, empty if none. Without an operator token, only the worker's environment. */
  worker: string;
  /** `real`, `lite` or `simulated`. */
  kind: string;
  /** `waiting`, `running`, `waiting_provider`, `done`, `failed` or `dropped`. */
  state: string;
  /** Whether a cached result was reused. */
  found: boolean;
  attempt: number;
  seconds: number | null;
  /** Median estimate made when the step was planned. */
  expected_seconds: number | null;
  /** 90th percentile estimate. */
  expected_within: number | null;
  started_at: string | null;
  finished_at: string | null;
  /** Of a hosted model: see the guide. */
  provider: Record<string, unknown> | null;
  error: JobFailure | null;
}

export interface StageTimes {
  stage: string;
  runs: number;
  median_seconds: number | null;
  /** Per bucket; null where nothing was computed. */
  medians: (number | null)[];
}

export interface StartBatch {
  quote_id?: string;
  /** The most that its videos may cost; by default what was quoted. */
  max_credits?: number;
}

export interface StartCheckout {
  /** The credits of a pack, such as `100`, or `premium`. */
  item: string;
}

export interface StartJobFields {
  /** What the clip shows. Only with `pipeline: "clip"`. */
  prompt?: string;
  /** What it must not show, where the model takes that. Only with `pipeline: "clip"`. */
  negative_prompt?: string;
  /** Seconds; the model's next longer clip is made. Only with `pipeline: "clip"`. */
  duration?: number;
  /** Width to height. Only with `pipeline: "clip"`. */
  ratio?: "16:9" | "9:16" | "1:1" | "4:3" | "3:4" | "21:9";
  /** The model's own default if it is left out. Only with `pipeline: "clip"`. */
  resolution?: "360p" | "480p" | "720p" | "1080p" | "4k";
  /** Ask for sound. Only with `pipeline: "clip"`. */
  audio?: boolean;
  /** The `upload_id` of a picture, or a picture of `GET /api/images`, that the clip begins with. Only with `pipeline: "clip"`. */
  first_frame?: string;
  /** What the person in `first_frame` says to the camera, by a model that takes `speech`; the clip is as long as that takes, or longer. Only with `pipeline: "clip"`. */
  speech?: string;
  /** The language of `speech`; English if it is left out. Only with `pipeline: "clip"`. */
  speech_language?: string;
  /** A voice of `GET /api/voices`, by its id. Only with `pipeline: "clip"`. */
  speech_voice?: "af_heart" | "af_alloy" | "af_aoede" | "af_bella" | "af_jessica" | "af_kore" | "af_nicole" | "af_nova" | "af_river" | "af_sarah" | "af_sky" | "am_adam" | "am_echo" | "am_eric" | "am_fenrir" | "am_liam" | "am_michael" | "am_onyx" | "am_puck" | "am_santa" | "bf_alice" | "bf_emma" | "bf_isabella" | "bf_lily" | "bm_daniel" | "bm_fable" | "bm_george" | "bm_lewis" | "ef_dora" | "em_alex" | "em_santa" | "ff_siwis" | "hf_alpha" | "hf_beta" | "hm_omega" | "hm_psi" | "if_sara" | "im_nicola" | "jf_alpha" | "jf_gongitsune" | "jf_nezumi" | "jf_tebukuro" | "jm_kumo" | "pf_dora" | "pm_alex" | "pm_santa" | "zf_xiaobei" | "zf_xiaoni" | "zf_xiaoxiao" | "zf_xiaoyi" | "zm_yunjian" | "zm_yunxi" | "zm_yunxia" | "zm_yunyang" | "joe" | "espeak_ar" | "espeak_cs" | "espeak_da" | "espeak_de" | "espeak_el" | "espeak_en" | "espeak_es" | "espeak_fi" | "espeak_fr" | "espeak_hi" | "espeak_hu" | "espeak_id" | "espeak_it" | "espeak_ja" | "espeak_ko" | "espeak_nb" | "espeak_nl" | "espeak_pl" | "espeak_pt" | "espeak_ro" | "espeak_ru" | "espeak_sv" | "espeak_tr" | "espeak_uk" | "espeak_vi" | "espeak_zh";
  /** The same for its end. Only with `pipeline: "clip"`. */
  last_frame?: string;
  /** A model of `GET /api/models`, by id or name. Only with `pipeline: "clip"`. */
  model?: string;
  /** How to choose a model if none is named. Only with `pipeline: "clip"`. */
  routing?: "balanced" | "cheapest" | "fastest" | "best";
  /** Take the replacement of a closed model. Only with `pipeline: "clip"`. */
  allow_replacement?: boolean;
  /** Make a draft in 360p first; see `from_draft`. Only with `pipeline: "clip"`. */
  draft?: boolean;
  /** The job of a draft that you approve: the clip is made at its full price, and what it shows comes from the draft. Only with `pipeline: "clip"`. */
  from_draft?: string;
  /** The text to speak, word for word. */
  script?: string;
  /** The topic of a generated script with `scenes` scenes. */
  topic?: string;
  /** `auto`: the language of the script (or topic), told by its words. */
  language?: string;
  /** The tone of a generated script, such as `warm and curious`. */
  tone?: string;
  aspect_ratio?: "9:16" | "16:9" | "1:1";
  /** The shorter side of the video, as in "720p". */
  height?: number;
  /** Burn captions in. Without, they are in the SRT and VTT files and in a track of the video, which players show when it is chosen. */
  captions?: boolean;
  /** `plain` letters with a rim, letters on a dark plate (`boxed`), or each word coloured while it is spoken (`words`). */
  caption_style?: "plain" | "boxed" | "words";
  caption_size?: "small" | "medium" | "large";
  /** `auto` puts captions below the chin, or above the head if there is no room. No position covers the lips. */
  caption_position?: "auto" | "bottom" | "top";
  /** Another seed, another take. Without one, equal work gives equal results. Only engines that draw random numbers use it. */
  seed?: number | null;
  /** Defaults to the server's `DEFAULT_MODE`. */
  mode?: "production" | "auto" | "simulation";
  priority?: "low" | "normal" | "high";
  /** Number of scenes of a generated script. */
  scenes?: number;
  quality?: "fast" | "balanced" | "best";
  transition?: "cut" | "crossfade";
  /** Burn in a label that marks the video as synthetic; the server's `LABEL` decides where it is not given. */
  label?: boolean;
  /** Which face to use if the picture shows several. */
  face_index?: number | null;
  /** Use the uploaded recording itself as the speech. */
  use_audio_as_is?: boolean;
  /** Match the synthetic voice to the uploaded recording. */
  match_voice?: boolean;
  voice?: VoiceChoice;
  /** The voice of each scene, in their order, as ids of `GET /voices`; an empty one stands for `voice`. With marks in the script, one for each part between two of them. All need the engine and the language of the job. */
  scene_voices?: string[];
  /** Engine names by stage, as listed by `GET /capabilities`. */
  engines?: Record<string, string>;
  /** An `https://` URL that receives the end of this job as a webhook; only for users with a verified address and their API keys. */
  webhook_url?: string;
  /** A picture of `GET /api/images`, in place of an upload. */
  face_image_id?: string;
  /** A voice of `GET /api/voices`: your own recording, which the voice is matched to, or a built-in voice, as `voice` names it. */
  voice_id?: string;
  /** `talking`: a person speaks. `clip`: one clip by a video model. */
  pipeline?: "talking" | "clip";
  session_id: string;
  /** Required if the server's `CONSENT` setting is `required`. */
  consent?: JobConsent;
  /** A consent of `POST /api/consents` for the face. */
  face_consent_id?: string;
  /** The same for the voice. */
  voice_consent_id?: string;
  /** The picture to use; the newest of the session by default. */
  face_upload_id?: string;
  /** The recording to use; the newest of the session by default. */
  voice_upload_id?: string;
  /** A quote of `POST /api/estimate` that is still valid. */
  quote_id?: string;
}

export type StartJob = StartJobFields & ({ script: string } | { topic: string } | { use_audio_as_is: true } | { pipeline: "clip"; prompt: string } | { pipeline: "clip"; from_draft: string });

export type StartJobOptions = Omit<StartJobFields, "session_id"> & ({ script: string } | { topic: string } | { use_audio_as_is: true } | { pipeline: "clip"; prompt: string } | { pipeline: "clip"; from_draft: string });

export interface StartProviderSignUp {
  /** A path on this server; anything else leads to `/`. */
  next?: string;
  /** The token of an invitation, for a new account. */
  invitation?: string;
}

export interface Storyboard {
  panels: Panel[];
  /** Whether every draft is approved as it is now. */
  approved: boolean;
}

export interface SuggestedRegister {
  /** As `suggested_for` of `GET /voices` names it. */
  register: "lower" | "higher";
  reason: string;
}

export interface SuggestedVoice {
  /** As `suggested_for` of `GET /voices` names it. */
  register: "lower" | "higher";
  reason: string;
  /** An id of `GET /voices`; null if no worker is there to tell. */
  id: string | null;
}

export interface Ticket {
  ticket: string;
  /** Seconds. */
  expires_in: number;
  /** The stream with the ticket: Server-Sent Events of the job, or the WebSocket of the session. It can be opened once. */
  url: string;
  /** The same stream at a live process, if `LIVE_URL` is set: a signed link that opens it, again after a lost connection too, for at least 15 minutes. Socket.IO clients send it as `link`. */
  live_url?: string;
}

export interface TotpCode {
  code: string;
}

export interface TotpSecret {
  /** Base32, to type in by hand. */
  secret: string;
  /** `otpauth://`, to show as a QR code. */
  uri: string;
}

export interface TotpState {
  active: boolean;
  since: string | null;
  recovery_codes_left: number;
}

export interface UploadedFile {
  session_id: string;
  upload_id: string;
  /** `face`, `voice` or `sample`. */
  kind: string;
  filename: string;
  original_name: string;
  /** What its owner calls it; at first the name of the file. */
  title: string;
  bytes: number;
  media_type: string;
  sha256: string;
  created_at: string;
  url: string;
  /** A thumbnail or a waveform picture. */
  preview_url: string;
  /** Whether the virus scanner has passed it. */
  scanned: boolean;
  examination: Examination;
  /** The faces of a picture, the largest first. */
  faces: FaceFound[];
}

export interface UseUpload {
  upload_id: string;
  role?: "voice" | "music";
  label?: string;
  subject?: string;
}

export interface UserSuspended {
  user_id: string;
  email: string;
  role: "user" | "operator" | "admin";
  plan: "free" | "premium";
  /** The personal organisation. */
  org_id: string;
  /** Whether the mail address is verified. */
  verified: boolean;
  has_password: boolean;
  created_at: string;
  suspended: boolean;
  cancelled_jobs: number;
}

export interface Users {
  users: ManagedUser[];
  next_cursor: string | null;
}

export interface VideoCost {
  currency: string;
  /** Null if nothing that worked has a price. */
  amount: number | null;
  /** Cost of a finished video; failed jobs are part of it. */
  per_video: number | null;
  /** Hours in which engines computed on a GPU. */
  gpu_hours: number;
  cpu_hours: number;
  /** All cost, for each hour of GPU. */
  per_gpu_hour: number | null;
  /** Finished videos for each hour of GPU. */
  videos_per_gpu_hour: number | null;
}

export interface VideoCredits {
  charged: number;
  /** Charged jobs. */
  videos: number;
  /** Credits of a charged job. */
  per_video: number | null;
  /** Credits for each hour of GPU. */
  per_gpu_hour: number | null;
}

export interface VideoModel {
  id: string;
  title: string;
  aliases: string[];
  provider: string;
  /** `lite`: made by the workers, on a CPU, without a key. */
  kind: "hosted" | "lite";
  state: "announced" | "released" | "deprecated" | "closed";
  released_on: string | null;
  deprecated_on: string | null;
  closed_on: string | null;
  replacement: string | null;
  /** Whether it is open and a worker has a key of its provider. */
  available: boolean;
  /** `text`, `first_frame`, `last_frame`, `reference`, `audio`, `speech`. */
  takes: string[];
  durations: number[];
  /** Whether `durations` are the shortest and the longest clip. */
  any_duration: boolean;
  ratios: string[];
  resolutions: string[];
  prompt_limit: number;
  price: ModelPrice;
  licence: string;
  commercial_use: boolean;
  excluded_regions: string[];
  added_by_operator: boolean;
  note: string;
  /** Only with `compare`. */
  record?: ModelRecord;
  /** Only with `compare`. */
  fit?: ModelFit;
}

export interface VideoModels {
  models: VideoModel[];
}

export interface VideoOfBatch {
  /** Its place, from 0. */
  row: number;
  name: string;
  values: Record<string, unknown>;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  project_id: string | null;
  /** Its share of the quote. */
  credits: number;
  /** What was charged, or is held; of all tries. */
  charged_credits: number;
  error: Record<string, unknown> | null;
  /** A signed link. */
  url: string | null;
}

export interface VoiceChoice {
  /** An id of `GET /voices`. Without one, the language's default voice speaks; with one and without a `language`, the voice's language is spoken. */
  id?: string;
  /** Without an `id`: the kind of the default voice, where the language has both. Without it, the suggestion for the picture decides, if there is one. */
  register?: "lower" | "higher";
}

export interface VoiceFacts {
  /** For `"voice": {"id": ...}` of a start. */
  id: string;
  name: string;
  /** A tag such as `en-GB`. */
  language: string;
  /** `female`, `male`, or null for a voice that is neither. */
  gender: string | null;
  /** How it sounds, in a word. */
  style: string;
  engine: string;
  licence: string;
  /** Whether a job in this language gets it without asking. */
  default: boolean;
  /** The kind of voice (`suggested_voice` of a face) for which a job in this language gets it without asking; null for other voices. */
  suggested_for: "lower" | "higher" | null;
  /** A few seconds to hear, as MP3; null where there are none. */
  sample_url: string | null;
}

export interface Voices {
  voices: VoiceFacts[];
}

export interface Webhook {
  id: string;
  url: string;
  description: string;
  /** Types of events; pipeline_completed, pipeline_failed, pipeline_cancelled by default. */
  events: ("upload_success" | "upload_examined" | "processing_started" | "stage_completed" | "stage_failed" | "plan_revised" | "consent_withdrawn" | "pipeline_completed" | "pipeline_failed" | "pipeline_cancelled" | "attempt.recovered")[];
  /** The job whose `webhook_url` this is. */
  job_id: string | null;
  enabled: boolean;
  disabled_at: string | null;
  /** `user`, `gone` (410), `asked` (`webhook-delivery: disable`) or `failing` (five days). */
  disabled_reason: string | null;
  /** Since when every attempt has failed. */
  failing_since: string | null;
  /** Until when messages carry the former signature, too. */
  previous_secret_valid_until: string | null;
  created_at: string;
}

export interface WebhookDeliveries {
  deliveries: WebhookDelivery[];
  next_cursor: string | null;
}

export interface WebhookDelivery {
  id: string;
  /** Also sent as `webhook-id`. */
  event_id: string;
  event_type: string;
  job_id: string | null;
  state: "pending" | "delivered" | "failed";
  attempts: DeliveryAttempt[];
  next_attempt_at: string | null;
  delivered_at: string | null;
  created_at: string;
  /** The body that is sent. */
  payload: Record<string, unknown>;
}

export interface WebhookWithSecret {
  id: string;
  url: string;
  description: string;
  /** Types of events; pipeline_completed, pipeline_failed, pipeline_cancelled by default. */
  events: ("upload_success" | "upload_examined" | "processing_started" | "stage_completed" | "stage_failed" | "plan_revised" | "consent_withdrawn" | "pipeline_completed" | "pipeline_failed" | "pipeline_cancelled" | "attempt.recovered")[];
  /** The job whose `webhook_url` this is. */
  job_id: string | null;
  enabled: boolean;
  disabled_at: string | null;
  /** `user`, `gone` (410), `asked` (`webhook-delivery: disable`) or `failing` (five days). */
  disabled_reason: string | null;
  /** Since when every attempt has failed. */
  failing_since: string | null;
  /** Until when messages carry the former signature, too. */
  previous_secret_valid_until: string | null;
  created_at: string;
  /** `whsec_...` */
  secret: string;
}

export interface Webhooks {
  webhooks: Webhook[];
}

export interface WithdrawConsent {
  /** As in the statement; without one, everyone in the session. */
  subject?: string;
}

export interface Worker {
  /** For operators. */
  name?: string;
  environment: string;
  device: string;
  /** For operators. */
  memory_mb?: number;
  /** For operators. */
  memory_limit_mb?: number;
  /** For operators: the current task's id, or empty. */
  doing?: string;
  /** Whether it accepts no new tasks. */
  draining: boolean;
  /** For operators: its loaded models. */
  warm?: string[];
  /** For operators: steps whose model was already loaded. */
  warm_calls?: number;
  /** For operators: steps that had to load their model. */
  cold_calls?: number;
  /** For operators: share of warm calls; null before the first call. */
  warm_share?: number | null;
  /** For operators: null on a CPU. */
  card?: WorkerGpu | null;
  engines: WorkerEngine[];
}

export interface WorkerEngine {
  stage: string;
  name: string;
  /** For operators. */
  version?: string;
  /** `real`, `lite` or `simulated`. */
  kind: string;
  ok: boolean;
  /** Whether it was taken out of service after repeated failures. */
  out_of_service: boolean;
  /** For operators: why it cannot run; empty if it can. */
  why?: string;
  /** For operators. */
  remedy?: string;
}

export interface WorkerGpu {
  id: string;
  name: string;
  /** Memory available to models. */
  memory_mb: number;
  /** Memory in MB by STAGE/ENGINE. */
  models: Record<string, number>;
}

export interface Workers {
  workers: Worker[];
}

/** What a method sends beside its path and its body. */
export interface CallOptions {
  query?: Record<string, unknown>;
  headers?: Record<string, unknown>;
  body?: unknown;
  binary?: boolean;
}

/** What every method takes last. */
export interface RequestOptions {
  signal?: AbortSignal;
}

/** The operations of the API, by their operationIds. */
export abstract class Operations {
  protected abstract call<T>(
    method: string, path: string, options: CallOptions & RequestOptions,
  ): Promise<T>;

  /** Add a picture (JPEG, PNG, WebP, HEIC or AVIF, at least 256 pixels per side), or keep an upload. */
  addImage(body: KeepUpload, options: RequestOptions = {}): Promise<Image> {
    return this.call("POST", `/api/images`, { signal: options.signal, body });
  }

  /** Add the passkey that the browser has created. */
  addPasskey(body: AddPasskey, options: RequestOptions = {}): Promise<AddedPasskey> {
    return this.call("POST", `/api/auth/passkeys`, { signal: options.signal, body });
  }

  /** Add a recording of a voice (WAV, MP3, FLAC, OGG or M4A), or keep an upload. */
  addVoice(body: KeepRecording, options: RequestOptions = {}): Promise<LibraryVoice> {
    return this.call("POST", `/api/voices`, { signal: options.signal, body });
  }

  /** Analyse the sample; its plan follows. */
  analyzeSample(project_id: string, options: RequestOptions = {}): Promise<AnalysisStarted> {
    return this.call("POST", `/api/projects/${encodeURIComponent(project_id)}/analyze`, { signal: options.signal });
  }

  /** Start no more videos of a batch, and cancel those in progress. */
  cancelBatch(batch_id: string, options: RequestOptions = {}): Promise<Batch> {
    return this.call("POST", `/api/batches/${encodeURIComponent(batch_id)}/cancel`, { signal: options.signal });
  }

  /** Cancel a job. */
  cancelJob(job_id: string, options: RequestOptions = {}): Promise<JobReport> {
    return this.call("POST", `/process/${encodeURIComponent(job_id)}/cancel`, { signal: options.signal });
  }

  /** Cancel all your jobs that have not ended, or those of a session or state. */
  cancelJobs(body?: CancelSearch, options: RequestOptions = {}): Promise<CancelRequested> {
    return this.call("POST", `/api/jobs/cancel`, { signal: options.signal, body });
  }

  /** Cancel what runs for a project. */
  cancelProject(project_id: string, options: RequestOptions = {}): Promise<ProjectStatus> {
    return this.call("POST", `/api/projects/${encodeURIComponent(project_id)}/cancel`, { signal: options.signal });
  }

  /** Change the mail address. */
  changeAccount(body: ChangeAccount, options: RequestOptions = {}): Promise<Account> {
    return this.call("PATCH", `/api/auth/me`, { signal: options.signal, body });
  }

  /** Turn kinds of mails on or off. */
  changeMails(body: MailChoices, options: RequestOptions = {}): Promise<MailChoices> {
    return this.call("PATCH", `/api/mails`, { signal: options.signal, body });
  }

  /** Choose a new password with the current one; all other sign-ins end. */
  changePassword(body: ChangePassword, options: RequestOptions = {}): Promise<void> {
    return this.call("POST", `/api/auth/password/change`, { signal: options.signal, body });
  }

  /** Change the name, language or longest length of a project. */
  changeProject(project_id: string, body: ChangeProject, options: RequestOptions = {}): Promise<Project> {
    return this.call("PATCH", `/api/projects/${encodeURIComponent(project_id)}`, { signal: options.signal, body });
  }

  /** Change the role or the plan of a user (administrators). */
  changeUser(user_id: string, body: ChangeUser, options: RequestOptions = {}): Promise<ManagedUser> {
    return this.call("PATCH", `/api/admin/users/${encodeURIComponent(user_id)}`, { signal: options.signal, body });
  }

  /** Change a webhook, or enable or disable it. */
  changeWebhook(webhook_id: string, body: ChangeWebhook, options: RequestOptions = {}): Promise<Webhook> {
    return this.call("PATCH", `/api/webhooks/${encodeURIComponent(webhook_id)}`, { signal: options.signal, body });
  }

  /** Check that the process answers, without checking any dependency. */
  checkLiveness(options: RequestOptions = {}): Promise<Liveness> {
    return this.call("GET", `/livez`, { signal: options.signal });
  }

  /** Check that database, Redis, store and controller answer. */
  checkReadiness(options: RequestOptions = {}): Promise<ReadinessReport> {
    return this.call("GET", `/readyz`, { signal: options.signal });
  }

  /** Free storage that is no longer needed, of one session or (operators) of the whole system. */
  cleanUp(body: CleanupRequest, options: RequestOptions = {}): Promise<CleanupResult> {
    return this.call("POST", `/cleanup`, { signal: options.signal, body });
  }

  /** Close a session; open jobs are cancelled, outputs are kept. */
  closeSession(session_id: string, options: RequestOptions = {}): Promise<SessionStatus> {
    return this.call("POST", `/session/${encodeURIComponent(session_id)}/close`, { signal: options.signal });
  }

  /** Finish a sign-in with a provider, within five minutes, with the account's second factor. */
  confirmProviderSignIn(body: SecondFactor, options: RequestOptions = {}): Promise<SignedInBy> {
    return this.call("POST", `/api/auth/second-factor`, { signal: options.signal, body });
  }

  /** Approve the drafts of some scenes or of all, or take that back. */
  confirmStoryboard(project_id: string, body?: ApproveDrafts, options: RequestOptions = {}): Promise<Storyboard> {
    return this.call("POST", `/api/projects/${encodeURIComponent(project_id)}/storyboard/approve`, { signal: options.signal, body });
  }

  /** Activate the authenticator app with one of its codes; all other sign-ins end. */
  confirmTotp(body: TotpCode, options: RequestOptions = {}): Promise<RecoveryCodes> {
    return this.call("POST", `/api/auth/totp/confirm`, { signal: options.signal, body });
  }

  /** Create a batch and get its quote; nothing is started. */
  createBatch(body: CreateBatch, options: { idempotency_key?: string } & RequestOptions = {}): Promise<Batch> {
    return this.call("POST", `/api/batches`, { signal: options.signal, headers: { "Idempotency-Key": options.idempotency_key }, body });
  }

  /** Open the page on which a pack of credits or the plan `premium` is paid for. */
  createCheckout(body: StartCheckout, options: RequestOptions = {}): Promise<CheckoutPage> {
    return this.call("POST", `/api/billing/checkout`, { signal: options.signal, body });
  }

  /** Keep the consent of a person; jobs name it for their face or voice. */
  createConsent(body: CreateConsent, options: RequestOptions = {}): Promise<ConsentRecord> {
    return this.call("POST", `/api/consents`, { signal: options.signal, body });
  }

  /** Make a link to a picture that works for 15 minutes without credentials. */
  createImageLink(image_id: string, options: RequestOptions = {}): Promise<ItemLink> {
    return this.call("POST", `/api/images/${encodeURIComponent(image_id)}/link`, { signal: options.signal });
  }

  /** Invite a person; a given address gets the link by mail (administrators). */
  createInvitation(body: CreateInvitation, options: RequestOptions = {}): Promise<InvitationCreated> {
    return this.call("POST", `/api/admin/invitations`, { signal: options.signal, body });
  }

  /** Create an API key; only this answer contains it. */
  createKey(body: CreateApiKey, options: RequestOptions = {}): Promise<ApiKeyWithText> {
    return this.call("POST", `/api/keys`, { signal: options.signal, body });
  }

  /** Create a link that signs in one browser, once. */
  createOperatorLink(options: RequestOptions = {}): Promise<OperatorLink> {
    return this.call("POST", `/operate/links`, { signal: options.signal });
  }

  /** Begin to add a passkey: get the options with which the browser creates it. */
  createPasskeyOptions(body?: AccountProof, options: RequestOptions = {}): Promise<PasskeyOptions> {
    return this.call("POST", `/api/auth/passkeys/options`, { signal: options.signal, body });
  }

  /** Begin to sign in with a passkey: get the options for the browser. */
  createPasskeySignInOptions(options: RequestOptions = {}): Promise<PasskeyOptions> {
    return this.call("POST", `/api/auth/passkeys/sign-in/options`, { signal: options.signal });
  }

  /** Open the page on which you manage your subscription and invoices. */
  createPortal(options: RequestOptions = {}): Promise<PortalPage> {
    return this.call("POST", `/api/billing/portal`, { signal: options.signal });
  }

  /** Speak one scene as a job would, to hear it before the start; it costs nothing. */
  createPreview(body: PreviewScene, options: RequestOptions = {}): Promise<ScenePreview> {
    return this.call("POST", `/api/previews`, { signal: options.signal, body });
  }

  /** Create a project. */
  createProject(body: CreateProject, options: RequestOptions = {}): Promise<Project> {
    return this.call("POST", `/api/projects`, { signal: options.signal, body });
  }

  /** Open a session. */
  createSession(body: CreateSession, options: RequestOptions = {}): Promise<SessionCreated> {
    return this.call("POST", `/session/create`, { signal: options.signal, body });
  }

  /** Make a draft of each scene that has none, before the video is generated. */
  createStoryboard(project_id: string, body?: MakeDrafts, options: RequestOptions = {}): Promise<Storyboard> {
    return this.call("POST", `/api/projects/${encodeURIComponent(project_id)}/storyboard`, { signal: options.signal, body });
  }

  /** Get a ticket that opens one live stream, once, within a minute. */
  createTicket(body: CreateTicket, options: RequestOptions = {}): Promise<Ticket> {
    return this.call("POST", `/api/tickets`, { signal: options.signal, body });
  }

  /** Get a secret for an authenticator app; it counts once a code has confirmed it. */
  createTotpSecret(body?: AccountProof, options: RequestOptions = {}): Promise<TotpSecret> {
    return this.call("POST", `/api/auth/totp`, { signal: options.signal, body });
  }

  /** Make a link to a recording that works for 15 minutes without credentials. */
  createVoiceLink(voice_id: string, options: RequestOptions = {}): Promise<ItemLink> {
    return this.call("POST", `/api/voices/${encodeURIComponent(voice_id)}/link`, { signal: options.signal });
  }

  /** Create a webhook; only this answer contains its secret. */
  createWebhook(body: CreateWebhook, options: RequestOptions = {}): Promise<WebhookWithSecret> {
    return this.call("POST", `/api/webhooks`, { signal: options.signal, body });
  }

  /** Delete the account with all sessions, jobs and files. */
  deleteAccount(body?: ConfirmDeletion, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/auth/me`, { signal: options.signal, body });
  }

  /** Delete a budget of yours. */
  deleteBudget(budget_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/budgets/${encodeURIComponent(budget_id)}`, { signal: options.signal });
  }

  /** Delete a dead letter permanently. */
  deleteDeadLetter(letter_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/dead-letters/${encodeURIComponent(letter_id)}`, { signal: options.signal });
  }

  /** Delete a picture that no open job uses. */
  deleteImage(image_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/images/${encodeURIComponent(image_id)}`, { signal: options.signal });
  }

  /** Delete the files of a finished job. */
  deleteJobFiles(job_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/process/${encodeURIComponent(job_id)}`, { signal: options.signal });
  }

  /** Delete the files of a finished job; it leaves the library. */
  deleteLibraryJob(job_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/jobs/${encodeURIComponent(job_id)}`, { signal: options.signal });
  }

  /** Stop the work on a project and delete it with its files. */
  deleteProject(project_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/projects/${encodeURIComponent(project_id)}`, { signal: options.signal });
  }

  /** Delete a quarantined file permanently. */
  deleteQuarantinedFile(file_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/quarantine/${encodeURIComponent(file_id)}`, { signal: options.signal });
  }

  /** Delete an upload; jobs that use it go on. */
  deleteUpload(upload_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/uploads/${encodeURIComponent(upload_id)}`, { signal: options.signal });
  }

  /** Delete a recording that no open job uses. */
  deleteVoice(voice_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/voices/${encodeURIComponent(voice_id)}`, { signal: options.signal });
  }

  /** Delete a webhook with its deliveries. */
  deleteWebhook(webhook_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/webhooks/${encodeURIComponent(webhook_id)}`, { signal: options.signal });
  }

  /** Download a file, or a range of its bytes. */
  downloadFile(session_id: string, filename: string, options: RequestOptions = {}): Promise<Blob> {
    return this.call("GET", `/download/${encodeURIComponent(session_id)}/${encodeURIComponent(filename)}`, { signal: options.signal, binary: true });
  }

  /** Drain a worker: it finishes its current task and accepts no new ones. */
  drainWorker(name: string, options: RequestOptions = {}): Promise<Workers> {
    return this.call("POST", `/workers/${encodeURIComponent(name)}/drain`, { signal: options.signal });
  }

  /** Sign a device out. */
  endLogin(login_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/auth/sessions/${encodeURIComponent(login_id)}`, { signal: options.signal });
  }

  /** End a session and delete its files (operators). */
  endSession(session_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("POST", `/session/${encodeURIComponent(session_id)}/end`, { signal: options.signal });
  }

  /** Estimate the duration and cost of a job. */
  estimateJob(body: EstimateJob, options: RequestOptions = {}): Promise<JobEstimate> {
    return this.call("POST", `/process/estimate`, { signal: options.signal, body });
  }

  /** Export everything that is stored about the account. */
  exportAccount(options: RequestOptions = {}): Promise<Record<string, unknown>> {
    return this.call("GET", `/api/auth/me/export`, { signal: options.signal });
  }

  /** Export the whole audit log, one JSON object a line (administrators). */
  exportAuditEntries(options: RequestOptions = {}): Promise<Blob> {
    return this.call("GET", `/api/admin/audit/export`, { signal: options.signal, binary: true });
  }

  /** Export the plan as a timeline: OpenTimelineIO, FCPXML, or both with the clips as a zip. */
  exportProject(project_id: string, options: { format?: "otio" | "fcpxml" | "zip" } & RequestOptions = {}): Promise<Blob> {
    return this.call("GET", `/api/projects/${encodeURIComponent(project_id)}/export`, { signal: options.signal, query: { "format": options.format }, binary: true });
  }

  /** Confirm the plan and its price, and make the video. */
  generateVideo(project_id: string, body?: Generate, options: RequestOptions = {}): Promise<Generation> {
    return this.call("POST", `/api/projects/${encodeURIComponent(project_id)}/generate`, { signal: options.signal, body });
  }

  /** Get the account that is signed in, with what its plan allows and how much is in use. */
  getAccount(options: RequestOptions = {}): Promise<OwnAccount> {
    return this.call("GET", `/api/auth/me`, { signal: options.signal });
  }

  /** Report success, durations, people, cost and feedback of the last `days`; as JSON or CSV. */
  getAnalytics(options: { days?: number; format?: "json" | "csv" } & RequestOptions = {}): Promise<Analytics> {
    return this.call("GET", `/analytics`, { signal: options.signal, query: { "days": options.days, "format": options.format } });
  }

  /** Get a batch and its videos; `Retry-After` says when to ask again. */
  getBatch(batch_id: string, options: RequestOptions = {}): Promise<Batch> {
    return this.call("GET", `/api/batches/${encodeURIComponent(batch_id)}`, { signal: options.signal });
  }

  /** Get the statistics of the stage cache. */
  getCacheStatistics(options: RequestOptions = {}): Promise<CacheFigures> {
    return this.call("GET", `/cache`, { signal: options.signal });
  }

  /** List environments, engines, worker counts, and the engine each mode would use per stage. */
  getCapabilities(options: RequestOptions = {}): Promise<Capabilities> {
    return this.call("GET", `/capabilities`, { signal: options.signal });
  }

  /** Get a consent. */
  getConsent(consent_id: string, options: RequestOptions = {}): Promise<ConsentRecord> {
    return this.call("GET", `/api/consents/${encodeURIComponent(consent_id)}`, { signal: options.signal });
  }

  /** Get your credits. */
  getCredits(options: RequestOptions = {}): Promise<Credits> {
    return this.call("GET", `/api/credits`, { signal: options.signal });
  }

  /** Get the credits of a user (administrators). */
  getCreditsOfUser(user_id: string, options: RequestOptions = {}): Promise<Credits> {
    return this.call("GET", `/api/admin/users/${encodeURIComponent(user_id)}/credits`, { signal: options.signal });
  }

  /** Get a dead letter and its payload. */
  getDeadLetter(letter_id: string, options: RequestOptions = {}): Promise<DeadLetterDetails> {
    return this.call("GET", `/dead-letters/${encodeURIComponent(letter_id)}`, { signal: options.signal });
  }

  /** Report how often actual durations fell within their estimates. */
  getEstimateAccuracy(options: RequestOptions = {}): Promise<BackTests> {
    return this.call("GET", `/estimates`, { signal: options.signal });
  }

  /** Get the AsyncAPI 3 document of the live events. */
  getEventDocument(options: RequestOptions = {}): Promise<Record<string, unknown>> {
    return this.call("GET", `/asyncapi.json`, { signal: options.signal });
  }

  /** Get the feedback on a job. */
  getFeedback(job_id: string, options: RequestOptions = {}): Promise<Feedback> {
    return this.call("GET", `/process/${encodeURIComponent(job_id)}/feedback`, { signal: options.signal });
  }

  /** Get the overall health: resources, sessions, production readiness and dependencies. */
  getHealth(options: RequestOptions = {}): Promise<HealthReport> {
    return this.call("GET", `/health`, { signal: options.signal });
  }

  /** Get a picture. */
  getImage(image_id: string, options: RequestOptions = {}): Promise<Image> {
    return this.call("GET", `/api/images/${encodeURIComponent(image_id)}`, { signal: options.signal });
  }

  /** Get a job. */
  getJob(job_id: string, options: RequestOptions = {}): Promise<JobReport> {
    return this.call("GET", `/process/${encodeURIComponent(job_id)}`, { signal: options.signal });
  }

  /** Get a job of your library. */
  getLibraryJob(job_id: string, options: RequestOptions = {}): Promise<JobReport> {
    return this.call("GET", `/api/jobs/${encodeURIComponent(job_id)}`, { signal: options.signal });
  }

  /** Get the load of each environment and the number of workers it needs. */
  getLoad(options: RequestOptions = {}): Promise<QueueLoads> {
    return this.call("GET", `/load`, { signal: options.signal });
  }

  /** Get which mails you receive; those about the account itself are always sent. */
  getMails(options: RequestOptions = {}): Promise<MailChoices> {
    return this.call("GET", `/api/mails`, { signal: options.signal });
  }

  /** Get everything that the operators' page shows, in one request. */
  getOperateOverview(options: { hours?: number } & RequestOptions = {}): Promise<Overview> {
    return this.call("GET", `/operate/overview`, { signal: options.signal, query: { "hours": options.hours } });
  }

  /** Report queues, finished jobs, stage times and failures of the last `hours`. */
  getOperations(options: { hours?: number } & RequestOptions = {}): Promise<Operations> {
    return this.call("GET", `/operations`, { signal: options.signal, query: { "hours": options.hours } });
  }

  /** Get the plan, with the price that `generate` confirms. */
  getPlan(project_id: string, options: RequestOptions = {}): Promise<PlanReport> {
    return this.call("GET", `/api/projects/${encodeURIComponent(project_id)}/plan`, { signal: options.signal });
  }

  /** Hear a scene (WAV); 202 while it is being spoken. */
  getPreview(preview_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("GET", `/api/previews/${encodeURIComponent(preview_id)}`, { signal: options.signal });
  }

  /** Get a project. */
  getProject(project_id: string, options: RequestOptions = {}): Promise<Project> {
    return this.call("GET", `/api/projects/${encodeURIComponent(project_id)}`, { signal: options.signal });
  }

  /** Get the status and progress of a project. */
  getProjectStatus(project_id: string, options: RequestOptions = {}): Promise<ProjectStatus> {
    return this.call("GET", `/api/projects/${encodeURIComponent(project_id)}/status`, { signal: options.signal });
  }

  /** Get the receipt of a job: what each run cost, and what was free. */
  getReceipt(job_id: string, options: RequestOptions = {}): Promise<Receipt> {
    return this.call("GET", `/api/jobs/${encodeURIComponent(job_id)}/receipt`, { signal: options.signal });
  }

  /** Get a report (operators). */
  getReport(report_id: string, options: RequestOptions = {}): Promise<ReportDetails> {
    return this.call("GET", `/api/reports/${encodeURIComponent(report_id)}`, { signal: options.signal });
  }

  /** Get the state of a report with its token. */
  getReportState(report_id: string, options: { x_report_token?: string } & RequestOptions = {}): Promise<ReportState> {
    return this.call("GET", `/api/reports/${encodeURIComponent(report_id)}/state`, { signal: options.signal, headers: { "X-Report-Token": options.x_report_token } });
  }

  /** Get figures for a transparency report (operators). */
  getReportStatistics(options: RequestOptions = {}): Promise<ReportStatistics> {
    return this.call("GET", `/api/reports/statistics`, { signal: options.signal });
  }

  /** Get each service's health and latency, and worker counts (operators: worker names). */
  getServicesHealth(options: RequestOptions = {}): Promise<ServiceHealth> {
    return this.call("GET", `/health/services`, { signal: options.signal });
  }

  /** Get a session with its uploads and jobs. */
  getSession(session_id: string, options: RequestOptions = {}): Promise<SessionStatus> {
    return this.call("GET", `/session/${encodeURIComponent(session_id)}/status`, { signal: options.signal });
  }

  /** Get a session (same as `GET /session/{session_id}/status`). */
  getSessionStatus(session_id: string, options: RequestOptions = {}): Promise<SessionStatus> {
    return this.call("GET", `/api/session/${encodeURIComponent(session_id)}/status`, { signal: options.signal });
  }

  /** Get the draft of each scene, and whether it is approved. */
  getStoryboard(project_id: string, options: RequestOptions = {}): Promise<Storyboard> {
    return this.call("GET", `/api/projects/${encodeURIComponent(project_id)}/storyboard`, { signal: options.signal });
  }

  /** Tell whether an authenticator app is set up, and how many recovery codes are left. */
  getTotp(options: RequestOptions = {}): Promise<TotpState> {
    return this.call("GET", `/api/auth/totp`, { signal: options.signal });
  }

  /** Get an upload of your library. */
  getUpload(upload_id: string, options: RequestOptions = {}): Promise<LibraryUpload> {
    return this.call("GET", `/api/uploads/${encodeURIComponent(upload_id)}`, { signal: options.signal });
  }

  /** Get what you used, by day, engine, API key or project; as JSON or CSV. */
  getUsage(options: { from?: string; to?: string; group_by?: "day" | "engine" | "key" | "project"; format?: "json" | "csv" } & RequestOptions = {}): Promise<CreditUsage> {
    return this.call("GET", `/api/usage`, { signal: options.signal, query: { "from": options.from, "to": options.to, "group_by": options.group_by, "format": options.format } });
  }

  /** Get a user (administrators). */
  getUser(user_id: string, options: RequestOptions = {}): Promise<ManagedUser> {
    return this.call("GET", `/api/admin/users/${encodeURIComponent(user_id)}`, { signal: options.signal });
  }

  /** Get a recording, or a built-in voice. */
  getVoice(voice_id: string, options: RequestOptions = {}): Promise<LibraryVoice> {
    return this.call("GET", `/api/voices/${encodeURIComponent(voice_id)}`, { signal: options.signal });
  }

  /** Play a few seconds of a voice (MP3). */
  getVoiceSample(voice_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("GET", `/voices/${encodeURIComponent(voice_id)}/sample`, { signal: options.signal });
  }

  /** Get a webhook. */
  getWebhook(webhook_id: string, options: RequestOptions = {}): Promise<Webhook> {
    return this.call("GET", `/api/webhooks/${encodeURIComponent(webhook_id)}`, { signal: options.signal });
  }

  /** Give credits to a user, or take some away (administrators). */
  grantCredits(user_id: string, body: GrantCredits, options: RequestOptions = {}): Promise<Credits> {
    return this.call("POST", `/api/admin/users/${encodeURIComponent(user_id)}/credits`, { signal: options.signal, body });
  }

  /** List the jobs of all owners, newest first (operators). */
  listAllJobs(options: { state?: "queued" | "running" | "succeeded" | "failed" | "cancelled"; code?: string; owner?: string; engine?: "elevenlabs" | "espeak" | "ffmpeg" | "gemini" | "kokoro" | "lanczos" | "mediapipe_mesh" | "mesh_warp" | "offline" | "openai_chat" | "piper" | "realesrgan" | "realesrgan_cpu" | "recording" | "sadtalker" | "simulated" | "xtts"; created_after?: string; created_before?: string; cursor?: string; limit?: number } & RequestOptions = {}): Promise<AllJobs> {
    return this.call("GET", `/jobs`, { signal: options.signal, query: { "state": options.state, "code": options.code, "owner": options.owner, "engine": options.engine, "created_after": options.created_after, "created_before": options.created_before, "cursor": options.cursor, "limit": options.limit } });
  }

  /** Read the audit log, newest first (administrators). */
  listAuditEntries(options: { actor?: string; action?: string; target?: string; before?: number; limit?: number } & RequestOptions = {}): Promise<AuditPage> {
    return this.call("GET", `/api/admin/audit`, { signal: options.signal, query: { "actor": options.actor, "action": options.action, "target": options.target, "before": options.before, "limit": options.limit } });
  }

  /** List your batches, newest first. */
  listBatches(options: { cursor?: string; limit?: number } & RequestOptions = {}): Promise<Batches> {
    return this.call("GET", `/api/batches`, { signal: options.signal, query: { "cursor": options.cursor, "limit": options.limit } });
  }

  /** List your budgets and what is used of them. */
  listBudgets(options: RequestOptions = {}): Promise<Budgets> {
    return this.call("GET", `/api/budgets`, { signal: options.signal });
  }

  /** List the messages of the chat. */
  listChatMessages(project_id: string, options: RequestOptions = {}): Promise<Chat> {
    return this.call("GET", `/api/projects/${encodeURIComponent(project_id)}/chat`, { signal: options.signal });
  }

  /** List your consents, newest first. */
  listConsents(options: { cursor?: string; limit?: number } & RequestOptions = {}): Promise<ConsentPage> {
    return this.call("GET", `/api/consents`, { signal: options.signal, query: { "cursor": options.cursor, "limit": options.limit } });
  }

  /** List dead letters, newest first. */
  listDeadLetters(options: { kind?: "message" | "event" | "decision" | "outbox" | "copy" | "duty" | "request"; state?: "dead" | "retrying" | "resolved"; job_id?: string; cursor?: number; limit?: number } & RequestOptions = {}): Promise<DeadLetterPage> {
    return this.call("GET", `/dead-letters`, { signal: options.signal, query: { "kind": options.kind, "state": options.state, "job_id": options.job_id, "cursor": options.cursor, "limit": options.limit } });
  }

  /** List the deliveries of a webhook, newest first. */
  listDeliveries(webhook_id: string, options: { state?: "pending" | "delivered" | "failed"; cursor?: string; limit?: number } & RequestOptions = {}): Promise<WebhookDeliveries> {
    return this.call("GET", `/api/webhooks/${encodeURIComponent(webhook_id)}/deliveries`, { signal: options.signal, query: { "state": options.state, "cursor": options.cursor, "limit": options.limit } });
  }

  /** List the sign-ins with other providers that are connected to the account. */
  listIdentities(options: RequestOptions = {}): Promise<Identities> {
    return this.call("GET", `/api/auth/identities`, { signal: options.signal });
  }

  /** List your pictures, newest first. */
  listImages(options: { public?: boolean; created_after?: string; created_before?: string; q?: string; owner?: string; cursor?: string; limit?: number; moderation?: "pending" | "approved" | "flagged" | "rejected"; similar_to?: string } & RequestOptions = {}): Promise<Images> {
    return this.call("GET", `/api/images`, { signal: options.signal, query: { "public": options.public, "created_after": options.created_after, "created_before": options.created_before, "q": options.q, "owner": options.owner, "cursor": options.cursor, "limit": options.limit, "moderation": options.moderation, "similar_to": options.similar_to } });
  }

  /** List invitations, newest first (administrators). */
  listInvitations(options: { limit?: number; cursor?: string } & RequestOptions = {}): Promise<Invitations> {
    return this.call("GET", `/api/admin/invitations`, { signal: options.signal, query: { "limit": options.limit, "cursor": options.cursor } });
  }

  /** List your jobs, newest first, also those of ended sessions. */
  listJobs(options: { session_id?: string; created_after?: string; created_before?: string; q?: string; owner?: string; cursor?: string; limit?: number; state?: "queued" | "running" | "succeeded" | "failed" | "cancelled" | "open"; kind?: "pipeline" | "external"; expired?: boolean } & RequestOptions = {}): Promise<LibraryJobs> {
    return this.call("GET", `/api/jobs`, { signal: options.signal, query: { "session_id": options.session_id, "created_after": options.created_after, "created_before": options.created_before, "q": options.q, "owner": options.owner, "cursor": options.cursor, "limit": options.limit, "state": options.state, "kind": options.kind, "expired": options.expired } });
  }

  /** List your API keys, newest first. */
  listKeys(options: RequestOptions = {}): Promise<ApiKeys> {
    return this.call("GET", `/api/keys`, { signal: options.signal });
  }

  /** List the devices that are signed in, newest first. */
  listLogins(options: RequestOptions = {}): Promise<OpenLogins> {
    return this.call("GET", `/api/auth/sessions`, { signal: options.signal });
  }

  /** List what changes about hosted video models. */
  listModelChanges(options: RequestOptions = {}): Promise<ModelChanges> {
    return this.call("GET", `/api/models/changes`, { signal: options.signal });
  }

  /** List the hosted video models. */
  listModels(options: { provider?: string; state?: "announced" | "released" | "deprecated" | "closed"; compare?: boolean; duration?: number; ratio?: "16:9" | "9:16" | "1:1" | "4:3" | "3:4" | "21:9"; resolution?: "360p" | "480p" | "720p" | "1080p" | "4k"; draft?: boolean; audio?: boolean; first_frame?: boolean; last_frame?: boolean; speech?: boolean; prompt_length?: number } & RequestOptions = {}): Promise<VideoModels> {
    return this.call("GET", `/api/models`, { signal: options.signal, query: { "provider": options.provider, "state": options.state, "compare": options.compare, "duration": options.duration, "ratio": options.ratio, "resolution": options.resolution, "draft": options.draft, "audio": options.audio, "first_frame": options.first_frame, "last_frame": options.last_frame, "speech": options.speech, "prompt_length": options.prompt_length } });
  }

  /** List the pictures that wait for an operator: flagged ones and appeals. */
  listModeration(options: { limit?: number; offset?: number } & RequestOptions = {}): Promise<ModerationQueue> {
    return this.call("GET", `/moderation`, { signal: options.signal, query: { "limit": options.limit, "offset": options.offset } });
  }

  /** List all files of a session. */
  listOutputs(session_id: string, options: RequestOptions = {}): Promise<Outputs> {
    return this.call("GET", `/outputs/${encodeURIComponent(session_id)}`, { signal: options.signal });
  }

  /** List your recordings, newest first, and after the last of them the built-in voices. */
  listOwnVoices(options: { public?: boolean; created_after?: string; created_before?: string; q?: string; owner?: string; cursor?: string; limit?: number; source?: "own" | "built_in"; language?: string } & RequestOptions = {}): Promise<LibraryVoices> {
    return this.call("GET", `/api/voices`, { signal: options.signal, query: { "public": options.public, "created_after": options.created_after, "created_before": options.created_before, "q": options.q, "owner": options.owner, "cursor": options.cursor, "limit": options.limit, "source": options.source, "language": options.language } });
  }

  /** List the passkeys of the account, oldest first. */
  listPasskeys(options: RequestOptions = {}): Promise<Passkeys> {
    return this.call("GET", `/api/auth/passkeys`, { signal: options.signal });
  }

  /** List the plans with their limits, and the packs of credits on sale. */
  listPlans(options: RequestOptions = {}): Promise<PlansOnSale> {
    return this.call("GET", `/api/plans`, { signal: options.signal });
  }

  /** List your projects, newest first. */
  listProjects(options: { status?: "uploading" | "analyzing" | "planning" | "generating" | "processing" | "completed" | "failed"; q?: string; created_after?: string; created_before?: string; owner?: string; cursor?: string; limit?: number } & RequestOptions = {}): Promise<Projects> {
    return this.call("GET", `/api/projects`, { signal: options.signal, query: { "status": options.status, "q": options.q, "created_after": options.created_after, "created_before": options.created_before, "owner": options.owner, "cursor": options.cursor, "limit": options.limit } });
  }

  /** List calls to providers of hosted models (operators). */
  listProviderCalls(options: { state?: "queued" | "submitting" | "waiting" | "ready" | "finishing" | "done" | "failed" | "unknown" | "cancelled"; limit?: number } & RequestOptions = {}): Promise<Calls> {
    return this.call("GET", `/api/provider-calls`, { signal: options.signal, query: { "state": options.state, "limit": options.limit } });
  }

  /** List quarantined files. */
  listQuarantinedFiles(options: RequestOptions = {}): Promise<QuarantineList> {
    return this.call("GET", `/quarantine`, { signal: options.signal });
  }

  /** List reports, newest first (operators). */
  listReports(options: { cursor?: string; limit?: number; state?: "open" | "withdrawn" | "rejected" } & RequestOptions = {}): Promise<ReportPage> {
    return this.call("GET", `/api/reports`, { signal: options.signal, query: { "cursor": options.cursor, "limit": options.limit, "state": options.state } });
  }

  /** List active sessions (operators). */
  listSessions(options: RequestOptions = {}): Promise<ActiveSessions> {
    return this.call("GET", `/sessions`, { signal: options.signal });
  }

  /** List what moved your credits, newest first. */
  listTransactions(options: { limit?: number; cursor?: string } & RequestOptions = {}): Promise<CreditTransactions> {
    return this.call("GET", `/api/credits/transactions`, { signal: options.signal, query: { "limit": options.limit, "cursor": options.cursor } });
  }

  /** List your uploads, newest first, also those of ended sessions. */
  listUploads(options: { session_id?: string; created_after?: string; created_before?: string; q?: string; owner?: string; cursor?: string; limit?: number; kind?: "face" | "voice" } & RequestOptions = {}): Promise<LibraryUploads> {
    return this.call("GET", `/api/uploads`, { signal: options.signal, query: { "session_id": options.session_id, "created_after": options.created_after, "created_before": options.created_before, "q": options.q, "owner": options.owner, "cursor": options.cursor, "limit": options.limit, "kind": options.kind } });
  }

  /** List users, newest first (administrators). */
  listUsers(options: { limit?: number; cursor?: string; q?: string; role?: "user" | "operator" | "admin"; plan?: "free" | "premium"; suspended?: boolean } & RequestOptions = {}): Promise<Users> {
    return this.call("GET", `/api/admin/users`, { signal: options.signal, query: { "limit": options.limit, "cursor": options.cursor, "q": options.q, "role": options.role, "plan": options.plan, "suspended": options.suspended } });
  }

  /** List the voices that a job may name, with language, gender, style and licence. */
  listVoices(options: RequestOptions = {}): Promise<Voices> {
    return this.call("GET", `/voices`, { signal: options.signal });
  }

  /** List your webhooks, newest first. */
  listWebhooks(options: RequestOptions = {}): Promise<Webhooks> {
    return this.call("GET", `/api/webhooks`, { signal: options.signal });
  }

  /** List live workers (operators: with names and current tasks). */
  listWorkers(options: RequestOptions = {}): Promise<Workers> {
    return this.call("GET", `/workers`, { signal: options.signal });
  }

  /** Log in with a mail address and a password. */
  logIn(body: PasswordSignIn, options: RequestOptions = {}): Promise<LoggedIn> {
    return this.call("POST", `/api/auth/login`, { signal: options.signal, body });
  }

  /** End a login; all of its tokens end. */
  logOut(body?: RefreshRequest, options: RequestOptions = {}): Promise<void> {
    return this.call("POST", `/api/auth/logout`, { signal: options.signal, body });
  }

  /** Give a picture a public address. */
  openImageToPublic(image_id: string, options: RequestOptions = {}): Promise<Image> {
    return this.call("POST", `/api/images/${encodeURIComponent(image_id)}/public`, { signal: options.signal });
  }

  /** Give a recording a public address. */
  openVoiceToPublic(voice_id: string, options: RequestOptions = {}): Promise<LibraryVoice> {
    return this.call("POST", `/api/voices/${encodeURIComponent(voice_id)}/public`, { signal: options.signal });
  }

  /** Get the price of making the video again; nothing is started. */
  quoteAgainProjects(project_id: string, body?: Regenerate, options: RequestOptions = {}): Promise<Quote> {
    return this.call("POST", `/api/projects/${encodeURIComponent(project_id)}/regenerate/quote`, { signal: options.signal, body });
  }

  /** Estimate a job in credits, and get a quote that is valid for 15 minutes. */
  quoteJob(body: EstimateJob, options: RequestOptions = {}): Promise<CreditEstimate> {
    return this.call("POST", `/api/estimate`, { signal: options.signal, body });
  }

  /** Send a message again, with the same id. */
  redeliverMessage(webhook_id: string, delivery_id: string, options: RequestOptions = {}): Promise<WebhookDelivery> {
    return this.call("POST", `/api/webhooks/${encodeURIComponent(webhook_id)}/deliveries/${encodeURIComponent(delivery_id)}/redeliver`, { signal: options.signal });
  }

  /** Retry failed jobs, selected by id, error code or time (operators). */
  redriveJobs(body: RedriveJobs, options: RequestOptions = {}): Promise<JobsRedriven> {
    return this.call("POST", `/jobs/redrive`, { signal: options.signal, body });
  }

  /** Exchange a refresh token for new tokens; each can be used once. */
  refreshTokens(body?: RefreshRequest, options: RequestOptions = {}): Promise<LoggedIn> {
    return this.call("POST", `/api/auth/refresh`, { signal: options.signal, body });
  }

  /** Plan the sample again. */
  regeneratePlan(project_id: string, options: RequestOptions = {}): Promise<PlanReport> {
    return this.call("POST", `/api/projects/${encodeURIComponent(project_id)}/plan/regenerate`, { signal: options.signal });
  }

  /** Make the video again; unchanged clips are reused. */
  regenerateVideo(project_id: string, body?: Regenerate, options: RequestOptions = {}): Promise<Generation> {
    return this.call("POST", `/api/projects/${encodeURIComponent(project_id)}/regenerate`, { signal: options.signal, body });
  }

  /** Create an account. */
  registerAccount(body: RegisterAccount, options: RequestOptions = {}): Promise<AccountRegistered> {
    return this.call("POST", `/api/auth/register`, { signal: options.signal, body });
  }

  /** End the suspension of a user (administrators). */
  reinstateUser(user_id: string, options: RequestOptions = {}): Promise<ManagedUser> {
    return this.call("POST", `/api/admin/users/${encodeURIComponent(user_id)}/reinstate`, { signal: options.signal });
  }

  /** Close a report without a withdrawal (operators). */
  rejectReport(report_id: string, body?: ReportDecision, options: RequestOptions = {}): Promise<ReportDetails> {
    return this.call("POST", `/api/reports/${encodeURIComponent(report_id)}/reject`, { signal: options.signal, body });
  }

  /** Release a quarantined file to its session, re-encoded. */
  releaseQuarantinedFile(file_id: string, options: RequestOptions = {}): Promise<UploadedFile> {
    return this.call("POST", `/quarantine/${encodeURIComponent(file_id)}/release`, { signal: options.signal });
  }

  /** Disconnect a sign-in with another provider, unless it is the only way to sign in. */
  removeIdentity(identity_id: string, body?: AccountProof, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/auth/identities/${encodeURIComponent(identity_id)}`, { signal: options.signal, body });
  }

  /** Remove a passkey, unless it is the only way to sign in. */
  removePasskey(passkey_id: string, body?: AccountProof, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/auth/passkeys/${encodeURIComponent(passkey_id)}`, { signal: options.signal, body });
  }

  /** Remove the authenticator app and the recovery codes. */
  removeTotp(body: AccountCode, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/auth/totp`, { signal: options.signal, body });
  }

  /** Remove the second factor of a user who has lost it (administrators). */
  removeTotpOfUser(user_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/admin/users/${encodeURIComponent(user_id)}/totp`, { signal: options.signal });
  }

  /** Change the name of a picture. */
  renameImage(image_id: string, body: RenameItem, options: RequestOptions = {}): Promise<Image> {
    return this.call("PATCH", `/api/images/${encodeURIComponent(image_id)}`, { signal: options.signal, body });
  }

  /** Change the title of a job. */
  renameJob(job_id: string, body: ChangeTitle, options: RequestOptions = {}): Promise<LibraryJob> {
    return this.call("PATCH", `/api/jobs/${encodeURIComponent(job_id)}`, { signal: options.signal, body });
  }

  /** Rename a passkey. */
  renamePasskey(passkey_id: string, body: RenamePasskey, options: RequestOptions = {}): Promise<OnePasskey> {
    return this.call("PATCH", `/api/auth/passkeys/${encodeURIComponent(passkey_id)}`, { signal: options.signal, body });
  }

  /** Change the title of an upload. */
  renameUpload(upload_id: string, body: ChangeTitle, options: RequestOptions = {}): Promise<LibraryUpload> {
    return this.call("PATCH", `/api/uploads/${encodeURIComponent(upload_id)}`, { signal: options.signal, body });
  }

  /** Change the name of a recording, or keep a part of it only. */
  renameVoice(voice_id: string, body: ChangeRecording, options: RequestOptions = {}): Promise<LibraryVoice> {
    return this.call("PATCH", `/api/voices/${encodeURIComponent(voice_id)}`, { signal: options.signal, body });
  }

  /** Replace the recovery codes; they are shown once. */
  replaceRecoveryCodes(body?: AccountProof, options: RequestOptions = {}): Promise<RecoveryCodes> {
    return this.call("POST", `/api/auth/totp/recovery-codes`, { signal: options.signal, body });
  }

  /** Send what a webhook has not accepted since a time. */
  replayMessages(webhook_id: string, body: ReplayMessages, options: RequestOptions = {}): Promise<MessagesReplayed> {
    return this.call("POST", `/api/webhooks/${encodeURIComponent(webhook_id)}/replay`, { signal: options.signal, body });
  }

  /** Ask an operator to look at a rejected picture again, once. */
  requestImageReview(image_id: string, body: AppealImage, options: RequestOptions = {}): Promise<Image> {
    return this.call("POST", `/api/images/${encodeURIComponent(image_id)}/appeal`, { signal: options.signal, body });
  }

  /** Send a link to choose a new password, if the address has an account. */
  requestPasswordReset(body: RequestPasswordReset, options: RequestOptions = {}): Promise<void> {
    return this.call("POST", `/api/auth/password/forgot`, { signal: options.signal, body });
  }

  /** Send the link to verify the mail address again. */
  resendVerification(options: RequestOptions = {}): Promise<void> {
    return this.call("POST", `/api/auth/verify/resend`, { signal: options.signal });
  }

  /** Choose a new password with the token of a link; all sign-ins end. */
  resetPassword(body: ResetPassword, options: RequestOptions = {}): Promise<void> {
    return this.call("POST", `/api/auth/password/reset`, { signal: options.signal, body });
  }

  /** Say what became of a purchase of which nothing is known (operators). */
  resolveProviderCall(call_id: string, body: Resolution, options: RequestOptions = {}): Promise<Call> {
    return this.call("POST", `/api/provider-calls/${encodeURIComponent(call_id)}/resolve`, { signal: options.signal, body });
  }

  /** Make an earlier revision of the plan the latest one. */
  restorePlan(project_id: string, body: RestorePlan, options: RequestOptions = {}): Promise<PlanReport> {
    return this.call("POST", `/api/projects/${encodeURIComponent(project_id)}/plan/restore`, { signal: options.signal, body });
  }

  /** Resume a drained worker. */
  resumeWorker(name: string, options: RequestOptions = {}): Promise<Workers> {
    return this.call("POST", `/workers/${encodeURIComponent(name)}/resume`, { signal: options.signal });
  }

  /** Retry a dead letter; a job that failed because of it is retried too. */
  retryDeadLetter(letter_id: string, options: RequestOptions = {}): Promise<DeadLetterDetails> {
    return this.call("POST", `/dead-letters/${encodeURIComponent(letter_id)}/retry`, { signal: options.signal });
  }

  /** Retry a failed or cancelled job from the step that failed. */
  retryJob(job_id: string, options: RequestOptions = {}): Promise<JobReport> {
    return this.call("POST", `/process/${encodeURIComponent(job_id)}/retry`, { signal: options.signal });
  }

  /** Revoke a consent; jobs that used it are cancelled and their files blocked. */
  revokeConsent(consent_id: string, options: RequestOptions = {}): Promise<ConsentRecord> {
    return this.call("POST", `/api/consents/${encodeURIComponent(consent_id)}/revoke`, { signal: options.signal });
  }

  /** Revoke an invitation that was not used (administrators). */
  revokeInvitation(invitation_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/admin/invitations/${encodeURIComponent(invitation_id)}`, { signal: options.signal });
  }

  /** Revoke an API key; it ends at once. */
  revokeKey(key_id: string, options: RequestOptions = {}): Promise<void> {
    return this.call("DELETE", `/api/keys/${encodeURIComponent(key_id)}`, { signal: options.signal });
  }

  /** Replace an API key; the former one stays valid for the overlap. */
  rotateKey(key_id: string, body?: RotateApiKey, options: RequestOptions = {}): Promise<ApiKeyWithText> {
    return this.call("POST", `/api/keys/${encodeURIComponent(key_id)}/rotate`, { signal: options.signal, body });
  }

  /** Replace the secret of a webhook; the former one signs too for 24 hours. */
  rotateWebhookSecret(webhook_id: string, options: RequestOptions = {}): Promise<WebhookWithSecret> {
    return this.call("POST", `/api/webhooks/${encodeURIComponent(webhook_id)}/rotate-secret`, { signal: options.signal });
  }

  /** Say what to change of the plan; with `Accept: text/event-stream` as a stream. */
  sendChatMessage(project_id: string, body: SendMessage, options: RequestOptions = {}): Promise<ChatAnswer> {
    return this.call("POST", `/api/projects/${encodeURIComponent(project_id)}/chat`, { signal: options.signal, body });
  }

  /** Set a budget of your account, an API key or a project of yours, by day or month. */
  setBudget(body: SetBudget, options: RequestOptions = {}): Promise<Budget> {
    return this.call("PUT", `/api/budgets`, { signal: options.signal, body });
  }

  /** Rate a job of yours that has ended; sending it again replaces the former feedback. */
  setFeedback(job_id: string, body: SetFeedback, options: RequestOptions = {}): Promise<Feedback> {
    return this.call("POST", `/process/${encodeURIComponent(job_id)}/feedback`, { signal: options.signal, body });
  }

  /** Add a hosted video model, or change one (operators). */
  setModel(body: NewModel, options: RequestOptions = {}): Promise<VideoModel> {
    return this.call("POST", `/api/models`, { signal: options.signal, body });
  }

  /** Approve or reject a picture, whether it waits or not. */
  setModeration(image_id: string, body: ModerationDecision, options: RequestOptions = {}): Promise<ModeratedImage> {
    return this.call("POST", `/moderation/${encodeURIComponent(image_id)}`, { signal: options.signal, body });
  }

  /** Replace the plan by a changed one. */
  setPlan(project_id: string, body: PutPlan, options: { if_match: string } & RequestOptions): Promise<PlanReport> {
    return this.call("PUT", `/api/projects/${encodeURIComponent(project_id)}/plan`, { signal: options.signal, headers: { "If-Match": options.if_match }, body });
  }

  /** Get a picture or a recording that its owner has made public. */
  showPublicImage(public_id: string, options: RequestOptions = {}): Promise<Blob> {
    return this.call("GET", `/i/${encodeURIComponent(public_id)}`, { signal: options.signal, binary: true });
  }

  /** Sign a browser in with a link's code or the operator token. */
  signInOperator(body: OperatorSignIn, options: RequestOptions = {}): Promise<OperatorSignedIn> {
    return this.call("POST", `/operate/sign-in`, { signal: options.signal, body });
  }

  /** Sign in with a passkey that has verified the person, without a password. */
  signInWithPasskey(body: PasskeySignIn, options: RequestOptions = {}): Promise<LoggedIn> {
    return this.call("POST", `/api/auth/passkeys/sign-in`, { signal: options.signal, body });
  }

  /** Sign a browser out. */
  signOutOperator(options: RequestOptions = {}): Promise<void> {
    return this.call("POST", `/operate/sign-out`, { signal: options.signal });
  }

  /** Confirm the quote and make the videos; resumes a paused batch, and failed videos. */
  startBatch(batch_id: string, body?: StartBatch, options: RequestOptions = {}): Promise<Batch> {
    return this.call("POST", `/api/batches/${encodeURIComponent(batch_id)}/start`, { signal: options.signal, body });
  }

  /** Start a job. */
  startJob(body: StartJob, options: { idempotency_key?: string; prefer?: string } & RequestOptions = {}): Promise<JobStarted | JobReport> {
    return this.call("POST", `/process/start`, { signal: options.signal, headers: { "Idempotency-Key": options.idempotency_key, "Prefer": options.prefer }, body });
  }

  /** Sign up with an invitation: get the provider's page to send the browser to. */
  startProviderSignUp(provider: string, body: StartProviderSignUp, options: RequestOptions = {}): Promise<ProviderSignUpStarted> {
    return this.call("POST", `/api/auth/${encodeURIComponent(provider)}/start`, { signal: options.signal, body });
  }

  /** Suspend a user: all tokens end, open jobs are cancelled (administrators). */
  suspendUser(user_id: string, options: RequestOptions = {}): Promise<UserSuspended> {
    return this.call("POST", `/api/admin/users/${encodeURIComponent(user_id)}/suspend`, { signal: options.signal });
  }

  /** Send a test message to a webhook. */
  testWebhook(webhook_id: string, options: RequestOptions = {}): Promise<WebhookDelivery> {
    return this.call("POST", `/api/webhooks/${encodeURIComponent(webhook_id)}/test`, { signal: options.signal });
  }

  /** End a kind of mails with the link of one of them (RFC 8058). */
  unsubscribe(token: string, options: RequestOptions = {}): Promise<void> {
    return this.call("POST", `/api/mails/unsubscribe/${encodeURIComponent(token)}`, { signal: options.signal });
  }

  /** Upload a picture of the character, or use a finished upload. */
  uploadCharacter(project_id: string, body: UseUpload, options: RequestOptions = {}): Promise<Project> {
    return this.call("POST", `/api/projects/${encodeURIComponent(project_id)}/upload-character`, { signal: options.signal, body });
  }

  /** Upload music, or a recording of a voice (`role`), or use a finished upload. */
  uploadProjectAudio(project_id: string, body: UseUpload, options: RequestOptions = {}): Promise<Project> {
    return this.call("POST", `/api/projects/${encodeURIComponent(project_id)}/upload-audio`, { signal: options.signal, body });
  }

  /** Upload the sample video, or use a finished upload. */
  uploadSample(project_id: string, body: UseUpload, options: RequestOptions = {}): Promise<Project> {
    return this.call("POST", `/api/projects/${encodeURIComponent(project_id)}/upload-sample`, { signal: options.signal, body });
  }

  /** Verify a mail address with the token of a link. */
  verifyAddress(body: OneTimeToken, options: RequestOptions = {}): Promise<Account> {
    return this.call("POST", `/api/auth/verify`, { signal: options.signal, body });
  }

  /** Withdraw a person's consent; jobs are cancelled and downloads blocked. */
  withdrawConsent(session_id: string, body?: WithdrawConsent, options: RequestOptions = {}): Promise<SessionStatus> {
    return this.call("POST", `/session/${encodeURIComponent(session_id)}/consent/withdraw`, { signal: options.signal, body });
  }

  /** Take the public address of a picture away. */
  withdrawImageFromPublic(image_id: string, options: RequestOptions = {}): Promise<Image> {
    return this.call("DELETE", `/api/images/${encodeURIComponent(image_id)}/public`, { signal: options.signal });
  }

  /** Withdraw the reported videos and block what they were made from (operators). */
  withdrawReported(report_id: string, body?: ReportWithdrawal, options: RequestOptions = {}): Promise<ReportDetails> {
    return this.call("POST", `/api/reports/${encodeURIComponent(report_id)}/withdraw`, { signal: options.signal, body });
  }

  /** Take the public address of a recording away. */
  withdrawVoiceFromPublic(voice_id: string, options: RequestOptions = {}): Promise<LibraryVoice> {
    return this.call("DELETE", `/api/voices/${encodeURIComponent(voice_id)}/public`, { signal: options.signal });
  }

}
