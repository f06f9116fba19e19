// The library of voices: recorded and uploaded ones with playback, built-in ones with samples, and one used in a video.
import { BASE, check, clean, file, visitor, withBrowser } from "../browser.mjs";
import { focused, looks, tabTo } from "../looks.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        await page.goto(`${BASE}/recordings`);
        await page.getByText("No recordings yet.").waitFor();
        await looks(page, "voices-empty");
        await recordedByKeyboard(page);
        await uploaded(page);
        await cut(page);
        await inPieces(page);
        await looks(page, "voices");
        const builtIn = await sampled(page);
        await removed(page);
        await ownUsed(page);
        await builtInUsed(page);
        clean(who);
        return { builtIn };
    });

const card = (page, name) => page.getByRole("article", { name });

/** A voice is recorded in the browser, heard, and kept, with nothing but keys. */
async function recordedByKeyboard(page) {
    const open = page.getByRole("button", { name: "Record a voice here" });
    await tabTo(page, open);
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByRole("button", { name: "Record the text" }));
    await page.keyboard.press("Enter");
    const stop = page.getByRole("button", { name: "Stop recording" });
    await page.waitForFunction(() =>
        [...document.querySelectorAll("button")].some((one) => one.textContent === "Stop recording" && !one.disabled),
    );
    await looks(page, "voices-recording");
    await stop.focus(); // it was disabled when it appeared
    await page.keyboard.press("Enter");
    await page.getByLabel("The recorded text").waitFor();
    await tabTo(page, page.getByRole("button", { name: "Add this recording" }));
    await page.keyboard.press("Enter");
    await page.getByText(/^“recording-.*” was added\.$/).waitFor();
}

/** An uploaded recording is heard in its card. */
async function uploaded(page) {
    await page.getByLabel("Add a recording").setInputFiles(file("voice.wav"));
    await page.getByText("“voice.wav” was added.").waitFor();
    const seconds = await heard(page.getByLabel("Hear voice.wav"));
    check(seconds > 5, `the recording is heard: ${seconds}`);
    await card(page, "voice.wav").getByText("6.0 s").first().waitFor();
    await page.getByLabel("Add a recording").setInputFiles(file("voice.wav"));
    await page.getByText("You have this recording already: “voice.wav”.").waitFor();
    await page.getByLabel("Add a recording").setInputFiles(file("hostile.png"));
    await page.getByText("The recording was refused: hostile.png").waitFor();
}

/** A part of it is kept, chosen with the keyboard. */
async function cut(page) {
    const one = card(page, "voice.wav");
    await one.getByRole("button", { name: "Keep a part" }).focus();
    await page.keyboard.press("Enter");
    await one.getByLabel("To second").fill("0.1");
    await one.getByRole("button", { name: "Keep this part" }).click();
    await one.getByRole("alert").waitFor();
    await one.getByLabel("From second").fill("0.5");
    await one.getByLabel("To second").fill("5.5");
    await looks(page, "voices-part");
    await tabTo(page, one.getByRole("button", { name: "Keep this part" }));
    await page.keyboard.press("Enter");
    await one.getByText("Only this part is kept.").waitFor();
    await one.getByText("5.0 s").first().waitFor();
    const seconds = await heard(page.getByLabel("Hear voice.wav"));
    check(Math.abs(seconds - 5) < 0.2, `the part is heard: ${seconds}`);
}

/** A large recording goes in pieces, and stays out of the page's session: it is not the next video's voice. */
async function inPieces(page) {
    const pieces = [];
    page.on("request", (request) => {
        if (request.method() === "PATCH") pieces.push(request.url());
    });
    await page.getByLabel("Add a recording").setInputFiles(file("long.wav"));
    await page.getByText("“long.wav” was added.").waitFor();
    check(pieces.length === 2, `two pieces: ${pieces}`);
    const uploads = await page.evaluate(async () => {
        const id = localStorage.getItem("callsheet.session");
        return (await (await fetch(`/session/${id}/status`, { headers: { "X-Session-ID": id } })).json()).uploads;
    });
    check(uploads.length === 0, `no upload of the page's session: ${JSON.stringify(uploads)}`);
}

async function heard(audio) {
    return audio.evaluate(async (element) => {
        element.muted = true;
        await element.play();
        const { duration } = element;
        element.pause();
        return duration;
    });
}

/** Each built-in voice has language, engine and licence, and a sample to hear. */
async function sampled(page) {
    const section = page.getByRole("region", { name: "Built-in voices" });
    const english = section.getByRole("group").filter({ hasText: "English" });
    await english.first().waitFor();
    const voices = section.getByRole("listitem");
    const text = await voices.first().textContent();
    check(/engine \w+ · licence \S+/.test(text), `engine and licence: ${text}`);
    const seconds = await heard(voices.first().locator("audio"));
    check(seconds > 0.5, `a sample is heard: ${seconds}`);
    return voices.count();
}

async function removed(page) {
    const one = card(page, /^recording-/);
    await one.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete for good" }).click();
    await page.getByText(/was deleted\.$/).waitFor();
    await focused(page, page.getByRole("heading", { name: "Voices", exact: true }));
}

async function ownUsed(page) {
    await card(page, "voice.wav").getByRole("button", { name: "Use in a new video: voice.wav" }).click();
    await page.getByText("From your library: voice.wav").waitFor();
}

/** A built-in voice is chosen on the Create page. */
async function builtInUsed(page) {
    await page.goto(`${BASE}/recordings`);
    const first = page.getByRole("region", { name: "Built-in voices" }).getByRole("button", { name: /^Use / }).first();
    const name = /^Use (.*) in a new video$/.exec(await first.getAttribute("aria-label"))[1];
    await first.click();
    await page.waitForURL("**/create");
    const chosen = await page.evaluate(() => JSON.parse(localStorage.getItem("callsheet.draft")).voice);
    check(chosen !== "", `the draft names the voice ${name}: ${chosen}`);
}
