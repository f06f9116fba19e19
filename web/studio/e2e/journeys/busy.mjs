// Operators' tabs ask seldom; a caller that asks too often still gets the page, which says so in words.
import { BASE, check, visitor, withBrowser } from "../browser.mjs";

const WATCHED_MS = 15_000;

export const journey = () =>
    withBrowser(async (browser) => {
        const { page } = await visitor(browser);
        await page.goto(`${BASE}/operate`);
        await page.getByLabel("Token").fill(process.env.STUDIO_TOKEN);
        await page.getByRole("button", { name: "Open" }).click();
        await page.getByText("Waiting tasks").waitFor();
        const asked = [];
        await page.waitForLoadState("networkidle").catch(() => undefined);
        page.on("request", (request) => asked.push(new URL(request.url()).pathname));
        await page.waitForTimeout(WATCHED_MS); // what is measured is a rate
        const aMinute = Math.ceil((asked.length * 60_000) / WATCHED_MS);
        check(aMinute <= 16, `requests of a tab in a minute: ${aMinute}, ${asked}`);

        const refused = await page.evaluate(async () => {
            for (let number = 0; number < 100; number++) {
                if ((await fetch("/capabilities")).status === 429) return number;
            }
            return 0;
        });
        check(refused > 0, "requests were refused");
        const answer = await page.goto(`${BASE}/create`);
        check(
            answer.status() === 200 && answer.headers()["content-type"].startsWith("text/html"),
            `the page itself: ${answer.status()}`,
        );
        check(!(await page.locator("body").innerText()).includes('"error_code"'), "no raw JSON");
        return { aMinute };
    });
