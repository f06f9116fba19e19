// Every page in both themes and sizes, by keyboard alone, and from right to left: axe, nothing wider than the screen.
import { BASE, CREATE, FACE, SIZES, begin, check, clean, finished, shot, visitor, withBrowser } from "../browser.mjs";
import { keyboard, looks } from "../looks.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        const job = await fill(page);
        const seen = [];
        for (const [name, address] of pages(job)) {
            await page.goto(`${BASE}${address}`);
            await page.locator("h1").first().waitFor({ state: "attached" });
            await page.waitForLoadState("networkidle");
            await looks(page, `page-${name}`);
            await keyboard(page, name);
            await fromRightToLeft(page, name);
            seen.push(name);
        }
        clean(who);
        return { pages: seen.length };
    });

/** A finished video and a picture in the library, so that pages show something. */
async function fill(page) {
    await page.goto(CREATE);
    await begin(page);
    await finished(page);
    const job = await page.locator("[data-job]").getAttribute("data-job");
    await page.goto(CREATE);
    await page.getByLabel(FACE).waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Keep in your library" }).first().click();
    await page.getByText("It is in your library now.").waitFor();
    return job;
}

const pages = (job) => [
    ["home", "/"],
    ["create", "/create"],
    ["queue", "/queue"],
    ["videos", "/videos"],
    ["video", `/videos/${job}`],
    ["compare", `/compare?a=${job}&b=${job}`],
    ["projects", "/projects"],
    ["batches", "/batches"],
    ["faces", "/faces"],
    ["recordings", "/recordings"],
    ["consents", "/consents"],
    ["credits", "/credits"],
    ["models", "/models"],
    ["verify", "/verify"],
    ["report", "/report"],
    ["account", "/account"],
    ["sign-up", "/account/sign-up"],
    ["forgot", "/account/forgot"],
    ["operate", "/operate"],
];

/** As a reader of Arabic or Hebrew would have it: a mirrored page is no wider than the screen. */
async function fromRightToLeft(page, name) {
    await page.evaluate(() => (document.documentElement.dir = "rtl"));
    for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        check(wide <= viewport.width, `${name} from right to left: nothing is wider than a ${size}: ${wide}`);
        await shot(page, `page-${name}-rtl-${size}`);
    }
    await page.setViewportSize(SIZES.desktop);
}
