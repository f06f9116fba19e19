// The whole journey on a phone: nothing is wider than the screen.
import { accessible } from "../axe.mjs";
import { CREATE, begin, check, clean, finished, plays, shot, visitor, withBrowser } from "../browser.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser, { size: "phone", theme: "dark" });
        const { page } = who;
        await page.goto(CREATE);
        await page.getByText("Drop a portrait here").waitFor();
        await fits(page, "make");
        await shot(page, "phone-make");
        await begin(page, { script: "This is the first scene of the film. Here comes the second one." });
        await page.locator('[data-step][data-state="running"], [data-state="succeeded"]').first().waitFor();
        await shot(page, "phone-watch");
        await fits(page, "watch");
        await finished(page);
        const film = await plays(page);
        await page.getByLabel("The script by scenes").waitFor();
        await fits(page, "finished");
        await accessible(page, "a phone");
        await shot(page, "phone-finished");
        await page.getByRole("link", { name: "Videos", exact: true }).click();
        await page.getByText("1 video").waitFor();
        await fits(page, "library");
        await shot(page, "phone-library");
        clean(who);
        return film;
    });

async function fits(page, where) {
    const [inner, scroll] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
    check(scroll <= inner, `${where} is ${scroll} px wide on a screen of ${inner}`);
}
