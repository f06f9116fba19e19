// Where the server has no accounts, nothing of them is shown.
import { BASE, CREATE, clean, visitor, withBrowser } from "../browser.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        const known = page.waitForResponse((answer) => answer.url().endsWith("/capabilities"));
        await page.goto(CREATE);
        await known;
        await page.getByRole("heading", { name: "Ready in about" }).waitFor();
        const links = await page.getByRole("link", { name: "Sign in" }).count();
        await page.goto(`${BASE}/account`);
        await page.getByText("This server has no accounts.").waitFor();
        clean(who);
        return { links };
    });
