// A picture is judged when it is sent: none without a face is started, one of several faces is chosen by keyboard,
// and the preview is the server's crop.
import { accessible } from "../axe.mjs";
import { CREATE, FACE, check, chooseMode, clean, file, shot, visitor, withBrowser } from "../browser.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        const start = page.getByRole("button", { name: "Make the video" });
        await page.goto(CREATE);
        await page.getByLabel("Script", { exact: true }).fill("Hello there, this is one short scene.");
        await page.getByLabel(FACE).setInputFiles(file("other.png"));
        await page.getByText("This picture cannot be used").waitFor();
        check(await start.isDisabled(), "no start without a face");
        check((await page.getByText("The picture was accepted").count()) === 0, "not accepted either");
        await accessible(page, "a picture without a face");
        await shot(page, "verdict-no-face");

        await page.getByLabel(FACE).setInputFiles(file("pair.png"));
        await page.getByText("Whose face should speak?").waitFor();
        check(await start.isDisabled(), "no start before a face is chosen");
        const second = page.getByRole("button", { name: "Face 2" });
        await second.focus();
        await page.keyboard.press("Enter");
        check((await second.getAttribute("aria-pressed")) === "true", "the second face is chosen");
        await cropped(page, 9 / 16);
        await page.getByRole("radio", { name: "Landscape" }).check();
        await cropped(page, 16 / 9);
        await page.getByRole("radio", { name: "Portrait" }).check();
        await cropped(page, 9 / 16);
        await accessible(page, "a chosen face");
        await shot(page, "verdict-chosen");
        await chooseMode(page, "auto");
        check(await start.isEnabled(), "a start with the chosen face");
        const request = page.waitForRequest((one) => one.url().endsWith("/process/start"));
        await start.click();
        const sent = (await request).postDataJSON();
        await page.locator("[data-job]").waitFor();
        await page.getByRole("button", { name: "Cancel" }).click();
        clean(who);
        return { face_index: sent.face_index };
    });

/** The preview has the shape of the format, and is a crop of the server. */
async function cropped(page, ratio) {
    await page.waitForFunction((wanted) => {
        const image = document.querySelector('img[alt="What the video shows"]');
        return image && image.complete && Math.abs(image.naturalWidth / image.naturalHeight - wanted) < 0.02;
    }, ratio);
}
