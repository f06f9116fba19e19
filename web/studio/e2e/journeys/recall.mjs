// "Use these settings" asks before it replaces what was typed, by mouse and by keyboard.
import { accessible } from "../axe.mjs";
import { CREATE, begin, check, clean, finished, shot, visitor, withBrowser } from "../browser.mjs";
import { focused } from "../looks.mjs";

const SCRIPT = "This is the first scene of the film.";
const MINE = "Something that I have just typed.";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        const script = page.getByLabel("Script", { exact: true });
        const use = page.getByRole("button", { name: "Use these settings" });
        const videos = page.getByRole("link", { name: "Videos", exact: true });
        await page.goto(CREATE);
        await begin(page, { script: SCRIPT });
        await finished(page);
        // What was started is not lost: no question.
        await videos.click();
        await use.first().click();
        check((await script.inputValue()) === SCRIPT, "the form is filled at once");

        await script.fill(MINE);
        await videos.click();
        await use.first().focus();
        await page.keyboard.press("Enter");
        await page.getByText("This replaces the script and settings").waitFor();
        await accessible(page, "the question");
        await shot(page, "recall-question");
        await page.keyboard.press("Escape");
        await focused(page, use.first());
        await page.getByRole("link", { name: "Create", exact: true }).click();
        check((await script.inputValue()) === MINE, "what was typed is kept");
        await videos.click();
        await use.first().click();
        await page.getByRole("button", { name: "Replace them" }).click();
        check((await script.inputValue()) === SCRIPT, "replaced when asked");
        clean(who);
        return { script: SCRIPT };
    });
