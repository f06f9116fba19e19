// A project from its sample over its storyboard to the downloaded video, one changed scene, and a batch made from it; by
// mouse, its start and its storyboard by keyboard alone.
import { accessible } from "../axe.mjs";
import { BASE, SIZES, check, clean, file, shot, visitor, withBrowser } from "../browser.mjs";
import { looks, tabTo } from "../looks.mjs";

const WORKS = 400_000;

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        await create(page);
        await sample(page);
        await plan(page);
        await conflict(page, who);
        const revision = await chat(page);
        await storyboard(page);
        await make(page);
        const film = await result(page);
        const reused = await change(page);
        const project = page.url();
        const batch = await makeMany(page);
        await page.goto(project);
        await leave(page);
        clean(who);
        return { revision, reused, batch, ...film };
    });

const state = (page, name) => page.locator(`[data-project][data-state="${name}"]`).waitFor({ timeout: WORKS });

/** By keyboard alone, from the navigation to the new project. */
async function create(page) {
    await page.goto(`${BASE}/projects`);
    await page.getByRole("heading", { name: "Your first project" }).waitFor();
    await looks(page, "projects-none");
    const create = page.getByRole("button", { name: "Create project" });
    await create.click();
    await page.getByText("Enter a name.").waitFor();
    await tabTo(page, page.getByLabel("Name"));
    await page.keyboard.type("Spring in the city");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/projects\/\w+/);
    await page.getByRole("heading", { level: 1, name: "Spring in the city" }).waitFor();
}

/** A file that is no video is refused with its reason; the sample is sent, analysed, and its facts are shown. */
async function sample(page) {
    const zone = page.getByLabel("A sample video");
    await zone.setInputFiles({ name: "not-a-video.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(4096) });
    await page.getByText("The file was refused: not-a-video.mp4").waitFor();
    await zone.setInputFiles(file("sample.mp4"));
    await page.getByLabel("The sample video").waitFor();
    await looks(page, "project-sample");
    await page.getByRole("button", { name: "Analyse and plan" }).click();
    await state(page, "planning");
    await page.getByRole("heading", { name: "What makes the sample work" }).waitFor();
    check((await page.getByLabel("Colours", { exact: true }).count()) === 2, "two shots with their colours");
    await page.locator("[data-revision='1']").waitFor();
    check((await page.locator("[data-scene]").count()) === 2, "a scene for each shot");
    await page.locator('[data-degraded="lite_clips"]').waitFor();
}

/** A scene is changed in its form, moved, and taken back. */
async function plan(page) {
    await page.getByRole("button", { name: "Edit scene 1" }).click();
    await page.getByLabel("What is seen").fill("A street with flags in the wind");
    await page.getByLabel("Seconds", { exact: true }).fill("3");
    await looks(page, "project-scene");
    await page.getByRole("button", { name: "Save scene" }).click();
    await page.locator("[data-revision='2']").waitFor();
    await page.getByText("A street with flags in the wind").waitFor();
    await page.getByRole("button", { name: "Move scene 1 down" }).click();
    await page.locator("[data-revision='3']").waitFor();
    await page.getByRole("button", { name: "Undo the last change" }).click();
    await page.locator("[data-revision='4']").waitFor();
}

/** Another window changes the plan: this one is told, and overwrites nothing. */
async function conflict(page, { context }) {
    const other = await context.newPage();
    await other.goto(page.url());
    await other.locator("[data-revision='4']").waitFor();
    await page.getByRole("button", { name: "Edit scene 2" }).click();
    await page.getByLabel("Text on the screen").fill("Lost");
    await other.getByLabel("What would you like to change?").fill("make scene 2 longer by 1 second");
    await other.getByRole("button", { name: "Send" }).click();
    await other.locator("[data-revision='5']").waitFor();
    await other.close();
    await page.getByRole("button", { name: "Save scene" }).click();
    await page.getByText("The plan was changed elsewhere meanwhile.").waitFor();
    await page.locator("[data-revision='5']").waitFor();
    await page.getByRole("button", { name: "Discard" }).click();
}

/** Changed by talking; what is not understood says so; undone. */
async function chat(page) {
    const words = page.getByLabel("What would you like to change?");
    await words.fill('scene 1 says "Hello there."');
    await words.press("Enter");
    await page.locator("[data-revision='6']").waitFor();
    await page.getByRole("article", { name: "Scene 1" }).getByText("Hello there.").waitFor();
    await words.fill("make scene 1 black and white");
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator("[data-revision='7']").waitFor();
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    await page.locator("[data-revision='8']").waitFor();
    await words.fill("sing me a song of the sea");
    await words.press("Enter");
    await page.getByRole("log", { name: "Messages" }).getByText("sing me a song of the sea").waitFor();
    await looks(page, "project-plan");
    return Number(await page.locator("[data-revision]").getAttribute("data-revision"));
}

/** By keyboard alone: drafts are made and approved; a scene that is changed needs another one. */
async function storyboard(page) {
    const press = async (name) => {
        const button = page.getByRole("button", { name, exact: true });
        await button.press("Enter");
        return button;
    };
    const made = (count) =>
        page
            .locator('[data-draft="made"]')
            .nth(count - 1)
            .waitFor({ timeout: WORKS });
    await press("Make the storyboard");
    await made(2);
    const confirm = page.getByRole("button", { name: "Confirm and make the video" });
    check((await confirm.getAttribute("aria-disabled")) === "true", "open drafts hold the video");
    await looks(page, "project-storyboard");
    await press("Approve the draft of scene 1");
    await page.locator('[data-approved="true"]').waitFor();
    await press("Change scene 2");
    const prompt = page.getByLabel("What is seen");
    await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "prompt");
    await prompt.fill("A blue kite over the roofs");
    await press("Save scene");
    await page.locator('[data-draft="missing"]').waitFor();
    check((await page.locator('[data-approved="true"]').count()) === 1, "the other scene stays approved");
    await press("Make the missing drafts");
    await made(2);
    await press("Approve all drafts");
    await page.locator('[data-approved="true"]').nth(1).waitFor();
}

/** The price that is shown is confirmed; each clip is seen while it is made, also after a reload. */
async function make(page) {
    await page.getByText("This costs nothing: the models run on this server.").waitFor();
    await page.getByRole("button", { name: "Confirm and make the video" }).click();
    await page.locator("[data-clip]").first().waitFor();
    check((await page.locator("[data-clip]").count()) === 2, "both clips are shown");
    await accessible(page, "a project at work");
    await shot(page, "project-making-desktop-light");
    await page.reload();
    await state(page, "completed");
}

async function result(page) {
    const video = page.locator('[aria-label="The finished video"]');
    await video.evaluate((element) => {
        element.muted = true;
        return element.play();
    });
    await page.waitForFunction(() => document.querySelector('[aria-label="The finished video"]').currentTime > 0.2);
    await looks(page, "project-result");
    const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: "Download", exact: true }).click(),
    ]);
    check((await download.failure()) === null, "the video is downloaded");
    const [exported] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "OpenTimelineIO" }).click(),
    ]);
    check(exported.suggestedFilename() === "Spring in the city.otio", exported.suggestedFilename());
    return video.evaluate(({ videoWidth, videoHeight, duration }) => ({
        width: videoWidth,
        height: videoHeight,
        seconds: duration,
    }));
}

/** One scene is changed: the other clip is reused, which the result says. */
async function change(page) {
    await page.getByRole("button", { name: "Edit scene 2" }).click();
    await page.getByLabel("What is seen").fill("A red balloon over the roofs");
    await page.getByRole("button", { name: "Save scene" }).click();
    await page.getByLabel("Make the video only if every draft is approved").press("Space");
    await page.getByRole("button", { name: "Confirm and make the video" }).click();
    await page.locator("[data-clip]").first().waitFor();
    await state(page, "completed");
    return Number(await page.locator("[data-saved]").getAttribute("data-saved"));
}

/** Many videos of one plan: its places, a table that is refused, one that is quoted, started, watched and cancelled. */
async function makeMany(page) {
    await page.getByRole("button", { name: "Edit scene 1" }).click();
    await page.getByLabel("Text on the screen").fill("Only {{price}}");
    await page.getByRole("button", { name: "Save scene" }).click();
    await page.getByText("Only {{price}}").waitFor();
    await page.getByRole("navigation").getByRole("link", { name: "Projects" }).click();
    await page.getByRole("link", { name: "Make many videos from one project" }).click();
    await page.locator('[data-places="price"]').waitFor();
    await looks(page, "batches-none");
    const table = page.getByLabel("A table of videos");
    const rows = (text) => table.setInputFiles({ name: "videos.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await rows("name\nMug\n");
    await page.getByRole("button", { name: "See the price" }).click();
    await page.getByText("The manifest is not valid").waitFor();
    await rows("name,price\nMug,5 dollars\nCup,7 dollars\nJug,9 dollars\nPot,3 dollars\n");
    await page.getByText("videos.csv").waitFor();
    await tabTo(page, page.getByRole("button", { name: "See the price" }));
    await page.keyboard.press("Enter");
    await page.locator('[data-batch][data-state="quoted"]').waitFor();
    await page.getByText("price: 5 dollars").waitFor();
    await looks(page, "batch-quoted");
    await page.getByRole("button", { name: "Confirm and make 4 videos" }).press("Enter");
    await page.locator('[data-batch][data-state="running"]').waitFor();
    await page.locator('[data-video="done"]').first().waitFor({ timeout: WORKS });
    await looks(page, "batch-running");
    await page.getByRole("button", { name: "Cancel the batch" }).click();
    await page.locator('[data-batch][data-state="cancelled"]').waitFor();
    await page.getByRole("link", { name: "Batches" }).click();
    await page.locator("[data-batch]").waitFor();
    await looks(page, "batches");
    return page.locator("[data-batch]").count();
}

/** It is renamed; the list shows it, also on a phone; then it is deleted. */
async function leave(page) {
    await page.getByRole("button", { name: "Rename" }).press("Enter");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("Summer in the city");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Summer in the city" }).waitFor();
    await page.getByRole("navigation").getByRole("link", { name: "Projects" }).click();
    const mine = page.locator("[data-project]").filter({ hasText: "Summer in the city" });
    await mine.waitFor();
    await looks(page, "projects");
    await mine.click();
    await page.getByRole("heading", { level: 1, name: "Summer in the city" }).waitFor();
    await page.setViewportSize(SIZES.phone);
    await page.getByRole("button", { name: "Delete project" }).click();
    await page.getByRole("alertdialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Delete project" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.waitForURL(`${BASE}/projects`);
    await mine.waitFor({ state: "detached" });
    await page.setViewportSize(SIZES.desktop);
}
