// A job is made from the picture that the page shows: not from an earlier one while the next is
// being sent, nor after the next was refused.
import { CREATE, FACE, check, clean, file, visitor, withBrowser } from "../browser.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        const start = page.getByRole("button", { name: "Make the video" });
        const accepted = page.getByText("The picture was accepted");
        const started = [];
        page.on("request", (request) => {
            if (new URL(request.url()).pathname === "/process/start") started.push(request.postDataJSON());
        });
        await page.goto(CREATE);
        await page.getByLabel("Script", { exact: true }).fill("Hello there.");
        await page.getByLabel(FACE).setInputFiles(file("other.png"));
        await accepted.waitFor();
        check(await start.isEnabled(), "a start with the first picture");

        let letGo;
        const held = new Promise((resume) => (letGo = resume));
        await page.route("**/upload/face", async (route) => {
            await held;
            await route.continue();
        });
        await page.getByLabel(FACE).setInputFiles(file("hostile.png"));
        await page.getByText("Checking hostile.png").first().waitFor();
        check(await start.isDisabled(), "no start while the next picture is being sent");
        letGo();
        await page.getByText("The picture was refused: hostile.png").waitFor();
        check(await start.isDisabled(), "no start after the next picture was refused");
        await page.unroute("**/upload/face");

        const answer = page.waitForResponse((response) => response.url().endsWith("/upload/face"));
        await page.getByLabel(FACE).setInputFiles(file("face.png"));
        const { upload_id: shown } = await (await answer).json();
        await accepted.waitFor();
        // Another tab of the same session sends a newer picture; this page goes on showing its own.
        const session = await page.evaluate(() =>
            Object.values(localStorage).find((value) => /^[0-9a-f]{32}$/.test(value)),
        );
        await page.evaluate(async (id) => {
            const picture = await (await fetch(document.querySelector('img[alt="The face"]').src)).blob();
            const form = new FormData();
            form.append("session_id", id);
            form.append("file", picture, "newer.png");
            await fetch("/upload/face", { method: "POST", body: form });
        }, session);
        await start.click();
        await page.locator("[data-job]").waitFor();
        check(
            started.length === 1 && started[0].face_upload_id === shown,
            `the picture that is shown: ${JSON.stringify(started)}`,
        );
        clean(who);
        return { started };
    });
