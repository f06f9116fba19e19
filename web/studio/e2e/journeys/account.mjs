// An account from signing up to its deletion, with the mails that the server writes to files.
import { readFileSync } from "node:fs";
import { accessible } from "../axe.mjs";
import { BASE, check, clean, shot, visitor, withBrowser } from "../browser.mjs";
import { mailed } from "../mails.mjs";

const EMAIL = "ada@example.com";
const [FIRST, SECOND, THIRD] = ["plover wardrobe seven", "granite pillow nine", "harbour violin two"];
const AFTERWARDS = { name: `Your account, ${EMAIL}` };

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        await signUp(page);
        await page.reload();
        await page.getByRole("link", AFTERWARDS).waitFor();
        await signOut(page);
        await reset(page);
        await signIn(page, SECOND);
        const devices = await manage(page);
        const key = await useKey(page);
        await secondTab(who);
        await remove(page);
        clean(who);
        return { devices, key };
    });

async function signUp(page) {
    await page.goto(BASE);
    await page.getByRole("link", { name: "Sign in", exact: true }).click();
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.getByRole("heading", { name: "Create an account" }).waitFor();
    // Only by keyboard, first with a password that is refused.
    await page.getByLabel("Email address").focus();
    await page.keyboard.type(EMAIL);
    await page.keyboard.press("Tab");
    await page.keyboard.type("password");
    await page.keyboard.press("Enter");
    await page.getByText("This password is too common").waitFor();
    await accessible(page, "signing up with an error");
    await shot(page, "account-error");
    check(
        (await page.evaluate(() => document.activeElement.name)) === "password",
        "the field with the error has the focus",
    );
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(FIRST);
    await page.keyboard.press("Enter");
    await page.getByRole("link", AFTERWARDS).waitFor();
    check(
        !JSON.stringify(await page.evaluate(() => ({ ...localStorage, cookie: document.cookie }))).includes("eyJ"),
        "no token is stored where scripts find it",
    );
}

async function signOut(page) {
    await page.getByRole("link", AFTERWARDS).click();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await accessible(page, "signing in");
    await shot(page, "account-sign-in");
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

async function reset(page) {
    await page.getByRole("link", { name: "Forgotten your password?" }).click();
    await page.getByLabel("Email address").fill(EMAIL);
    await page.getByRole("button", { name: "Send the link" }).click();
    await page.getByText("we have sent a link").waitFor();
    const link = await mailed(/\/account(#reset=[\w-]+)/);
    await page.goto("about:blank");
    await page.goto(`${BASE}/account${link}`);
    await page.getByLabel("New password", { exact: true }).waitFor();
    check(!page.url().includes("="), `the token is left in the address: ${page.url()}`);
    await accessible(page, "choosing a new password");
    await page.getByLabel("New password", { exact: true }).fill(SECOND);
    await page.getByRole("button", { name: "Save password" }).click();
    await page.getByText("Your password has been changed").waitFor();
}

async function signIn(page, password) {
    await page.getByLabel("Email address").fill(EMAIL);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", AFTERWARDS).waitFor();
}

/** Change the password, download the data, and look at it all in both colours and on a phone. */
async function manage(page) {
    await page.getByRole("link", AFTERWARDS).click();
    await page.getByText("this device").waitFor();
    await accessible(page, "the account");
    await shot(page, "account-desktop");
    await page.getByRole("button", { name: "Dark colours" }).click();
    await accessible(page, "the account in dark colours");
    await page.setViewportSize({ width: 390, height: 844 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    check(wide <= 390, `nothing is wider than a phone: ${wide}`);
    await shot(page, "account-phone-dark");
    await page.setViewportSize({ width: 1280, height: 900 });
    const form = page.getByRole("region", { name: "Password" });
    await form.getByLabel("Current password", { exact: true }).fill(SECOND);
    await form.getByLabel("New password", { exact: true }).fill(THIRD);
    await form.getByRole("button", { name: "Change password" }).click();
    await form.getByText("Your password has been changed").waitFor();
    const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Download your data" }).click(),
    ]);
    check(readFileSync(await file.path(), "utf8").includes(EMAIL), "the download contains the account");
    return page.getByText("this device").count();
}

/** Create an API key, which works until it is revoked. */
async function useKey(page) {
    const panel = page.getByRole("region", { name: "API keys" });
    await panel.getByLabel("Name of the new key").fill("Nightly");
    await panel.getByRole("button", { name: "Create key" }).click();
    const key = await panel.locator("code").innerText();
    await panel.getByText("never used").waitFor();
    await shot(page, "account-key");
    await accessible(page, "a new key");
    const status = async () => (await fetch(`${BASE}/api/jobs`, { headers: { "X-API-Key": key } })).status;
    const before = await status();
    await panel.getByRole("button", { name: "Revoke Nightly", exact: true }).click();
    await panel.getByRole("button", { name: "Yes, revoke Nightly" }).click();
    await panel.getByText("never used").waitFor({ state: "detached" });
    return [before, await status()];
}

/** A second tab is signed in, too, and both may ask for new tokens at once. */
async function secondTab({ page, context }) {
    const other = await context.newPage();
    await Promise.all([page.reload(), other.goto(`${BASE}/account`)]);
    for (const tab of [page, other]) await tab.getByText("this device").waitFor();
    await other.close();
}

async function remove(page) {
    const panel = page.getByRole("region", { name: "Delete account" });
    await panel.getByRole("button", { name: "Delete account" }).click();
    await panel.getByLabel("Current password", { exact: true }).fill(THIRD);
    await panel.getByRole("button", { name: "Delete account and files for good" }).click();
    await page.getByText("Your account and its files have been deleted.").waitFor();
    await page.getByRole("link", { name: "Sign in", exact: true }).waitFor();
    await shot(page, "account-deleted");
}
