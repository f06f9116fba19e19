// From a dropped face to a playing video, with a reload in the middle.
import { begin, check, clean, finished, plays, shot, visitor, withBrowser, BASE } from "../browser.mjs";

export const journey = () =>
  withBrowser(async (browser) => {
    const who = await visitor(browser);
    const { page } = who;
    await page.goto(BASE);
    await page.getByText("Drop a portrait here").waitFor();
    await shot(page, "make-empty");
    await begin(page, { script: "This is the first scene of the film. Here comes the second one." });
    await page.locator('[data-step][data-state="running"]').first().waitFor();
    await shot(page, "watch-running");
    const job = await page.locator("[data-job]").getAttribute("data-job");
    await page.reload();
    await page.locator(`[data-job="${job}"]`).waitFor();
    await finished(page);
    const film = await plays(page);
    check(film.width > 0 && film.seconds > 0.5, `a film: ${JSON.stringify(film)}`);
    await shot(page, "watch-finished");
    clean(who);
    return film;
  });
