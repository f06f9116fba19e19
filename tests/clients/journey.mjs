// The TypeScript client in Node: prints what it saw as JSON, and CUT where the network shall be cut.
import { readFile } from "node:fs/promises";
import { JSDOM } from "jsdom";
import { ApiError, Client, JobCancelled, WaitTimeout } from "./dist/index.js";
import { verifyWebhook, WebhookInvalid } from "./dist/index.js";

const { CALLSHEET_URL: baseUrl, FACE: face, WEBHOOK: webhook } = process.env;
const cut = () => console.log("CUT");
const seen = {};
const failure = async (promise) => promise.then(() => { throw new Error("no error"); }, (error) => error);

const refused = await failure(new Client({ baseUrl, apiKey: "wrong" }).openSession());
if (!(refused instanceof ApiError)) throw refused;
seen.wrongKey = [refused.status, refused.errorCode, refused.message];
const away = await failure(new Client({ baseUrl: "http://127.0.0.1:9", retries: 0 }).listVoices());
seen.away = away.name;

const client = new Client({ baseUrl });
const session = await client.openSession();
const picture = new Blob([await readFile(face)], { type: "image/png" });
seen.progress = [];
seen.size = picture.size;
seen.uploadId = await session.uploadFace(picture, {
  piece: 300,
  onProgress: (done) => { seen.progress.push(done); if (seen.progress.length === 2) cut(); },
});
seen.uploads = (await session.status()).uploads.map((upload) => upload.upload_id);

const odd = { type: "audio/x-wav" }; // the name comes from the content
seen.voice = await session.uploadVoice(new Blob([await readFile(process.env.VOICE)], odd));

const options = { script: "This is scene one. Here comes the second scene.", mode: "simulation", height: 240 };
const job = await session.start(options, { idempotencyKey: "once" });
seen.repeated = (await session.start(options, { idempotencyKey: "once" })).id === job.id;
seen.events = [];
for await (const event of job.events()) {
  seen.events.push(event.event_id);
  seen.last = event.event_type;
  if ([2, 5].includes(seen.events.length)) cut();
}
seen.whole = [];
for await (const event of job.events()) seen.whole.push(event.event_id);
seen.state = (await job.wait()).state;
seen.video = (await (await job.download()).slice(4, 8).text());

const other = await session.start({ ...options, seed: 7 });
seen.late = (await failure(other.wait({ timeout: 0.05 }))) instanceof WaitTimeout;
await other.cancel();
const cancelled = await failure(other.wait());
seen.cancelled = [cancelled instanceof JobCancelled, cancelled.report?.state];

const { window } = new JSDOM("<!doctype html><div id=root></div>", { pretendToBeVisual: true });
Object.assign(globalThis, { window, document: window.document });
Object.defineProperty(globalThis, "navigator", { value: window.navigator, configurable: true });
const { createElement } = await import("react");
const { createRoot } = await import("react-dom/client");
const { useJob } = await import("./dist/react.js");
const renders = [];
const until = async (state) => {
  while (renders.at(-1)?.state !== state) await new Promise((resolve) => setTimeout(resolve, 20));
  return renders.at(-1);
};
function Shown({ of }) {
  renders.push(useJob(of));
  return null;
}
const root = createRoot(document.getElementById("root"));
root.render(createElement(Shown));
await until("waiting");
root.render(createElement(Shown, { of: job }));
const ended = await until("succeeded");
seen.hook = [ended.percent, ended.message, ended.report.job_id === job.id, renders.some((one) => one.state === "running")];
root.render(createElement(Shown, { of: other }));
seen.hookCancelled = (await until("cancelled")).error.name;
root.unmount();

const { secret, headers, body } = JSON.parse(webhook);
seen.webhook = (await verifyWebhook(secret, headers, body)).event_type;
seen.forged = (await failure(verifyWebhook(secret, headers, `${body} `))) instanceof WebhookInvalid;
console.log(JSON.stringify(seen));
process.exit(0);
