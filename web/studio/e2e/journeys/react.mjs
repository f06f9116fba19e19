// The React components of the documentation, on a page of another origin (STUDIO_PAGE): what they show in the end.
import { check, visitor, withBrowser } from "../browser.mjs";

export async function journey() {
    return withBrowser(async (browser) => {
        const { page, errors } = await visitor(browser);
        await page.goto(process.env.STUDIO_PAGE);
        await page.locator("#hand").getByText("The video is ready.").waitFor();
        await page.locator("#client").getByText("100 %").waitFor();
        const seen = await page.evaluate(() => ({
            hand: document.getElementById("hand").innerText,
            client: document.getElementById("client").innerText,
        }));
        check(errors.length === 0, `errors in the page: ${errors}`);
        return seen;
    });
}
