// Figures: the first load, on slow networks and processors too; nine thousand events; a library of 500 videos.
import { BASE, CREATE, begin, check, visitor, withBrowser } from "../browser.mjs";

const EVENTS = 9_000;
const A_SECOND = 300;
const VIDEOS = 500;
/** As Lighthouse has it: 1.6 Mbit/s, 150 ms. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };

export const journey = () =>
    withBrowser(async (browser) => ({
        home: await load(browser, BASE),
        create: await load(browser, CREATE),
        home_slow: await load(browser, BASE, true),
        create_slow: await load(browser, CREATE, true),
        events: await events(browser),
        library: await library(browser),
    }));

/** A first visit: bytes over the wire, and milliseconds until the page can be used; the median of three. */
async function load(browser, address, slow = false) {
    const found = [];
    for (let round = 0; round < 3; round++) {
        const { page, context } = await visitor(browser);
        const session = await context.newCDPSession(page);
        await session.send("Network.enable");
        if (slow) {
            await session.send("Network.emulateNetworkConditions", SLOW_4G);
            await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
        }
        let bytes = 0;
        session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
        await page.goto(address);
        await page.waitForFunction(() => performance.getEntriesByName("interactive").length > 0);
        await page.waitForLoadState("networkidle");
        const interactive = await page.evaluate(() =>
            Math.round(performance.getEntriesByName("interactive")[0].startTime),
        );
        found.push({ bytes, interactive });
        await context.close();
    }
    return found.sort((one, other) => one.interactive - other.interactive)[1];
}

/** Many events of one job, from the socket to the page. */
async function events(browser) {
    const { page, context } = await visitor(browser);
    let toPage = null;
    await page.routeWebSocket(/socket\.io/, (socket) => {
        toPage = socket;
        socket.connectToServer();
    });
    await page.goto(CREATE);
    await begin(page, { script: "One scene only, and it takes a while to make because the system is slow." });
    const job = await page.locator("[data-job]").getAttribute("data-job");
    await page.evaluate(watch);
    const session = await context.newCDPSession(page);
    const heap = async () => {
        await session.send("HeapProfiler.collectGarbage");
        return (await session.send("Runtime.getHeapUsage")).usedSize;
    };
    const session_id = await page.evaluate(() => localStorage.getItem("callsheet.session"));
    const now = Date.now() + 60_000;
    const send = (from, to) => {
        for (let number = from; number < to; number++) {
            const percent = (40 * number) / EVENTS;
            const event = {
                ...{
                    event_id: `${now}-${number}`,
                    event_type: "progress_update",
                    session_id,
                    job_id: job,
                    stage: "animate",
                    scene: 0,
                },
                ...{
                    progress_percent: percent,
                    eta_seconds: 30,
                    eta_range: null,
                    message: "animating",
                    details: { stage_percent: percent },
                },
            };
            toPage.send(`42${JSON.stringify(["progress_update", event])}`);
        }
    };
    const before = await heap();
    const began = Date.now();
    for (let sent = 1; sent <= EVENTS; sent += A_SECOND / 10) {
        send(sent, Math.min(EVENTS + 1, sent + A_SECOND / 10));
        await page.waitForTimeout(Math.max(0, began + ((sent + A_SECOND / 10) / A_SECOND) * 1000 - Date.now()));
    }
    const seconds = (Date.now() - began) / 1000;
    const { renders, longest } = await page.evaluate(() => ({ renders: window.renders, longest: window.longest }));
    const after = await heap();
    await context.close();
    return {
        events: EVENTS,
        seconds,
        renders_a_second: renders / seconds,
        longest_task_ms: longest,
        heap_growth_kb: (after - before) / 1000,
    };
}

/** Count what the page renders of the job, and how long its tasks take. */
function watch() {
    window.renders = 0;
    window.longest = 0;
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
    }).observe({ type: "longtask" });
    new MutationObserver(() => (window.renders += 1)).observe(document.querySelector("[data-event]"), {
        attributes: true,
        attributeFilter: ["data-event"],
    });
}

/** Scroll through all videos of a large library. */
async function library(browser) {
    const { page, context } = await visitor(browser);
    await page.route(/\/api\/jobs\?/, (route) => route.fulfill({ json: { jobs: manyVideos(), next_cursor: null } }));
    await page.goto(`${BASE}/verify`);
    await page.getByRole("heading", { level: 1 }).waitFor({ state: "attached" });
    await page.waitForTimeout(1_000);
    const show = await tasksOf(browser, page, async () => {
        await page.getByRole("link", { name: "Videos", exact: true }).click();
        await page
            .locator("article")
            .nth(VIDEOS - 1)
            .waitFor({ state: "attached" });
        await page.waitForTimeout(1_000);
    });
    await page.mouse.move(640, 450);
    const scroll = await tasksOf(browser, page, async () => {
        for (let step = 0; step < 60; step++) {
            await page.mouse.wheel(0, 1_200);
            await page.waitForTimeout(50);
        }
    });
    await context.close();
    return { videos: VIDEOS, show, scroll };
}

/** Trace the tasks of a page during some work: the longest one as the clock has it, which counts what other programs
 * take meanwhile, and by the processor time of its thread. */
async function tasksOf(browser, page, work) {
    await browser.startTracing(page, { categories: ["__metadata", "toplevel", "devtools.timeline"] });
    await work();
    const { traceEvents } = JSON.parse(await browser.stopTracing());
    const main = new Set(
        traceEvents.filter(({ args }) => args?.name === "CrRendererMain").map(({ pid, tid }) => `${pid} ${tid}`),
    );
    const tasks = traceEvents.filter(
        ({ name, pid, tid, dur }) => dur && name.endsWith("RunTask") && main.has(`${pid} ${tid}`),
    );
    check(tasks.length > 20, `a task is traced: ${tasks.length}`);
    const longest = (field) => Math.round(Math.max(...tasks.map((task) => task[field] ?? 0)) / 1000);
    return { longest_ms: longest("dur"), longest_cpu_ms: longest("tdur") };
}

function manyVideos() {
    return Array.from({ length: VIDEOS }, (_, number) => ({
        ...{
            job_id: `job${number}`,
            session_id: "s",
            state: "succeeded",
            title: `Video number ${number}`,
            percent: 100,
        },
        ...{
            created_at: "2026-11-30T10:00:00+00:00",
            expires_at: "2026-12-30T10:00:00+00:00",
            expired_at: null,
            error: null,
        },
        ...{
            eta_seconds: null,
            queue_position: null,
            cancel_requested: false,
            signed_thumbnail_url: null,
            language: "en",
        },
        outputs: [
            {
                filename: `job${number}-final.mp4`,
                media_type: "video/mp4",
                bytes: 400_000,
                url: "/static/sample/video.mp4",
                signed_url: "/static/sample/video.mp4",
            },
            {
                filename: `job${number}-poster.jpg`,
                media_type: "image/jpeg",
                bytes: 20_000,
                url: "/static/sample/poster.jpg",
                signed_url: "/static/sample/poster.jpg",
            },
        ],
    }));
}
