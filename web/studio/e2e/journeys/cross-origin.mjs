// What a page of an allowed origin can do (STUDIO_PAGE), and one of an origin that is not allowed (STUDIO_FOREIGN):
// each check by its name, with what happened.
import { readFile } from "node:fs/promises";
import { BASE, file, visitor, withBrowser } from "../browser.mjs";

// Runs in the page; every check answers true, or why not.
async function look({ server, bytes, kept }) {
    const { io } = await import("./socket.io.esm.min.js");
    const seen = {};
    const soon = (act) =>
        Promise.race([new Promise(act), new Promise((resolve) => setTimeout(resolve, 20_000, "nothing happened"))]);
    const check = async (name, act) => {
        seen[name] = await act().catch((error) => String(error));
    };
    const ask = (path, init) => fetch(server + path, init);
    const post = (path, body, headers = {}) =>
        ask(path, {
            method: "POST",
            headers: { "Content-Type": "application/json", ...headers },
            body: JSON.stringify(body),
        });
    const shown = (name, property, url) =>
        soon((resolve) => {
            const element = document.createElement(name);
            element.addEventListener(name === "img" ? "load" : "loadedmetadata", () => resolve(element[property] > 0));
            element.addEventListener("error", () => resolve("blocked"));
            element.src = server + url;
        });
    const socket = (options) =>
        soon((resolve) => {
            const client = io(server, { forceNew: true, reconnection: false, ...options });
            client.on("connect_error", (error) => {
                client.close();
                resolve(`refused: ${error.message}`);
            });
            client.on("connect", async () => {
                const answer = await client.emitWithAck("subscribe_progress", {
                    session_id: kept.session,
                    last_event_id: "0-0",
                });
                client.close();
                resolve(answer.ok);
            });
        });

    await check("fetch", async () => (await ask("/capabilities")).ok);
    await check("fetch with JSON", async () => {
        const answer = await post("/session/create", { user_id: "web" });
        kept.session ??= (await answer.json()).session_id;
        return answer.status === 201;
    });
    await check("form without a preflight", async () => {
        const form = new FormData();
        form.append("session_id", kept.session);
        form.append("file", new Blob([new Uint8Array(bytes)], { type: "image/png" }), "face.png");
        return (await ask("/upload/face", { method: "POST", body: form })).status === 201;
    });
    await check("fetch with credentials in headers", async () => {
        const answer = await post(
            "/process/start",
            { session_id: kept.session, script: "Hello there.", mode: "simulation" },
            { "Idempotency-Key": "cross-origin", "X-Session-ID": kept.session },
        );
        const { job_id, links } = await answer.json();
        Object.assign(kept, { job: job_id, events: links.events });
        return answer.status === 202;
    });
    await check("exposed headers", async () => Boolean((await ask("/capabilities")).headers.get("X-Request-ID")));
    await check("fetch with cookies", async () => (await ask("/capabilities", { credentials: "include" })).ok);
    await check("EventSource", () =>
        soon((resolve) => {
            const source = new EventSource(server + kept.events);
            source.addEventListener("pipeline_completed", () => {
                source.close();
                resolve(true);
            });
            source.onerror = () => {
                if (source.readyState === EventSource.CLOSED) resolve("refused");
            };
        }),
    );
    await check("WebSocket", () =>
        soon((resolve) => {
            const opened = new WebSocket(`${server.replace("http", "ws")}/progress/${kept.session}`);
            opened.onmessage = ({ data }) => {
                opened.close();
                resolve(JSON.parse(data).event_type === "snapshot");
            };
            opened.onerror = () => resolve("refused");
        }),
    );
    await check("Socket.IO by WebSocket", () => socket({ transports: ["websocket"] }));
    await check("Socket.IO by polling", () => socket({ transports: ["polling"] }));
    await check("fetch of a job", async () => {
        const answer = await ask(`/process/${kept.job}`, { headers: { "X-Session-ID": kept.session } });
        const { result } = await answer.json();
        kept.video ??= result.final_output.url;
        return answer.ok;
    });
    await check("fetch of outputs", async () => {
        const { outputs } = await (await ask(`/outputs/${kept.session}`)).json();
        kept.picture ??= outputs.find((one) => one.media_type.startsWith("image/")).signed_url;
        kept.film ??= outputs.find((one) => one.media_type === "video/mp4").signed_url;
        return outputs.length > 0;
    });
    await check("<video>", () => shown("video", "videoWidth", kept.film));
    await check("<img>", () => shown("img", "naturalWidth", kept.picture));
    return { seen, kept };
}

export async function journey() {
    const bytes = [...(await readFile(file("other.png")))];
    return withBrowser(
        async (browser) => {
            const go = async (address, kept) => {
                const { page } = await visitor(browser);
                await page.goto(address);
                return page.evaluate(look, { server: BASE, bytes, kept });
            };
            const allowed = await go(process.env.STUDIO_PAGE, {});
            const foreign = await go(process.env.STUDIO_FOREIGN, allowed.kept);
            return { allowed: allowed.seen, foreign: foreign.seen };
        },
        ["--host-resolver-rules=MAP pages.example 127.0.0.1"],
    );
}
