// A second factor and passkeys, with a virtual authenticator: set up, used, renamed and removed.
import { accessible } from "../axe.mjs";
import { BASE, check, clean, shot, visitor, withBrowser } from "../browser.mjs";
import { totp } from "../codes.mjs";

const EMAIL = "ada@example.com";
const PASSWORD = "plover wardrobe seven";
const HEAD = { name: `Your account, ${EMAIL}` };
// Passkeys need a domain, which an address of digits is not.
const HOME = BASE.replace("127.0.0.1", "localhost");
const AUTHENTICATOR = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
};

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser, { base: HOME });
        const { page, context } = who;
        const device = await authenticator(context, page);
        await page.goto(`${HOME}/account/sign-up`);
        await page.getByLabel("Email address").fill(EMAIL);
        await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
        await page.getByRole("button", { name: "Create account" }).click();
        await page.getByRole("link", HEAD).click();
        const [app, codes] = await setUpApp(page);
        await addPasskey(page, app);
        await look(page);
        await rename(page);
        await device.waits(true);
        await signOut(page);
        await accessible(page, "signing in with a passkey");
        await shot(page, "passkeys-sign-in");
        await device.waits(false);
        await page.getByRole("button", { name: "Sign in with a passkey" }).click();
        await page.getByRole("link", HEAD).waitFor();
        await afterThePassword(page, device);
        await offered(page, device);
        const left = await removeAll(page, codes);
        await passwordAlone(page, device);
        clean(who);
        return { codes: codes.length, left };
    });

async function authenticator(context, page) {
    const session = await context.newCDPSession(page);
    await session.send("WebAuthn.enable");
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options: AUTHENTICATOR });
    return {
        /** Whether it waits for a touch that never comes. */
        waits: (waiting) =>
            session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled: !waiting }),
    };
}

const panel = (page, name) => page.getByRole("region", { name });

async function setUpApp(page) {
    const region = panel(page, "Second factor");
    await region.getByRole("button", { name: "Set up an authenticator app" }).click();
    await region.getByLabel("Current password", { exact: true }).fill(PASSWORD);
    await region.getByRole("button", { name: "Continue" }).click();
    await region.getByRole("img", { name: "QR code for your authenticator app" }).waitFor();
    await accessible(page, "setting up an app");
    await shot(page, "second-factor-qr");
    const key = (await region.locator("code").innerText()).replaceAll(" ", "");
    await region.getByLabel("Code of the app").fill("000000");
    await region.getByRole("button", { name: "Turn on" }).click();
    await region.getByRole("alert").getByText("The code is wrong").waitFor();
    await region.getByLabel("Code of the app").fill(totp(key, 0));
    await region.getByRole("button", { name: "Turn on" }).click();
    await region.getByText("They are not shown again").waitFor();
    await accessible(page, "recovery codes");
    await shot(page, "second-factor-codes");
    const codes = await region.getByRole("region", { name: "Recovery codes" }).locator("li").allInnerTexts();
    await region.getByText("10 recovery codes are left").waitFor();
    return [key, codes];
}

async function addPasskey(page, key) {
    const region = panel(page, "Passkeys");
    await region.getByRole("button", { name: "Add a passkey" }).click();
    await region.getByLabel("Name of the passkey").fill("My laptop");
    await region.getByLabel("Current password", { exact: true }).fill(PASSWORD);
    // A code works once, so it is the next one.
    await region.getByLabel("Code", { exact: true }).fill(totp(key, 1));
    await accessible(page, "adding a passkey");
    await region.getByRole("button", { name: "Create the passkey" }).click();
    await region.getByText("not used yet").waitFor();
}

/** Look at the page in both colours and on a phone. */
async function look(page) {
    await page.reload();
    await panel(page, "Passkeys").getByText("not used yet").waitFor();
    check((await page.getByText("They are not shown again").count()) === 0, "recovery codes are shown once");
    await accessible(page, "the account with a passkey");
    await shot(page, "passkeys-desktop");
    await page.getByRole("button", { name: "Dark colours" }).click();
    await page.setViewportSize({ width: 390, height: 844 });
    await panel(page, "Passkeys").getByRole("button", { name: "Remove My laptop" }).click();
    await panel(page, "Second factor").getByRole("button", { name: "Remove the app" }).click();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    check(wide <= 390, `nothing is wider than a phone: ${wide}`);
    await accessible(page, "the account with a passkey in dark colours on a phone");
    await shot(page, "passkeys-phone-dark");
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.getByRole("button", { name: "Light colours" }).click();
    for (const name of ["Passkeys", "Second factor"])
        await panel(page, name).getByRole("button", { name: "Cancel" }).click();
}

async function rename(page) {
    const region = panel(page, "Passkeys");
    await region.getByRole("button", { name: "Rename My laptop" }).click();
    await region.getByLabel("New name").fill("Work laptop");
    await region.getByRole("button", { name: "Rename", exact: true }).click();
    await region.getByText("Work laptop", { exact: true }).waitFor();
}

async function signOut(page) {
    await page.getByRole("link", HEAD).click();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

async function password(page) {
    await page.getByLabel("Email address").fill(EMAIL);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** The password asks for a second factor, and a passkey is one. */
async function afterThePassword(page, device) {
    await device.waits(true);
    await signOut(page);
    await password(page);
    await page.getByRole("button", { name: "Confirm with a passkey" }).waitFor();
    await page.getByLabel("Code", { exact: true }).waitFor();
    await accessible(page, "asking for a second factor");
    await shot(page, "passkeys-after-password");
    await device.waits(false);
    await page.getByRole("button", { name: "Confirm with a passkey" }).click();
    await page.getByRole("link", HEAD).waitFor();
}

/** The browser offers the passkey by itself; the virtual one is picked at once. */
async function offered(page) {
    await page.getByRole("link", HEAD).click();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("link", { name: "Sign in", exact: true }).waitFor();
    await page.getByRole("link", HEAD).waitFor();
}

async function removeAll(page, codes) {
    await page.getByRole("link", HEAD).click();
    const factor = panel(page, "Second factor");
    await factor.getByRole("button", { name: "Remove the app" }).click();
    await factor.getByLabel("Current password", { exact: true }).fill(PASSWORD);
    await factor.getByLabel("Code", { exact: true }).fill(codes[0]);
    await factor.getByRole("button", { name: "Yes, remove the app" }).click();
    await factor.getByText("9 recovery codes are left").waitFor();
    const region = panel(page, "Passkeys");
    await region.getByRole("button", { name: "Remove Work laptop" }).click();
    await region.getByLabel("Current password", { exact: true }).fill(PASSWORD);
    await region.getByRole("button", { name: "Yes, remove Work laptop" }).click();
    await region.getByText("Work laptop").waitFor({ state: "detached" });
    await factor.getByText("recovery codes are left").waitFor({ state: "detached" });
    return region.getByRole("listitem").count();
}

/** Without a second factor, the password signs in; the passkey that the device still has is refused. */
async function passwordAlone(page, device) {
    await device.waits(true);
    await signOut(page);
    await device.waits(false);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.getByText("The passkey was not accepted").first().waitFor();
    await shot(page, "passkeys-refused");
    await password(page);
    await page.getByRole("link", HEAD).waitFor();
}
