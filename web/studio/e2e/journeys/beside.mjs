// How long events take to the screen: in the studio, and in a bare page beside it that shows nothing else.
import { readFileSync } from "node:fs";
import { BASE, CREATE, begin, check, finished, visitor, withBrowser } from "../browser.mjs";

const CLIENT = new URL("../../node_modules/socket.io-client/dist/socket.io.esm.min.js", import.meta.url);
const VIDEOS = 2;
const SCRIPT = "Here is the first scene of the film. Then comes the second one. The third scene is the last of them.";

export const journey = () =>
    withBrowser(async (browser) => {
        const studio = await visitor(browser);
        await studio.page.goto(CREATE);
        await studio.page.evaluate(watchStudio);
        const found = { studio: [], bare: [] };
        for (let video = 0; video < VIDEOS; video++) {
            await begin(studio.page, { script: `${SCRIPT} Take ${video}.` });
            const session = await studio.page.evaluate(() => localStorage.getItem("callsheet.session"));
            const job = await studio.page.locator("[data-job]").getAttribute("data-job");
            const bare = await barePage(browser, session, job);
            await finished(studio.page);
            const seen = await bare.page.evaluate(() => window.seen);
            const shown = await studio.page.evaluate(() => window.seen.splice(0));
            await bare.context.close();
            add(found, seen, shown);
            await studio.page.getByRole("link", { name: "Create", exact: true }).click();
        }
        check(found.bare.length > 20, `enough events: ${found.bare.length}`);
        const more = found.studio.map((late, at) => late - found.bare[at]);
        return {
            events: found.bare.length,
            studio: figures(found.studio),
            bare: figures(found.bare),
            more: figures(more),
        };
    });

/** Add the delay of each event that both pages were there for. */
function add(found, seen, shown) {
    for (const { id, at } of seen) {
        // Events that come close together are shown together, under the id of the last of them.
        const later = shown.find((one) => !isAfter(id, one.id));
        if (!later || shown[0] === later) continue;
        found.bare.push(at - made(id));
        found.studio.push(later.at - made(id));
    }
}

const made = (id) => Number(id.split("-")[0]);

function isAfter(one, other) {
    const [a, b] = [one, other].map((id) => id.split("-").map(Number));
    return a[0] === b[0] ? a[1] > b[1] : a[0] > b[0];
}

function figures(delays) {
    const sorted = [...delays].sort((one, other) => one - other);
    const share = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
    return { median_ms: share(0.5), p95_ms: share(0.95) };
}

/** Note when each event id is on the screen of the studio. */
function watchStudio() {
    window.seen = [];
    let last = "";
    new MutationObserver(() => {
        const id = document.querySelector("[data-event]")?.getAttribute("data-event") ?? "";
        if (!id || id === last) return;
        last = id;
        requestAnimationFrame(() => window.seen.push({ id, at: Date.now() }));
    }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-event"] });
}

/** A page that follows a session and writes the id of each event of a job. */
async function barePage(browser, session, job) {
    const { page, context } = await visitor(browser);
    await context.grantPermissions(["local-network-access"]); // Chromium does not see that this page is a local one, too
    await page.route("**/bare", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><p>" }));
    await page.route("**/socket.io.js", (route) =>
        route.fulfill({ contentType: "text/javascript", body: readFileSync(CLIENT) }),
    );
    await page.goto(`${BASE}/bare`);
    await page.evaluate(
        async ([session, job]) => {
            const { io } = await import("/socket.io.js");
            window.seen = [];
            const socket = io({ transports: ["websocket"] });
            socket.onAny((_, event) => {
                if (event.job_id !== job) return;
                document.querySelector("p").textContent = event.event_id;
                requestAnimationFrame(() => window.seen.push({ id: event.event_id, at: Date.now() }));
            });
            await new Promise((subscribed) =>
                socket.on("connect", () =>
                    socket.emit("subscribe_progress", { session_id: session }, () => subscribed()),
                ),
            );
        },
        [session, job],
    );
    return { page, context };
}
