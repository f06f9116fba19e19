// The TypeScript client against a server that limits how often it may ask: prints WAIT where it waits.
import { ApiError, Client } from "./dist/index.js";

const waits = [];
const later = globalThis.setTimeout;
globalThis.setTimeout = (act, milliseconds, ...more) => {
  if (milliseconds < 500) return later(act, milliseconds, ...more);
  waits.push(milliseconds / 1000);
  console.log("WAIT"); // the test ends the limit
  return later(act, 400, ...more);
};

const baseUrl = process.env.CALLSHEET_URL;
const openMany = async (client) => { for (let n = 0; n < 25; n += 1) await client.openSession(); };
await openMany(new Client({ baseUrl }));
const short = new Client({ baseUrl, longestWait: 0.5 });
const refused = await openMany(short).then(() => undefined, (error) => error);
if (!(refused instanceof ApiError)) throw new Error("there was no refusal");
console.log(JSON.stringify({ waits, refused: [refused.errorCode, refused.retryAfter] }));
