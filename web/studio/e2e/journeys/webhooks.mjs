// Webhooks of an account, mails, and what tells of a video that ends on another page.
import { accessible } from "../axe.mjs";
import { BASE, begin, check, clean, finished, shot, visitor, withBrowser } from "../browser.mjs";

const EMAIL = "ada@example.com";
const PASSWORD = "plover wardrobe seven";
const HOOK = process.env.STUDIO_HOOK;

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page, context } = who;
        await context.grantPermissions(["notifications"]);
        await signUp(page);
        await page.getByRole("link", { name: `Your account, ${EMAIL}` }).click();
        await chooseMails(page);
        await page.getByRole("link", { name: "Manage webhooks" }).click();
        const secret = await add(page);
        await send(page);
        await made(page);
        await page.goto(`${BASE}/account/webhooks`);
        await page.getByRole("button", { name: `Deliveries to ${HOOK}` }).click();
        await page.getByText("pipeline_completed", { exact: true }).waitFor();
        await page.setViewportSize({ width: 390, height: 844 });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        check(wide <= 390, `nothing is wider than a phone: ${wide}`);
        await page.getByRole("button", { name: "Dark colours" }).click();
        await accessible(page, "webhooks in dark colours");
        await shot(page, "webhooks-phone-dark");
        await remove(page);
        clean(who);
        return { secret };
    });

async function signUp(page) {
    await page.goto(`${BASE}/account/sign-up`);
    await page.getByLabel("Email address").fill(EMAIL);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("link", { name: `Your account, ${EMAIL}` }).waitFor();
}

async function chooseMails(page) {
    const ended = page.getByLabel("A video is ready or has failed");
    await ended.check();
    await page.getByRole("button", { name: "Allow notifications" }).click();
    await page.getByRole("button", { name: "Stop notifications" }).waitFor();
    await page.reload();
    await page.getByLabel("A webhook was disabled").waitFor();
    check(await ended.isChecked(), "the choice is kept");
}

async function add(page) {
    await page.getByText("There are no webhooks yet.").waitFor();
    await accessible(page, "no webhooks");
    await page.getByLabel("URL").fill("https://10.0.0.1/");
    await page.getByRole("button", { name: "Add webhook" }).click();
    await page.getByText("The URL must lead to a public address.").waitFor();
    await shot(page, "webhooks-refused");
    await page.getByLabel("URL").fill(HOOK);
    await page.getByRole("button", { name: "Add webhook" }).click();
    const code = page.locator("code");
    await code.waitFor();
    await accessible(page, "a new webhook");
    await shot(page, "webhooks-secret");
    return code.innerText();
}

async function send(page) {
    await page.getByRole("button", { name: `Send a test to ${HOOK}` }).click();
    await page.getByText("Delivered", { exact: true }).waitFor();
    await page.getByRole("button", { name: /^Send again: webhook.test/ }).click();
    await page.getByText("2 attempts").waitFor();
    await accessible(page, "deliveries");
    await shot(page, "webhooks-deliveries");
}

/** A video that ends while another page is shown, and its progress in the title while it is watched. */
async function made(page) {
    await page.goto(`${BASE}/create`);
    await begin(page);
    await page.waitForFunction(() => /^(\d+%|Queued|Ready) · Callsheet$/.test(document.title));
    await page.getByRole("link", { name: "Videos", exact: true }).click();
    const toast = page
        .getByRole("region", { name: /^Notifications/ })
        .getByRole("link", { name: "Your video is ready." });
    await toast.waitFor();
    await accessible(page, "a notification");
    await shot(page, "toast", { fullPage: false });
    await toast.click();
    await finished(page);
    await page.waitForFunction(() => document.title === "Ready · Callsheet");
    check((await toast.count()) === 0, "the notification is gone");
}

async function remove(page) {
    await page.getByRole("button", { name: `Delete ${HOOK}` }).click();
    await page.getByRole("button", { name: `Yes, delete ${HOOK}` }).click();
    await page.getByText("There are no webhooks yet.").waitFor();
}
