// A voice recorded from Chromium's fake microphone, with a device, a text to read and a part of it kept.
import { accessible } from "../axe.mjs";
import { CREATE, check, clean, shot, visitor, withBrowser } from "../browser.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const phone = await visitor(browser, { size: "phone" });
        await phone.page.goto(CREATE);
        check(await phone.page.getByText("Take a photo").isVisible(), "the camera on a phone");
        check((await phone.page.locator("input[capture=user]").count()) === 1, "the front camera");
        await record(phone, "phone");
        await phone.context.close();
        const who = await visitor(browser);
        await who.page.goto(CREATE);
        check(!(await who.page.getByText("Take a photo").isVisible()), "no camera button with a mouse");
        const answer = await record(who, "desktop");
        await trim(who.page);
        clean(who);
        return answer;
    });

/** Record by keyboard. */
async function record({ page }, name) {
    await page.getByRole("button", { name: "Record in the browser" }).focus();
    await page.keyboard.press("Enter");
    const begin = page.getByRole("button", { name: "Start recording" });
    await begin.waitFor();
    const devices = await page.getByLabel("Microphone").locator("option").allTextContents();
    check(devices.length >= 1 && devices.every((device) => device.length > 3), `devices: ${devices}`);
    await page.getByLabel("Microphone").selectOption({ index: devices.length - 1 });
    await begin.waitFor();
    await page.getByRole("group", { name: "Text to read aloud" }).waitFor();
    await page.waitForFunction(
        () => Number(document.querySelector('[role="meter"]')?.getAttribute("aria-valuenow")) > 20,
    );
    check((await page.getByRole("timer").innerText()) === "0:00", "not recording yet");
    await shot(page, `record-ready-${name}`);
    await begin.focus();
    await page.keyboard.press("Enter");
    const stop = page.getByRole("button", { name: "Stop and use" });
    check(await stop.isDisabled(), "a recording of no seconds");
    await accessible(page, "a recording under way");
    await shot(page, `record-running-${name}`);
    await page.waitForFunction(() =>
        [...document.querySelectorAll("button")].some(
            (button) => button.textContent === "Stop and use" && !button.disabled,
        ),
    );
    const sent = page.waitForResponse((answer) => answer.url().endsWith("/upload/audio"));
    await stop.focus();
    await page.keyboard.press("Enter");
    const answer = await (await sent).json();
    check(answer.kind === "voice", JSON.stringify(answer));
    await page.getByText("The recording was accepted").waitFor();
    await shot(page, `record-done-${name}`);
    return answer;
}

/** Keep two seconds of it. */
async function trim(page) {
    const keep = page.getByRole("button", { name: "Keep this part" });
    await page.getByLabel("From second").fill("2");
    await page.getByLabel("To second").fill("1");
    check(await keep.isDisabled(), "an end before the start");
    await page.getByLabel("From second").fill("0.5");
    await page.getByLabel("To second").fill("2.5");
    await page.getByRole("button", { name: "Hear this part" }).click();
    const sent = page.waitForResponse((answer) => answer.url().endsWith("/upload/audio"));
    await keep.click();
    const { upload_id, bytes } = await (await sent).json();
    check(upload_id && bytes > 96_000 && bytes < 300_000, `two seconds: ${bytes}`);
    await page.getByText("The recording was accepted").waitFor();
}
