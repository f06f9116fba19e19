// The TypeScript client against a server that limits how often it may ask, and one that is full: prints WAIT
// where it waits.
import { readFile } from "node:fs/promises";
import { ApiError, Client } from "./dist/index.js";

const waits = [];
let meanwhile = async () => {};
const later = globalThis.setTimeout;
globalThis.setTimeout = (act, milliseconds, ...more) => {
  // `fetch` has timers too: those of its connections.
  const isOurs = new Error().stack.includes("/dist/retries.js");
  if (!isOurs || milliseconds < 500) return later(act, milliseconds, ...more);
  waits.push(milliseconds / 1000);
  console.log("WAIT"); // the test ends the limit
  return later(async () => { await meanwhile(); act(...more); }, 400);
};

const baseUrl = process.env.CALLSHEET_URL;
const openMany = async (client) => { for (let n = 0; n < 25; n += 1) await client.openSession(); };
await openMany(new Client({ baseUrl }));
const short = new Client({ baseUrl, longestWait: 0.5 });
const refused = await openMany(short).then(() => undefined, (error) => error);
if (!(refused instanceof ApiError)) throw new Error("there was no refusal");
const limited = waits.splice(0);

const full = new Client({ baseUrl: process.env.FULL_URL });
const first = await full.openSession();
await first.uploadFace(new Blob([await readFile(process.env.FACE)], { type: "image/png" }));
meanwhile = () => first.close();
const second = await full.openSession();
console.log(JSON.stringify({
  waits: limited,
  refused: [refused.errorCode, refused.retryAfter],
  full: [waits, second.id !== first.id],
}));
