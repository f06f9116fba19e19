// Consents of the people shown: by a ticked box, by a recorded sentence, by a document; and revoked, with what follows.
import { BASE, check, clean, file, visitor, withBrowser } from "../browser.mjs";
import { makeFilm } from "../films.mjs";
import { focused, looks, tabTo } from "../looks.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        await page.goto(`${BASE}/consents`);
        await page.getByText("No consents yet.").waitFor();
        await looks(page, "consents-empty");
        await byKeyboard(page);
        await spoken(page);
        await signed(page);
        await looks(page, "consents");
        const statuses = await revoked(page);
        await page.reload();
        await page.getByText("2 valid consents").waitFor();
        clean(who);
        return { statuses };
    });

const card = (page, name) => page.getByRole("article", { name: `Consent of ${name}` });

/** A ticked box, with nothing but keys. */
async function byKeyboard(page) {
    const add = page.getByRole("button", { name: "Add a consent" });
    await tabTo(page, add);
    await page.keyboard.press("Enter");
    await page.getByLabel("Person shown or heard").waitFor();
    check(
        await page.getByLabel("Person shown or heard").evaluate((one) => one === document.activeElement),
        "the first field has the focus",
    );
    await page.keyboard.press("Enter");
    await page.getByText("Enter the name of the person.").waitFor();
    await page.getByText("The person has to tick the box.").waitFor();
    await looks(page, "consent-errors");
    await page.getByLabel("Person shown or heard").focus();
    await page.keyboard.type("Ada Lovelace");
    await tabTo(page, page.getByLabel("I am Ada Lovelace, and I agree to the text above."));
    await page.keyboard.press("Space");
    await tabTo(page, page.getByRole("button", { name: "Keep this consent" }));
    await page.keyboard.press("Enter");
    await page.getByText("The consent of Ada Lovelace was kept.").waitFor();
    await card(page, "Ada Lovelace").getByText("Ticked a box").waitFor();
}

/** A sentence that is read into the microphone, and heard again before it is kept. */
async function spoken(page) {
    await page.getByRole("button", { name: "Add a consent" }).click();
    await page.getByLabel("Person shown or heard").fill("Grace Hopper");
    await page.getByLabel("Voice", { exact: true }).uncheck();
    await page.getByLabel("Valid until (optional)").fill(`${new Date().getFullYear() + 1}-06-30`);
    await page.getByText("Says it").click();
    await page.getByText("I am Grace Hopper. I agree that").waitFor();
    await page.getByRole("button", { name: "Record the sentence" }).click();
    const stop = page.getByRole("button", { name: "Stop recording" });
    await page.waitForFunction(() =>
        [...document.querySelectorAll("button")].some((one) => one.textContent === "Stop recording" && !one.disabled),
    );
    await looks(page, "consent-recording");
    await stop.click();
    await page.getByLabel("The recorded sentence").waitFor();
    await page.getByRole("button", { name: "Keep this consent" }).click();
    await card(page, "Grace Hopper").getByText("Said it, recorded").waitFor();
    await card(page, "Grace Hopper")
        .getByText(/listen to it yourself/)
        .waitFor();
    await card(page, "Grace Hopper")
        .getByText(/^Valid until/)
        .waitFor();
    // The recording is evidence: it does not become the voice of the next video.
    const uploads = await page.evaluate(async () => {
        const id = localStorage.getItem("callsheet.session");
        return (await (await fetch(`/session/${id}/status`, { headers: { "X-Session-ID": id } })).json()).uploads;
    });
    check(uploads.length === 0, `no upload of the page's session: ${JSON.stringify(uploads)}`);
}

async function signed(page) {
    await page.getByRole("button", { name: "Add a consent" }).click();
    await page.getByLabel("Person shown or heard").fill("Katherine Johnson");
    await page.getByText("Signed it").click();
    await page.getByLabel("A picture of the signed document").setInputFiles(file("hostile.png"));
    await page.getByRole("button", { name: "Keep this consent" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("A picture of the signed document").setInputFiles(file("other.png"));
    await page.getByRole("button", { name: "Keep this consent" }).click();
    await card(page, "Katherine Johnson").getByText("Signed a document").waitFor();
}

/** Revoke a consent that a film has used; return the status of its file before and after. */
async function revoked(page) {
    const id = await page.evaluate(async () => {
        const { consents } = await (await fetch("/api/consents")).json();
        return consents.find(({ subject }) => subject === "Ada Lovelace").id;
    });
    const film = await makeFilm(page, { face_consent_id: id });
    await page.reload();
    await card(page, "Ada Lovelace").getByText("1 video", { exact: true }).waitFor();
    const open = async () =>
        (await page.request.get(BASE + film.url, { headers: { "X-Session-ID": film.session_id } })).status();
    const before = await open();
    await page.getByRole("button", { name: "Revoke the consent of Ada Lovelace" }).click();
    await page.getByText("All videos that used it can no longer be opened").waitFor();
    await looks(page, "consent-revoke");
    await page.keyboard.press("Escape");
    await focused(page, page.getByRole("button", { name: "Revoke the consent of Ada Lovelace" })); // and it is kept
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByRole("button", { name: "Revoke for good" }));
    await page.keyboard.press("Enter");
    await card(page, "Ada Lovelace")
        .getByText(/^Revoked on/)
        .waitFor();
    await page.getByText(/^The consent of Ada Lovelace was revoked/).waitFor();
    return [before, await open()];
}
