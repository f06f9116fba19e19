// Real addresses: from before, deep, with "Back"; one socket for all pages; what the tab shows at the end of a video.
import { accessible } from "../axe.mjs";
import { BASE, begin, check, clean, finished, shot, visitor, withBrowser } from "../browser.mjs";

const PAGES = { Create: "/create", "In progress": "/queue", Videos: "/videos", Faces: "/faces", Voices: "/recordings" };

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        const sockets = [];
        page.on("websocket", (socket) => sockets.push(socket.url()));
        await home(page);
        await page.getByRole("link", { name: "Create a video" }).click();
        await begin(page, { script: "The first scene of a film. And here is the second one." });
        const path = new URL(page.url()).pathname;
        await page.getByText("Live", { exact: true }).waitFor();
        for (const [name, address] of Object.entries(PAGES)) {
            await page
                .getByRole("navigation")
                .getByRole("link", { name: new RegExp(`^${name}`) })
                .click();
            await page.waitForURL(`${BASE}${address}`);
            await page.getByRole("heading", { level: 1 }).waitFor({ state: "attached" });
            await page.waitForFunction((shown) => document.title.startsWith(shown), name);
            await page.waitForFunction(() => document.activeElement?.id === "page"); // its contents have the focus
        }
        await page.goBack();
        await page.waitForURL(`${BASE}/faces`);
        const opened = sockets.length;
        check(opened === 1, `one socket for all pages: ${opened}`);
        await ended(page, path);
        await old(page, path);
        clean(who);
        return { sockets: opened };
    });

async function home(page) {
    await page.goto(BASE);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await accessible(page, "home");
    await shot(page, "home-desktop");
    await page.getByRole("button", { name: "Dark colours" }).click();
    await page.setViewportSize({ width: 390, height: 844 });
    await accessible(page, "home on a phone in dark colours");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    check(wide <= 390, `nothing is wider than a phone: ${wide}`);
    await shot(page, "home-phone-dark");
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.getByRole("button", { name: "Light colours" }).click();
}

/** A video that ends while the tab is in the background marks its title and icon until the tab is looked at. */
async function ended(page, path) {
    await hide(page, true);
    await page.waitForFunction(() => document.title.startsWith("(1) "));
    check(
        (await page.locator('link[rel="icon"]').getAttribute("href")).endsWith("mark-ended.svg"),
        "the icon has a badge",
    );
    await hide(page, false);
    await page.waitForFunction(() => document.title === "Faces · Callsheet");
    check((await page.locator('link[rel="icon"]').getAttribute("href")).endsWith("mark.svg"), "the badge is gone");
    await page
        .getByRole("region", { name: /^Notifications/ })
        .getByRole("link", { name: "Your video is ready." })
        .click();
    await page.waitForURL(`${BASE}${path}`);
    await finished(page);
    await page.getByRole("status").getByText("The video is ready.").waitFor({ state: "attached" });
}

function hide(page, hidden) {
    return page.evaluate((now) => {
        Object.defineProperty(document, "hidden", { value: now, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
}

/** Addresses of mails and bookmarks from before, and a reload of a deep one. */
async function old(page, path) {
    const job = path.split("/").at(-1);
    for (const [before, now] of [
        [`/#watch/${job}`, path],
        ["/#library", "/videos"],
        ["/#make", "/create"],
        ["/#account/forgot", "/account/forgot"],
    ]) {
        await page.goto("about:blank");
        await page.goto(`${BASE}${before}`);
        await page.waitForURL(`${BASE}${now}`);
    }
    await page.goto(`${BASE}${path}`);
    await finished(page);
    await page.reload();
    await finished(page);
    await accessible(page, "a video at its own address");
}
