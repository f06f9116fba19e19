// A script by scenes: split, merged and moved by mouse and by keyboard; then one scene changed, and only that made.
import { accessible } from "../axe.mjs";
import { CREATE, FACE, check, chooseMode, clean, file, finished, shot, visitor, withBrowser } from "../browser.mjs";

const SENTENCES = [
    "This is the first scene of it all.",
    "Here comes the second one now.",
    "The third scene ends the whole film today.",
];

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        await page.goto(CREATE);
        await page.getByLabel(FACE).setInputFiles(file("face.png"));
        await page.getByText("The picture was accepted").waitFor();
        await chooseMode(page, "simulation");
        await page.getByLabel("Script", { exact: true }).fill(SENTENCES.join(" "));
        await page.getByText("3 scenes ·").waitFor();
        await page.getByRole("button", { name: "Scenes", exact: true }).click();
        await holds(page, SENTENCES, "as the server splits");
        await mouse(page);
        await keyboard(page);
        await accessible(page, "the scenes");
        await shot(page, "scenes-desktop");
        await phone(browser, page);
        const first = await make(page);
        check(first.script === SENTENCES.join("\n---\n"), `the scenes in the start: ${first.script}`);

        await page.getByRole("button", { name: "Change a scene" }).click();
        await holds(page, SENTENCES, "from the video");
        await page.getByLabel("Scene 2", { exact: true }).fill("Something else is said here instead of that.");
        // The others stay free also in another order.
        await page.getByRole("button", { name: "Move Scene 2 up" }).click();
        await make(page);
        const reused = Number(await page.locator("[data-reused]").getAttribute("data-reused"));
        const computed = await page
            .locator('[data-step^="voice"]')
            .evaluateAll((steps) => steps.map(({ dataset }) => dataset.found));
        await shot(page, "scenes-reused");
        check(reused >= 4, `reused: ${reused}`);
        clean(who);
        return { reused, computed };
    });

async function mouse(page) {
    await page.getByRole("button", { name: "Merge Scene 1 with the next" }).click();
    await holds(page, [`${SENTENCES[0]} ${SENTENCES[1]}`, SENTENCES[2]], "merged");
    await page.getByRole("button", { name: "Move Scene 2 up" }).click();
    await holds(page, [SENTENCES[2], `${SENTENCES[0]} ${SENTENCES[1]}`], "moved");
    await page.getByRole("button", { name: "Split Scene 2" }).click();
    await holds(page, [SENTENCES[2], SENTENCES[0], SENTENCES[1]], "split at the sentence");
}

async function keyboard(page) {
    await page.getByRole("button", { name: "Move Scene 1 down" }).focus();
    await page.keyboard.press("Enter");
    check((await focused(page)) === "Move Scene 2 down", "the focus follows the scene");
    await page.keyboard.press("Enter");
    await holds(page, SENTENCES, "moved to the end");
    const second = page.getByLabel("Scene 2", { exact: true });
    await second.focus();
    await second.evaluate((field) => field.setSelectionRange(10, 10));
    await page.keyboard.press("Control+Enter");
    await holds(page, [SENTENCES[0], "Here comes", "the second one now.", SENTENCES[2]], "split at the cursor");
    check((await page.evaluate(() => document.activeElement.id)) === "scene-2", "the focus is in the new scene");
    await page.getByRole("button", { name: "Merge Scene 2 with the next" }).focus();
    await page.keyboard.press("Space");
    await holds(page, SENTENCES, "merged again");
}

const focused = (page) => page.evaluate(() => document.activeElement.getAttribute("aria-label"));

async function holds(page, wanted, when) {
    await page.waitForFunction(
        (count) => document.querySelectorAll("ol[aria-label=Scenes] textarea").length === count,
        wanted.length,
    );
    const found = await page
        .locator("ol[aria-label=Scenes] textarea")
        .evaluateAll((fields) => fields.map(({ value }) => value));
    check(JSON.stringify(found) === JSON.stringify(wanted), `${when}: ${JSON.stringify(found)}`);
}

async function make(page) {
    const request = page.waitForRequest((one) => one.url().endsWith("/process/start"));
    await page.getByRole("button", { name: "Make the video" }).click();
    const sent = (await request).postDataJSON();
    await page.locator("[data-job]").waitFor();
    await finished(page);
    return sent;
}

/** The same form on a phone. */
async function phone(browser, page) {
    const draft = await page.evaluate(() => localStorage.getItem("callsheet.draft"));
    const who = await visitor(browser, { size: "phone", theme: "dark" });
    await who.page.addInitScript((text) => localStorage.setItem("callsheet.draft", text), draft);
    await who.page.goto(CREATE);
    await who.page.getByLabel("Scene 3", { exact: true }).waitFor();
    await accessible(who.page, "the scenes on a phone");
    await shot(who.page, "scenes-phone");
    const [inner, scroll] = await who.page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
    check(scroll <= inner, `${scroll} px wide on a screen of ${inner}`);
    await who.context.close();
}
