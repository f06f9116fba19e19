// The library of an owner: it survives the end of the session and a sign-out; rename, search, play, delete.
import { accessible } from "../axe.mjs";
import { CREATE, begin, check, clean, finished, plays, shot, visitor, withBrowser } from "../browser.mjs";
import { focused } from "../looks.mjs";

const EMAIL = "grace@example.com";
const PASSWORD = "lantern copper sixteen";
const TITLE = "Straße zum Meer";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        await page.goto(CREATE);
        await begin(page, { script: "The film that stays. It has two scenes." });
        await finished(page);
        await endSession(page);
        await page.reload();
        await videos(page, 1);
        await rename(page);
        await searched(page);
        await looked(page);
        await signUp(page);
        await videos(page, 1);
        await signOut(page);
        await page.getByRole("link", { name: "Videos", exact: true }).click();
        await page.getByText("No videos yet").waitFor();
        await signIn(page);
        await videos(page, 1);
        const film = await watched(page);
        await remove(page);
        clean(who);
        return film;
    });

/** End the session as an expiry does, and forget it as a new browser profile with the same cookie would. */
async function endSession(page) {
    const status = await page.evaluate(async () => {
        const id = localStorage.getItem("callsheet.session");
        const answer = await fetch(`/session/${id}/close`, { method: "POST", headers: { "X-Session-ID": id } });
        localStorage.removeItem("callsheet.session");
        return answer.status;
    });
    check(status === 200, `the session is closed: ${status}`);
}

async function videos(page, number) {
    await page.getByRole("link", { name: "Videos", exact: true }).click();
    await page.getByText(`${number} video`, { exact: true }).waitFor();
}

/** Only by keyboard; Escape leaves the title as it was. */
async function rename(page) {
    const button = page.getByRole("button", { name: "Rename" });
    await button.focus();
    await page.keyboard.press("Enter");
    await page.getByLabel("Title", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    check(await button.evaluate((element) => element === document.activeElement), "the focus returns to the button");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("   ");
    await page.keyboard.press("Enter");
    await page.getByText("Enter a title.").waitFor();
    await accessible(page, "renaming with an error");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(TITLE);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: TITLE }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: TITLE }).waitFor();
}

async function searched(page) {
    const field = page.getByRole("searchbox", { name: "Search in titles" });
    await field.fill("no such words");
    await page.getByText("No title contains “no such words”.").waitFor();
    await field.fill("zum meer");
    await page.getByRole("heading", { name: TITLE }).waitFor();
    await field.fill("");
    await page.getByText("Create another").waitFor();
}

/** In both colours and on a phone. */
async function looked(page) {
    await accessible(page, "the library");
    await shot(page, "library-desktop");
    await page.getByRole("button", { name: "Dark colours" }).click();
    await page.setViewportSize({ width: 390, height: 844 });
    await accessible(page, "the library on a phone in dark colours");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    check(wide <= 390, `nothing is wider than a phone: ${wide}`);
    await shot(page, "library-phone-dark");
    await page.setViewportSize({ width: 1280, height: 900 });
}

async function signUp(page) {
    await page.getByRole("link", { name: "Sign in", exact: true }).click();
    await page.getByRole("link", { name: "Create an account" }).click();
    await enter(page, "Create account");
}

async function signIn(page) {
    await page.getByRole("link", { name: "Sign in", exact: true }).click();
    await enter(page, "Sign in");
}

async function enter(page, button) {
    await page.getByLabel("Email address").fill(EMAIL);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("link", { name: `Your account, ${EMAIL}` }).waitFor();
}

async function signOut(page) {
    await page.getByRole("link", { name: `Your account, ${EMAIL}` }).click();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

/** Play it in the list and on its own page, where no header can be sent. */
async function watched(page) {
    const card = page.getByRole("article", { name: TITLE });
    await card.getByRole("button", { name: `Play ${TITLE}` }).click();
    const seconds = await card.locator("video").evaluate(async (video) => {
        video.muted = true;
        await video.play();
        return video.duration;
    });
    check(seconds > 0.5, `it plays in the list: ${seconds}`);
    check((await card.locator("track").getAttribute("srclang")) === "en", "the captions say their language");
    const download = page.waitForEvent("download");
    await card.getByRole("link", { name: "Download" }).click();
    check((await (await download).failure()) === null, "it can be downloaded");
    check(
        (await download).suggestedFilename() === `${TITLE}.mp4`,
        `a name that people recognise: ${(await download).suggestedFilename()}`,
    );
    const subtitles = page.waitForEvent("download");
    await card.getByRole("link", { name: "Subtitles" }).click();
    check(
        (await subtitles).suggestedFilename() === `${TITLE} captions.srt`,
        `subtitles: ${(await subtitles).suggestedFilename()}`,
    );
    await card.getByRole("link", { name: TITLE }).click();
    await finished(page);
    return plays(page);
}

async function remove(page) {
    await videos(page, 1);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByText("Delete this video permanently?").waitFor();
    await accessible(page, "asked before a deletion");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Delete" }).click();
    await focused(page, page.getByRole("button", { name: "Keep" })); // on what changes nothing
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("No videos yet").waitFor();
    await page.getByText(`“${TITLE}” was deleted.`).waitFor({ state: "attached" });
    await page.reload();
    await page.getByText("No videos yet").waitFor();
}
