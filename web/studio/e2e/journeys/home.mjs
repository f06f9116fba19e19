// The first sight, a first video in one click, a scene heard before the start, two takes compared, and other languages.
import { accessible } from "../axe.mjs";
import { BASE, CREATE, FACE, check, clean, file, finished, shot, visitor, withBrowser } from "../browser.mjs";
import { looks } from "../looks.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        await page.goto(BASE);
        await page.getByText(/^Ready to make videos|^This server simulates/).waitFor();
        await looks(page, "home");
        await sample(page);
        const first = await tried(page);
        await page.goto(CREATE);
        const heard = await hear(page);
        await page.getByRole("button", { name: "Make the video" }).click();
        await finished(page);
        const takes = await compare(page, first);
        await page.goto(BASE);
        await page.getByRole("heading", { name: "Your recent videos" }).waitFor();
        await looks(page, "home-with-videos");
        const languages = await speak(page);
        clean(who);
        return { heard, takes, languages };
    });

async function sample(page) {
    await page.getByRole("button", { name: "Play the sample video" }).click();
    await page.waitForFunction(() => document.querySelector('[aria-label="A sample video"]').currentTime > 0.2);
}

/** By keyboard alone. */
async function tried(page) {
    await page.getByRole("button", { name: "Try it with a sample" }).focus();
    await page.keyboard.press("Enter");
    await finished(page);
    return new URL(page.url()).pathname.split("/").at(-1);
}

async function hear(page) {
    await page.getByLabel(FACE).setInputFiles(file("face.png"));
    await page.getByText("The picture was accepted").waitFor();
    await page.getByLabel("Script", { exact: true }).fill("The first scene is heard.\n---\nThe second one is not.");
    await page.getByRole("button", { name: "Scenes", exact: true }).click();
    const spoken = page.waitForResponse((answer) => /\/api\/previews\//.test(answer.url()) && answer.status() === 200);
    await page.getByRole("button", { name: "Hear it: Scene 1" }).press("Enter");
    const sound = await spoken;
    await page
        .getByRole("button", { name: "Hear it: Scene 1" })
        .or(page.getByRole("button", { name: "Stop: Scene 1" }))
        .waitFor();
    await accessible(page, "the scene editor");
    await shot(page, "scenes-heard");
    return sound.headers()["content-type"];
}

async function compare(page, first) {
    await page.getByLabel("Compare with").selectOption(first);
    await page.getByRole("heading", { name: "Scene by scene" }).waitFor();
    await page.getByText("the words differ").first().waitFor();
    await looks(page, "compare");
    const shown = await page.locator("[data-take]").count();
    await page.getByRole("button", { name: "Choose this take: Take B" }).press("Enter");
    await page.getByRole("button", { name: "Keep both" }).press("Enter");
    await finished(page);
    check(page.url().endsWith(first), "the chosen take is shown");
    return shown;
}

/** The page in each language, chosen in its footer. */
async function speak(page) {
    const found = [];
    for (const [language, words] of [
        ["de", "Video erstellen"],
        ["zh", "创建视频"],
        ["en", "Create a video"],
    ]) {
        await page.locator("footer select").selectOption(language);
        await page.getByRole("link", { name: words }).first().waitFor();
        found.push(await page.evaluate(() => document.documentElement.lang));
        await accessible(page, `home in ${language}`);
        await shot(page, `home-${language}`);
        await page.goto(CREATE);
        await page.locator("h1").waitFor({ state: "attached" });
        await shot(page, `create-${language}`);
        await page.goto(BASE);
    }
    return found;
}
