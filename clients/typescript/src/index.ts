export { Client, type ClientOptions } from "./client.js";
export * from "./errors.js";
export * from "./generated.js";
export { Job, type WaitOptions } from "./job.js";
export { Session } from "./session.js";
export type { RecordingOptions, UploadOptions } from "./upload.js";
export { verifyWebhook } from "./webhooks.js";
