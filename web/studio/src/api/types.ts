import type { components } from "./schema";

type Schemas = components["schemas"];

export type Account = Schemas["Account"];
export type ManagedUser = Schemas["ManagedUser"];
export type Receipt = Schemas["Receipt"];
export type LoggedIn = Schemas["LoggedIn"];
export type ApiKey = Schemas["Key"];
export type NewApiKey = Schemas["KeyWithText"];
export type Webhook = Schemas["Webhook"];
export type NewWebhook = Schemas["WebhookWithSecret"];
export type WebhookDelivery = Schemas["Delivery"];
export type Device = Schemas["OpenLogin"];
export type Passkey = Schemas["OnePasskey"];
export type Identity = Schemas["OneIdentity"];
export type SecondFactor = Schemas["State"];
export type NewSecret = Schemas["NewSecret"];
export type Capabilities = Schemas["Capabilities"];
export type FileReport = Schemas["Listed"];
export type Operations = Schemas["Operations"];
export type OperateOverview = Schemas["Overview"];
export type Analytics = Schemas["Analytics"];
export type AnalyticsDay = Schemas["AnalyticsDay"];
export type Feedback = Schemas["Feedback"];
export type ListedJob = Schemas["ListedJob"];
export type AllJobs = Schemas["AllJobs"];
export type Quarantined = Schemas["Quarantined"];
export type VideoReport = Schemas["WholeReport"];
export type CreditEstimate = Schemas["CreditEstimate"];
export type NewReport = Schemas["ReportWithToken"];
export type ReportState = Schemas["ReportState"];
export type ReportStatistics = Schemas["ReportStatistics"];
export type Verification = Schemas["Verification"];
export type ConsentRecord = Schemas["ConsentRecord"];
export type DeadLetter = Schemas["Letter"];
export type DeadLetterWithPayload = Schemas["WholeLetter"];
export type ActiveSession = Schemas["ActiveSession"];
export type JobReport = Schemas["JobReport"];
export type JobSummary = Schemas["JobSummary"];
export type LibraryJob = Schemas["LibraryJob"];
export type LibraryJobs = Schemas["LibraryJobs"];
export type KeptImage = Schemas["Image"];
export type LibraryVoice = Schemas["LibraryVoice"];
export type ModeratedImage = Schemas["ModeratedImage"];
export type Quote = Schemas["Quote"];
export type SessionStatus = Schemas["Status"];
export type StageReport = Schemas["StageReport"];
export type Start = Schemas["Start"];
export type VoiceFacts = Schemas["VoiceFacts"];
export type Uploaded = Schemas["Uploaded"];
/** With the fields for operators. */
export type Worker = Required<Schemas["Worker"]>;

export type JobState = JobReport["state"];

/** A reason for a refusal, with the layer of a file check or the field of a form. */
export interface Reason {
  layer?: string;
  field?: string;
  code?: string;
  message: string;
}

/** An event, the same on every transport; see docs/events.md. */
export interface LiveEvent {
  event_id: string;
  event_type: string;
  session_id: string;
  job_id: string | null;
  stage: string | null;
  scene: number | null;
  progress_percent: number;
  eta_seconds: number | null;
  eta_range: [number, number] | null;
  message: string;
  details: Record<string, unknown>;
}
