// Screenshots of the states that other journeys do not reach.
import { accessible } from "./axe.mjs";
import { BASE, CREATE, FACE, VOICE, chooseMode, file, finished, shot, visitor } from "./browser.mjs";

const text = () =>
    `Take ${Date.now() % 10_000}. A call sheet tells everyone on a film set where to be, and when. Callsheet does the same for machines. One writes the words, one speaks them, one moves the face, and you get the film.`;

export async function make(browser, size, theme, name) {
    const who = await visitor(browser, { size, theme });
    const { page } = who;
    await page.goto(CREATE);
    await page.getByText("Ready in").waitFor();
    await shot(page, `${name}-make-empty`);
    await page.getByLabel(FACE).setInputFiles(file("face.png"));
    await page.getByText("The picture was accepted").waitFor();
    await page.getByLabel(VOICE).setInputFiles(file("voice.wav"));
    await page.getByText("The recording was accepted").waitFor();
    await page.getByLabel("Script", { exact: true }).fill(text());
    await accessible(page, `${name} make`);
    await shot(page, `${name}-make`);
    return who;
}

export async function emptiness(browser, theme) {
    const { page } = await visitor(browser, { theme });
    for (const place of ["", "queue", "videos", "faces", "recordings"]) {
        await page.goto(`${BASE}/${place}`);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await accessible(page, `empty ${place}`);
        await shot(page, `empty-${place || "home"}-${theme}`);
    }
}

export async function film(page, name) {
    await chooseMode(page, "simulation");
    await page.getByRole("button", { name: "Make the video" }).click();
    await page.locator('[data-step][data-state="running"]').first().waitFor();
    await page.waitForFunction(
        () =>
            document.querySelectorAll('[data-state="done"]').length >= 3 ||
            document.querySelector('[data-state="succeeded"]'),
    );
    await shot(page, `${name}-watch`);
    await accessible(page, `${name} watch`);
    await finished(page);
    await page.getByLabel("The script by scenes").waitFor();
    await page.waitForTimeout(500);
    await shot(page, `${name}-finished`);
    await page.getByRole("link", { name: "Videos", exact: true }).click();
    await page.getByText("1 video").waitFor();
    await page.waitForTimeout(500);
    await accessible(page, `${name} library`);
    await shot(page, `${name}-library`);
}

export async function operate(browser, size, theme, name) {
    const { page } = await visitor(browser, { size, theme });
    await page.goto(`${BASE}/operate`);
    await page.getByLabel("Token").fill(process.env.STUDIO_TOKEN);
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByText("Waiting tasks").waitFor();
    await accessible(page, `${name} operate`);
    await shot(page, `${name}-operate`);
}
