// Shared by all journeys: Chromium, screenshots, and a check that nothing is requested elsewhere.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const BASE = process.env.STUDIO_URL;
/** The page with the form. */
export const CREATE = `${BASE}/create`;
export const FILES = process.env.STUDIO_FILES;
const SHOTS = process.env.STUDIO_SHOTS;

const FLAGS = [
    ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ...["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
];

export const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

export async function withBrowser(work, flags = []) {
    const browser = await chromium.launch({
        executablePath: process.env.STUDIO_CHROMIUM ?? "/usr/bin/chromium",
        args: [...FLAGS, ...flags],
    });
    try {
        return await work(browser);
    } catch (problem) {
        await picturesOf(browser);
        throw problem;
    } finally {
        await browser.close();
    }
}

/** Keep a picture of every page at the failure of a journey. */
async function picturesOf(browser) {
    const pages = browser.contexts().flatMap((context) => context.pages());
    for (const [number, page] of pages.entries()) await shot(page, `failed-${number}`).catch(() => undefined);
}

/** Open a browser context of a new visitor. */
export async function visitor(browser, { size = "desktop", theme = "light", base = BASE } = {}) {
    const context = await browser.newContext({
        viewport: SIZES[size],
        colorScheme: theme,
        hasTouch: size === "phone",
        isMobile: size === "phone",
        permissions: ["microphone"],
        reducedMotion: "reduce",
        acceptDownloads: true,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(Number(process.env.STUDIO_PATIENCE ?? 60_000));
    const elsewhere = [];
    const errors = [];
    const here = new URL(base).host;
    page.on("request", (request) => {
        const url = new URL(request.url());
        if (!["blob:", "data:"].includes(url.protocol) && url.host !== here) elsewhere.push(request.url());
    });
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (said) => {
        if (said.type() === "error" && /Content Security Policy|Refused to/.test(said.text())) errors.push(said.text());
    });
    return { page, context, elsewhere, errors, base, size };
}

export async function shot(page, name, options = {}) {
    if (!SHOTS) return;
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true, ...options });
}

export function check(truth, what) {
    if (!truth) throw new Error(`not so: ${what}`);
}

/** Check that nothing was requested from another host, and that there was no error. */
export function clean(who) {
    check(who.elsewhere.length === 0, `requests elsewhere: ${who.elsewhere}`);
    check(who.errors.length === 0, `errors in the page: ${who.errors}`);
}

export const file = (name) => join(FILES, name);
export const FACE = "A picture of the face";
export const VOICE = "A recording of the voice";

/** Upload a face, enter a script, and start. */
export async function begin(page, { script = "Hello there. This is a test.", mode = "simulation" } = {}) {
    await page.getByLabel(FACE).setInputFiles(file("face.png"));
    await page.getByText("The picture was accepted").waitFor();
    await page.getByLabel("Script", { exact: true }).fill(script);
    if (mode) await chooseMode(page, mode);
    await page.getByRole("button", { name: "Make the video" }).click();
    await page.locator("[data-job]").waitFor();
}

/** Choose which models work; the field is among the settings that are folded away. */
export async function chooseMode(page, mode) {
    const field = page.getByLabel("Quality of models");
    if (!(await field.isVisible())) await page.getByText("More settings").click();
    await field.selectOption(mode);
}

export const finished = (page) => page.locator('[aria-label="The finished video"]').waitFor();

/** Play the video of the page; return its size and length. */
export async function plays(page) {
    const video = page.locator('[aria-label="The finished video"]');
    await video.evaluate((element) => {
        element.muted = true;
        return element.play();
    });
    await page.waitForFunction(() => document.querySelector('[aria-label="The finished video"]').currentTime > 0.2);
    return video.evaluate((element) => ({
        width: element.videoWidth,
        height: element.videoHeight,
        seconds: element.duration,
    }));
}
