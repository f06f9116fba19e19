// Where people must sign in: an account whose address is confirmed, a video's picture, and two devices.
import { accessible } from "../axe.mjs";
import { BASE, CREATE, FACE, check, clean, file, shot, visitor, withBrowser } from "../browser.mjs";
import { mailed } from "../mails.mjs";

const EMAIL = "ada@example.com";
const PASSWORD = "plover wardrobe seven";
const HEAD = { name: `Your account, ${EMAIL}` };

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser, { size: "phone", theme: "dark" });
        const { page } = who;
        await page.goto(CREATE);
        await page.getByText("Sign in to make a video.").waitFor();
        await accessible(page, "asking to sign in");
        await shot(page, "account-required-phone");
        await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
        await page.getByRole("link", { name: "Create an account" }).click();
        await enter(page, "Create account");
        await page.getByText("We have sent a link").waitFor();
        await page.getByText("Confirm your email address to create a key.").waitFor();
        await accessible(page, "an account that is not confirmed");
        await shot(page, "account-unconfirmed-phone");
        await confirm(page);
        await upload(page);
        const other = await visitor(browser);
        await signedOutFromElsewhere(page, other.page);
        clean(who);
        clean(other);
        return { confirmed: true };
    });

async function enter(page, button) {
    await page.getByLabel("Email address").fill(EMAIL);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("link", HEAD).waitFor();
}

async function confirm(page) {
    const link = await mailed(/\/account(#verify=[\w-]+)/);
    await page.goto("about:blank");
    await page.goto(`${BASE}/account${link}`);
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByText("Your email address is confirmed.").waitFor();
    check(!page.url().includes("="), "the token is left in the address");
    await page.getByRole("main").getByRole("link", { name: "Your account" }).click();
    await page.getByLabel("Name of the new key").waitFor();
}

/** The session belongs to the user, and its events arrive. */
async function upload(page) {
    await page.getByRole("link", { name: "Create", exact: true }).click();
    await page.getByLabel(FACE).setInputFiles(file("face.png"));
    await page.getByText("The picture was accepted").waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    check((await page.getByText("Sign in to make a video.").count()) === 0, "nobody is asked to sign in again");
}

async function signedOutFromElsewhere(page, other) {
    await other.goto(`${BASE}/account`);
    await enter(other, "Sign in");
    await other.waitForURL(CREATE);
    await page.getByRole("link", HEAD).click();
    await page.getByRole("button", { name: /^Sign out Chrome/ }).click();
    await page.getByRole("button", { name: /^Sign out Chrome/ }).waitFor({ state: "detached" });
    await other.getByRole("link", HEAD).click();
    await other.getByText("You have been signed out. Sign in again.").waitFor();
}
