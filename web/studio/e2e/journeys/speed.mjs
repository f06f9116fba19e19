// Measure the bytes loaded, the time until the form is usable, and the delay of events on the page.
import { BASE, CREATE, begin, finished, visitor, withBrowser } from "../browser.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const loads = [];
        for (let round = 0; round < 5; round++) loads.push(await load(browser));
        const { page } = await visitor(browser);
        await page.goto(CREATE);
        await page.evaluate(watchEvents);
        await begin(page, { script: "This is the first scene of the film. Here comes the second one." });
        await finished(page);
        const shown = (await page.evaluate(() => window.shown)).sort((a, b) => a - b);
        return {
            first_load_bytes: loads[0].bytes,
            home_bytes: (await load(browser, BASE, "Create a video", "link")).bytes,
            interactive_ms: middle(loads.map(({ interactive }) => interactive)),
            shown_ms_median: middle(shown),
            shown_ms_p95: shown[Math.floor(shown.length * 0.95)],
            events: shown.length,
        };
    });

const middle = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** A first visit: bytes over the wire, and milliseconds until what is pressed next is there. */
async function load(browser, address = CREATE, next = "Make the video", role = "button") {
    const { page, context } = await visitor(browser);
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    let bytes = 0;
    session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
    await page.goto(address);
    await page.getByRole(role, { name: next }).first().waitFor();
    await page.waitForLoadState("networkidle");
    const interactive = await page.evaluate(() => Math.round(performance.getEntriesByName("interactive")[0].startTime));
    await context.close();
    return { bytes, interactive };
}

/** From the moment in an event's id (the same machine's clock) to the frame that shows it. */
function watchEvents() {
    window.shown = [];
    let last = "";
    new MutationObserver(() => {
        const id = document.querySelector("[data-event]")?.getAttribute("data-event") ?? "";
        if (!id || id === last) return;
        last = id;
        requestAnimationFrame(() => window.shown.push(Date.now() - Number(id.split("-")[0])));
    }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-event"] });
}
