// From an uploaded face to a playing video, with a reload in the middle, then again from the library.
import { accessible } from "../axe.mjs";
import { CREATE, begin, check, clean, finished, plays, visitor, withBrowser } from "../browser.mjs";

const SCRIPT = "This is the first scene of the film. Here comes the second one.";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        await page.goto(CREATE);
        await page.getByText("Drop a portrait here").waitFor();
        await begin(page, { script: SCRIPT });
        await page.locator('[data-step][data-state="running"], [data-state="succeeded"]').first().waitFor();
        const job = await page.locator("[data-job]").getAttribute("data-job");
        await page.reload();
        await page.locator(`[data-job="${job}"]`).waitFor();
        await finished(page);
        const film = await plays(page);
        check(film.width > 0 && film.seconds > 0.5, `a film: ${JSON.stringify(film)}`);
        await page.getByText("The script by scenes").or(page.getByLabel("The script by scenes")).first().waitFor();
        await accessible(page, "a finished video");
        await page.getByRole("link", { name: "Videos", exact: true }).click();
        await page.getByRole("heading", { name: "This is the first scene", exact: false }).waitFor();
        await page.getByRole("button", { name: "Use these settings" }).click();
        check((await page.getByLabel("Script", { exact: true }).inputValue()) === SCRIPT, "the form is filled again");
        clean(who);
        return film;
    });
