// A project from its sample to the downloaded video, then one changed scene; by mouse, and the start by keyboard alone.
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
        await make(page);
        const film = await result(page);
        const reused = await change(page);
        await leave(page);
        clean(who);
        return { revision, reused, ...film };
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
    await other.getByLabel("What shall change?").fill("make scene 2 longer by 1 second");
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
    const words = page.getByLabel("What shall change?");
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
    await page.getByRole("button", { name: "Confirm and make the video" }).click();
    await page.locator("[data-clip]").first().waitFor();
    await state(page, "completed");
    return Number(await page.locator("[data-saved]").getAttribute("data-saved"));
}

/** The list shows it, also on a phone; then it is deleted. */
async function leave(page) {
    await page.getByRole("navigation").getByRole("link", { name: "Projects" }).click();
    await page.locator("[data-project]").waitFor();
    await looks(page, "projects");
    await page.locator("[data-project]").click();
    await page.setViewportSize(SIZES.phone);
    await page.getByRole("button", { name: "Delete project" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Delete project" }).click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.waitForURL(`${BASE}/projects`);
    await page.getByRole("heading", { name: "Your first project" }).waitFor();
    await page.setViewportSize(SIZES.desktop);
}
