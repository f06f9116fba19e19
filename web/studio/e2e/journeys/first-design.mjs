// The JavaScript of docs/first-design.md makes a video twice: in Node, and in Chromium from another origin,
// where an EventSource follows it too, as docs/frontends.md says.
import { readFile } from "node:fs/promises";
import { BASE, check, file, visitor, withBrowser } from "../browser.mjs";

const blocks = process.env.STUDIO_SNIPPETS;

// Runs where the blocks run; returns what a page would show.
const drive = `
  const { session_id, job_id, links, status: begun } = await start(server, face, "Hello there.");
  const shown = [];
  const outputs = await Promise.all([follow, listen].map((hear) => new Promise((resolve) => {
    hear(server, session_id, (percent, message) => shown.push([percent, message]), resolve);
  })));
  const streamed = globalThis.EventSource && await new Promise((resolve) => {
    const types = [];
    watch(server + links.events, (event) => {
      types.push(event.event_type);
      if (event.event_type === "pipeline_completed") resolve(types);
    });
  });
  const known = await status(server, session_id);
  const unknown = await status(server, "unknown");
  return { begun, job_id, shown, streamed, outputs, sessions: [known.session_id === session_id, unknown] };
`;
const program = `return (async () => { ${blocks}\n${drive} })();`;

export async function journey() {
    const bytes = await readFile(file("other.png"));
    globalThis.WebSocket ??= (await import("ws")).WebSocket;
    const { io } = await import("socket.io-client");
    const face = new Blob([bytes], { type: "image/png" });
    const inNode = await new Function("server", "face", "io", program)(BASE, face, io);
    const inBrowser = await withBrowser(async (browser) => {
        const { page, errors } = await visitor(browser);
        await page.goto(process.env.STUDIO_PAGE);
        const found = await page.evaluate(
            async ({ program, server, bytes }) => {
                const { io } = await import("./socket.io.esm.min.js");
                const face = new Blob([new Uint8Array(bytes)], { type: "image/png" });
                return new Function("server", "face", "io", program)(server, face, io);
            },
            { program, server: BASE, bytes: [...bytes] },
        );
        check(errors.length === 0, `errors in the page: ${errors}`);
        return found;
    });
    return { node: inNode, browser: inBrowser };
}
