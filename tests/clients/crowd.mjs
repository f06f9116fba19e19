// The TypeScript client at the live process: says what shall happen to the network, and what it saw.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Client } from "./dist/index.js";

const { CALLSHEET_URL: baseUrl, FACE: face } = process.env;
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = async (what) => { console.log(what); await answers.next(); };

const session = await new Client({ baseUrl }).openSession();
await session.uploadFace(new Blob([await readFile(face)], { type: "image/png" }));
const script = "This is scene one. Here comes the second scene.";
const job = await session.start({ script, mode: "simulation", height: 240, seed: 23 });
const steps = { 1: "FIRST", 2: "CUT", 4: "CUT", 6: "KILL" };
const events = [];
for await (const event of job.events()) {
  events.push(event.event_id);
  if (steps[events.length]) await say(steps[events.length]);
}
const { state } = await job.wait();
const whole = [];
for await (const event of session.job(job.id).events()) whole.push(event.event_id);
console.log(JSON.stringify({ events, whole, state }));
process.exit(0);
