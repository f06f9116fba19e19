// Signing in with an identity provider: declined, refused, and at last accepted.
import { accessible } from "../axe.mjs";
import { BASE, check, shot, visitor, withBrowser } from "../browser.mjs";
import { totp } from "../codes.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const { page, errors } = await visitor(browser);
        await page.goto(`${BASE}/account`);
        const button = page.getByRole("link", { name: "Sign in with Google" });
        await button.click();
        await page.getByRole("button", { name: "Deny" }).click();
        await page.getByRole("alert").getByText("The sign-in with the provider failed. Start it again.").waitFor();
        check(!page.url().includes("="), `no code is left in the address: ${page.url()}`);
        await accessible(page, "a refused sign-in");
        await shot(page, "account-provider");
        await button.click();
        await page.getByRole("button", { name: "eve", exact: true }).first().click();
        await page.getByText("The provider has not verified your email address.").waitFor();
        await button.click();
        await page.getByRole("button", { name: "ada", exact: true }).first().click();
        await page.getByRole("link", { name: "Your account, ada@example.com" }).waitFor();
        await page.reload();
        await page.getByRole("link", { name: "Your account, ada@example.com" }).waitFor();
        await keepsTheLastWayIn(page);
        await asksForTheSecondFactor(page);
        check(errors.length === 0, `errors in the page: ${errors}`);
        return { path: new URL(page.url()).pathname };
    });

/** The provider is the only way to sign in to this account, so it stays. */
async function keepsTheLastWayIn(page) {
    await page.goto(`${BASE}/account`);
    const panel = page.getByRole("region", { name: "Connected sign-ins" });
    await panel.getByRole("button", { name: "Disconnect Google", exact: true }).click();
    await panel.getByRole("button", { name: "Yes, disconnect Google" }).click();
    await panel.getByRole("alert").getByText("This is the only way to sign in").waitFor();
    await accessible(page, "a provider that stays");
    await shot(page, "account-connected");
    await page.goto(`${BASE}/create`);
}

/** The provider alone does not sign in to an account with an authenticator app. */
async function asksForTheSecondFactor(page) {
    await page.goto(`${BASE}/account`);
    const panel = page.getByRole("region", { name: "Second factor" });
    await panel.getByRole("button", { name: "Set up an authenticator app" }).click();
    await panel.getByRole("button", { name: "Continue" }).click();
    const key = (await panel.locator("code").innerText()).replaceAll(" ", "");
    await panel.getByLabel("Code of the app").fill(totp(key, 0));
    await panel.getByRole("button", { name: "Turn on" }).click();
    await panel.getByText("They are not shown again").waitFor();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("link", { name: "Sign in with Google" }).click();
    await page.getByRole("button", { name: "ada", exact: true }).first().click();
    await page.getByRole("heading", { name: "One more step" }).waitFor();
    check(
        (await page.getByRole("link", { name: "Your account, ada@example.com" }).count()) === 0,
        "nobody is signed in yet",
    );
    await accessible(page, "asking for a second factor after a provider");
    await shot(page, "account-provider-factor");
    await page.getByLabel("Code", { exact: true }).fill(totp(key, 0));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").getByText("The code is wrong or has been used").waitFor();
    await page.getByLabel("Code", { exact: true }).fill(totp(key, 1));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("link", { name: "Your account, ada@example.com" }).waitFor();
}
