import type { components } from "./schema";

type Schemas = components["schemas"];

export type Account = Schemas["Account"];
export type ManagedUser = Schemas["ManagedUser"];
export type Receipt = Schemas["Receipt"];
export type LoggedIn = Schemas["LoggedIn"];
export type ApiKey = Schemas["ApiKey"];
export type NewApiKey = Schemas["ApiKeyWithText"];
export type Webhook = Schemas["Webhook"];
export type NewWebhook = Schemas["WebhookWithSecret"];
export type WebhookDelivery = Schemas["WebhookDelivery"];
export type Device = Schemas["OpenLogin"];
export type Passkey = Schemas["OnePasskey"];
export type Identity = Schemas["OneIdentity"];
export type SecondFactor = Schemas["TotpState"];
export type NewSecret = Schemas["TotpSecret"];
export type Capabilities = Schemas["Capabilities"];
export type FileReport = Schemas["OutputFile"];
export type Operations = Schemas["Operations"];
export type OperateOverview = Schemas["Overview"];
export type Analytics = Schemas["Analytics"];
export type AnalyticsDay = Schemas["AnalyticsDay"];
export type Feedback = Schemas["Feedback"];
export type ListedJob = Schemas["ListedJob"];
export type AllJobs = Schemas["AllJobs"];
export type Quarantined = Schemas["QuarantinedFile"];
export type VideoReport = Schemas["ReportDetails"];
export type CreditEstimate = Schemas["CreditEstimate"];
export type CreditBalance = Schemas["Credits"];
export type CreditTransactions = Schemas["CreditTransactions"];
export type Budget = Schemas["Budget"];
export type PlansOnSale = Schemas["PlansOnSale"];
export type VideoModel = Schemas["VideoModel"];
export type ModelChange = Schemas["ModelChange"];
export type ProjectFile = Schemas["ProjectFile"];
export type Project = Required<Schemas["Project"]>;
export interface Projects {
  projects: Project[];
  next_cursor: string | null;
}
export type ProjectClip = Required<Schemas["SceneState"]>;
export type ProjectStatus = Required<Omit<Schemas["ProjectStatus"], "scenes">> & { scenes: ProjectClip[] };
export type ProjectPlan = Required<Schemas["PlanReport"]>;
export type Storyboard = Schemas["Storyboard"];
export type Draft = Schemas["Panel"];
export type ProjectMessage = Required<Schemas["ChatReport"]>;
export type ProjectChatAnswer = Required<Schemas["ChatAnswer"]>;
/** What a batch says of why it waits, and a video of why it failed. */
export interface BatchProblem {
  code: string;
  message: string;
}
export type BatchVideo = Omit<Schemas["VideoOfBatch"], "error" | "values"> & {
  error: BatchProblem | null;
  values: Record<string, string>;
};
export type Batch = Omit<Schemas["Batch"], "problem" | "counts" | "videos"> & {
  problem: BatchProblem | null;
  counts: Record<BatchVideo["state"], number>;
  videos: BatchVideo[];
};
export interface Batches {
  batches: Batch[];
  next_cursor: string | null;
}
export type NewReport = Schemas["ReportWithToken"];
export type ReportState = Schemas["ReportState"];
export type ReportStatistics = Schemas["ReportStatistics"];
export type Verification = Schemas["FileVerification"];
export type ConsentRecord = Schemas["ConsentRecord"];
export type DeadLetter = Schemas["DeadLetter"];
export type DeadLetterWithPayload = Schemas["DeadLetterDetails"];
export type ActiveSession = Schemas["ActiveSession"];
export type JobReport = Schemas["JobReport"];
export type JobSummary = Schemas["JobSummary"];
export type LibraryJob = Schemas["LibraryJob"];
export type LibraryJobs = Schemas["LibraryJobs"];
export type KeptImage = Schemas["Image"];
export type LibraryVoice = Schemas["LibraryVoice"];
export type ModeratedImage = Schemas["ModeratedImage"];
export type Quote = Schemas["JobEstimate"];
export type SessionStatus = Schemas["SessionStatus"];
export type StageReport = Schemas["StageReport"];
export type Start = Schemas["StartJob"];
export type VoiceFacts = Schemas["VoiceFacts"];
export type Uploaded = Schemas["UploadedFile"];
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
