// The network fails in the middle and returns: the page says so, and nothing is lost.
import { accessible } from "../axe.mjs";
import { BASE, begin, check, clean, finished, plays, shot, visitor, withBrowser } from "../browser.mjs";
import { wire } from "../wire.mjs";

export const journey = async () => {
    const line = await wire(BASE);
    try {
        return await withBrowser(async (browser) => {
            const who = await visitor(browser, { base: line.url });
            const { page } = who;
            await page.goto(`${line.url}/create`);
            await begin(page, { script: "This is the first scene of the film. Here comes the second one." });
            await page.locator('[data-step][data-state="running"]').first().waitFor();
            const before = await page.locator("[data-job]").getAttribute("data-event");
            line.cut();
            await page.getByText("The connection was lost").waitFor();
            await shot(page, "watch-offline");
            await accessible(page, "a lost connection");
            line.mend();
            await page.getByText("The connection was lost").waitFor({ state: "detached" });
            await finished(page);
            check((await page.locator("[data-job]").getAttribute("data-event")) !== before, "events went on");
            check((await page.locator('[data-step]:not([data-state="done"])').count()) === 0, "every stage is done");
            const film = await plays(page);
            clean(who);
            return film;
        });
    } finally {
        line.close();
    }
};
