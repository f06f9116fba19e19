// A voice recorded from Chromium's fake microphone, encoded as WAV in the browser.
import { accessible } from "../axe.mjs";
import { CREATE, check, clean, shot, visitor, withBrowser } from "../browser.mjs";

export const journey = () =>
  withBrowser(async (browser) => {
    const who = await visitor(browser);
    const { page } = who;
    await page.goto(CREATE);
    await page.getByRole("button", { name: "Record in the browser" }).click();
    const stop = page.getByRole("button", { name: "Stop and use" });
    await stop.waitFor();
    await page.waitForFunction(() => Number(document.querySelector('[role="meter"]')?.getAttribute("aria-valuenow")) > 20);
    await shot(page, "make-recording");
    await accessible(page, "a recording under way");
    await page.waitForFunction(() => !document.querySelector('[role="timer"]').previousElementSibling.previousElementSibling.disabled);
    const sent = page.waitForResponse((answer) => answer.url().endsWith("/upload/audio"));
    await stop.click();
    const answer = await (await sent).json();
    check(answer.kind === "voice", JSON.stringify(answer));
    await page.getByText("The recording was accepted").waitFor();
    await shot(page, "make-recorded");
    clean(who);
    return answer;
  });
