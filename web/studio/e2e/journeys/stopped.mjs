// Cancel a job in the middle, and resume it where it stopped.
import { accessible } from "../axe.mjs";
import { CREATE, begin, check, clean, finished, shot, visitor, withBrowser } from "../browser.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        await page.goto(CREATE);
        await begin(page, { script: "This is the first scene of the film. Here comes the second one. And the third." });
        await page.locator('[data-step^="voice"][data-state="done"]').first().waitFor();
        await page.getByRole("button", { name: "Cancel" }).click();
        await page.locator('[data-job][data-state="cancelled"]').waitFor();
        await accessible(page, "a cancelled job");
        await shot(page, "watch-cancelled");
        await page.getByRole("button", { name: "Resume" }).click();
        await finished(page);
        await page.locator('[data-step^="voice.0"]').click();
        check(
            (await page.locator("[data-chosen]").innerText()).includes("Voice, scene 1"),
            "the details of the stage are shown",
        );
        clean(who);
        return { state: await page.locator("[data-job]").getAttribute("data-state") };
    });
