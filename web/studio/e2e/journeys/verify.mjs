// The public page that verifies files, and the report of a person who is shown: by mouse, by keyboard, by an operator.
import { BASE, check, clean, file, shot, visitor, withBrowser } from "../browser.mjs";
import { changeOneByte, makeFilm } from "../films.mjs";
import { looks, tabTo } from "../looks.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        await page.goto(`${BASE}/verify`);
        await page.getByRole("heading", { name: "Was it made here?" }).waitFor();
        const film = await makeFilm(page);
        await page.getByRole("link", { name: "Verify a file" }).waitFor();
        await looks(page, "verify-empty");
        const verdicts = [await chosen(page, film.path)];
        await looks(page, "verify-ours");
        verdicts.push(await dropped(page, changeOneByte(film.path)), await chosen(page, file("voice.wav")));
        await cancelled(page, film.path);
        const report = await reportByKeyboard(page, film.path);
        const withdrawn = await decided(browser, report, film);
        await follow(page, report, "Withdrawn");
        const again = await makeFilm(page).catch((problem) => problem.message);
        check(/WITHDRAWN/.test(again), `the withdrawn picture is refused: ${again}`);
        await looks(page, "verify-withdrawn");
        await reportByLink(page);
        clean(who);
        return { verdicts, withdrawn };
    });

/** Choose a file with the file chooser; return the verdict. */
async function chosen(page, path) {
    await page.getByLabel("A file to verify").setInputFiles(path);
    return verdict(page, path);
}

async function verdict(page, path) {
    const result = page.getByRole("region", { name: "Result" });
    await result.waitFor();
    const found = await result.getAttribute("data-verdict");
    const focused = await page.evaluate(() => document.activeElement.tagName);
    check(focused === "H2", `the focus is on the verdict on ${path}: ${focused}`);
    if (found !== "unknown") {
        for (const fact of ["Made", "Models used", "Signed by", "Signature"])
            await result.getByText(fact, { exact: true }).waitFor();
    }
    return found;
}

/** Drop a file beside the box: the page takes it, and is not left. */
async function dropped(page, path) {
    const { readFileSync } = await import("node:fs");
    await page.evaluate((bytes) => {
        const data = new DataTransfer();
        data.items.add(
            new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], "changed.mp4", {
                type: "video/mp4",
            }),
        );
        const target = document.querySelector("footer");
        for (const kind of ["dragover", "drop"])
            target.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
    }, readFileSync(path).toString("base64"));
    await page.getByText("changed.mp4", { exact: true }).waitFor();
    await page.getByText("Made here, then changed").waitFor();
    await page.getByText(/^broken: the file was changed after it was signed/).waitFor();
    return verdict(page, path);
}

/** A file that is being sent can be called back. */
async function cancelled(page, path) {
    await page.route("**/api/verify", () => undefined); // never answered
    await page.getByLabel("A file to verify").setInputFiles(path);
    await page.getByRole("progressbar").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("progressbar").waitFor({ state: "detached" });
    await page.unroute("**/api/verify");
}

/** Verify and report with nothing but keys; return number and secret. */
async function reportByKeyboard(page, path) {
    await page.reload();
    const input = page.getByLabel("A file to verify");
    await input.waitFor();
    await tabTo(page, input);
    const chooser = page.waitForEvent("filechooser");
    await page.keyboard.press("Space");
    await (await chooser).setFiles(path);
    await verdict(page, path);
    const open = page.getByRole("button", { name: "This shows me: report it" });
    await tabTo(page, open);
    await page.keyboard.press("Enter");
    check(
        await page.getByRole("heading", { name: "Your report" }).evaluate((one) => one === document.activeElement),
        "the focus is in the report",
    );
    await tabTo(page, page.getByRole("radio", { name: "It shows me" }));
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.type("not an address");
    await tabTo(page, page.getByRole("button", { name: "Send the report" }));
    await page.keyboard.press("Enter");
    await page.getByText("Say what is wrong.").waitFor();
    check(
        await page.getByLabel("What is wrong?").evaluate((one) => one === document.activeElement),
        "the first wrong field has the focus",
    );
    await page.keyboard.type("I never agreed to this film.");
    await tabTo(page, page.getByRole("button", { name: "Send the report" }));
    await page.keyboard.press("Enter");
    const contact = page.getByLabel("Your email address (optional)");
    await page.waitForFunction(
        () => document.querySelector('input[name="contact"]').getAttribute("aria-invalid") === "true",
    );
    check(await contact.evaluate((one) => one === document.activeElement), "the wrong address has the focus");
    await looks(page, "report-form");
    await contact.focus();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("ada@example.com");
    await page.keyboard.press("Enter");
    const sent = page.getByRole("region", { name: "Report sent" });
    await sent.waitFor();
    const [number, secret] = await sent.locator("dd").allTextContents();
    check(secret.length > 20, `a secret: ${secret}`);
    await looks(page, "report-sent");
    await follow(page, { number, secret }, "Open");
    return { number, secret };
}

/** Ask for the state of a report. */
async function follow(page, { number, secret }, state) {
    if (!(await page.getByLabel("Number", { exact: true }).isVisible()))
        await page.getByText("See the state of a report").click();
    await page.getByLabel("Number", { exact: true }).fill(number);
    await page.getByLabel("Secret", { exact: true }).fill("a wrong one");
    await page.getByRole("button", { name: "Show the state" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Secret", { exact: true }).fill(secret);
    await page.getByRole("button", { name: "Show the state" }).click();
    await page.getByText(new RegExp(`^${state}: `)).waitFor();
}

/** An operator withdraws the film with one click; return the status of its file before and after. */
async function decided(browser, { number }, film) {
    const who = await visitor(browser);
    const { page } = who;
    await page.goto(`${BASE}/operate`);
    await page.getByLabel("Token").fill(process.env.STUDIO_TOKEN);
    await page.getByRole("button", { name: "Open" }).click();
    const report = page.locator(`[data-report="${number}"]`);
    await report.getByText(/^4[78] h/).waitFor();
    await report.getByText("I never agreed to this film.").waitFor();
    await report.getByRole("button", { name: `Show the video of ${film.job_id}` }).click();
    await report.locator("video").waitFor();
    await page.getByRole("region", { name: "Reports", exact: true }).scrollIntoViewIfNeeded();
    await looks(page, "operate-reports");
    await report.getByLabel("Note to the reporter").fill("Withdrawn today.");
    const open = () =>
        page.request.get(`${BASE}${new URL(film.url, BASE).pathname}`, {
            headers: { "X-Session-ID": film.session_id },
        });
    const before = (await open()).status();
    const answered = page.waitForResponse((answer) => answer.url().endsWith(`/api/reports/${number}/withdraw`));
    await report.getByRole("button", { name: "Withdraw", exact: true }).click();
    check((await answered).ok(), "withdrawn");
    const began = Date.now();
    const after = (await open()).status();
    const ms = Date.now() - began;
    await report.waitFor({ state: "detached" });
    await shot(page, "operate-withdrawn");
    clean(who);
    return { before, after, ms };
}

/** Without the file: an address, on the page that links lead to. */
async function reportByLink(page) {
    await page.goto("about:blank");
    await page.goto(`${BASE}/report`);
    await page.getByRole("heading", { name: "Report a video" }).waitFor();
    await page.getByRole("button", { name: "Send the report" }).click();
    await page.getByText("Give the address of the video").waitFor();
    await page.getByLabel("Address of the video").fill("https://example.com/film/1");
    await page.getByLabel("What is wrong?").fill("It is my voice, and I never agreed.");
    await page.getByRole("radio", { name: "It is my voice" }).check({ force: true });
    await page.getByRole("button", { name: "Send the report" }).click();
    await page.getByRole("region", { name: "Report sent" }).waitFor();
}
