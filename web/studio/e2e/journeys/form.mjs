// Every option of a start is in the form; files may be dropped or pasted anywhere; Start is in sight.
import { accessible } from "../axe.mjs";
import { readFileSync } from "node:fs";
import { BASE, CREATE, FACE, check, clean, file, shot, visitor, withBrowser } from "../browser.mjs";

const GERMAN = "Guten Tag, das ist ein kurzer Satz. Und hier ist noch ein Satz für den Film.";

export const journey = () =>
    withBrowser(async (browser) => {
        await inSight(browser, "desktop", { width: 1366, height: 768 });
        await inSight(browser, "phone");
        const who = await visitor(browser);
        const { page } = who;
        await page.goto(CREATE);
        await anywhere(page);
        const sent = await options(page);
        clean(who);
        return { sent };
    });

/** The button to start is on the screen, whatever is scrolled. */
async function inSight(browser, size, viewport) {
    const who = await visitor(browser, { size });
    const { page } = who;
    if (viewport) await page.setViewportSize(viewport);
    await page.goto(CREATE);
    await page.getByLabel("Script", { exact: true }).fill(GERMAN);
    await page.locator("[data-estimate]:not([data-estimate=''])").waitFor({ state: "attached" });
    await page.getByLabel(FACE).setInputFiles(file("face.png"));
    await page.getByText("The picture was accepted").waitFor();
    await page.getByText("More settings").click();
    const { height } = page.viewportSize();
    for (const where of [0, 600, 10_000]) {
        await page.evaluate((y) => scrollTo(0, y), where);
        const box = await page.getByRole("button", { name: "Make the video" }).boundingBox();
        check(
            box && box.y >= 0 && box.y + box.height <= height,
            `Start in sight on ${size} at ${where}: ${JSON.stringify(box)}`,
        );
    }
    if (size === "phone") check(await page.getByText(/^~ .*(s|min|h)/).isVisible(), "the time beside the button");
    await accessible(page, `${size} form`);
    await shot(page, `form-${size}`);
    await page.evaluate(() => scrollTo(0, 0));
    await shot(page, `form-${size}-top`, { fullPage: false });
    const [inner, scroll] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
    check(scroll <= inner, `${size}: ${scroll} px wide on a screen of ${inner}`);
    clean(who);
    await who.context.close();
}

/** A picture dropped beside the box, one pasted, and a file that is neither. */
async function anywhere(page) {
    const picture = readFileSync(file("face.png")).toString("base64");
    await transfer(page, "drop", { name: "dropped.png", type: "image/png", picture });
    await page.getByText("The picture was accepted").waitFor();
    check(page.url().startsWith(BASE), "the page is still there");
    await page.getByText("dropped.png").first().waitFor();
    await transfer(page, "paste", { name: "pasted.png", type: "image/png", picture });
    await page.getByText("pasted.png").first().waitFor();
    await transfer(page, "drop", { name: "notes.txt", type: "text/plain", picture: "" });
    await page.getByText("“notes.txt” is neither a picture nor a recording.").waitFor();
}

function transfer(page, kind, { name, type, picture }) {
    return page.evaluate(
        ([kind, name, type, picture]) => {
            const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], name, { type }));
            const options = { bubbles: true, cancelable: true };
            const event =
                kind === "drop"
                    ? new DragEvent("drop", { ...options, dataTransfer: data })
                    : new ClipboardEvent("paste", { ...options, clipboardData: data });
            document.querySelector("footer").dispatchEvent(event);
        },
        [kind, name, type, picture],
    );
}

/** Fill everything, by keyboard where a person would, and look at the request. */
async function options(page) {
    const start = page.getByRole("button", { name: "Make the video" });
    const script = page.getByLabel("Script", { exact: true });
    const select = (label) => page.getByLabel(label, { exact: true });
    await page.getByText("The picture was accepted").waitFor();
    await script.fill("!!!");
    check(await start.isDisabled(), "no start without a letter");
    await page.getByText("letters or numbers to speak").waitFor();
    await script.fill("a".repeat(20_001));
    await page.getByText("1 character too long", { exact: false }).first().waitFor();
    check(await start.isDisabled(), "no start with a script that is too long");
    await script.fill(GERMAN);
    await page.locator("#language option:checked", { hasText: "Automatic: German" }).waitFor({ state: "attached" });
    check(await start.isEnabled(), "a German script can be started");
    await select("Language").selectOption("de");
    const voices = await select("Speaks with")
        .locator("optgroup")
        .evaluateAll((all) => all.map(({ label }) => label));
    check(voices.length === 1 && voices[0] === "German", `voices of the language: ${voices}`);
    await page.getByText("A topic").click();
    const scenes = select("Scenes");
    await scenes.focus();
    await page.keyboard.press("Backspace");
    await page.keyboard.type("5");
    check((await scenes.inputValue()) === "5", "five scenes");
    await select("Topic").fill("Wie Gezeiten entstehen");
    await select("Tone").fill("calm");
    await page.getByText("Crossfade").click();
    await select("Caption style").selectOption("words");
    await select("Caption size").selectOption("large");
    await select("Caption position").selectOption("top");
    await page.getByText("More settings").focus();
    await page.locator("summary", { hasText: "More settings" }).focus();
    await page.keyboard.press("Enter");
    await select("Quality of models").selectOption("simulation");
    await select("Priority").selectOption("high");
    await select("Seed").fill("7");
    await select("Voice model").selectOption("simulated");
    await page.locator("summary", { hasText: "simulated, high priority, seed 7, Voice by simulated" }).waitFor();
    await shot(page, "form-filled");
    const request = page.waitForRequest((one) => one.url().endsWith("/process/start"));
    await start.focus();
    await page.keyboard.press("Enter");
    const sent = (await request).postDataJSON();
    await page.locator("[data-job]").waitFor();
    const wanted = {
        topic: "Wie Gezeiten entstehen",
        scenes: 5,
        tone: "calm",
        language: "de",
        transition: "crossfade",
        priority: "high",
        seed: 7,
        mode: "simulation",
        engines: { voice: "simulated" },
        caption_style: "words",
        caption_size: "large",
        caption_position: "top",
    };
    for (const [name, value] of Object.entries(wanted)) {
        check(JSON.stringify(sent[name]) === JSON.stringify(value), `${name}: ${JSON.stringify(sent[name])}`);
    }
    check(Boolean(sent.face_upload_id), "the start names the picture");
    return sent;
}
