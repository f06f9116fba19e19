// The page of docs/frontends.md, served by another origin (STUDIO_PAGE), makes and shows a video.
import { check, file, shot, visitor, withBrowser } from "../browser.mjs";

export async function journey() {
    return withBrowser(async (browser) => {
        const { page } = await visitor(browser);
        const refused = [];
        page.on("requestfailed", (request) => {
            const failure = `${request.url()} ${request.failure().errorText}`;
            // Chromium calls a stream with `Cache-Control: no-store` aborted, although fetch has read it to its end;
            // it does so for any server, and not without the header, which keeps events out of caches.
            if (!failure.endsWith("/events net::ERR_ABORTED")) refused.push(failure);
        });
        page.on("console", (said) => said.type() === "error" && refused.push(said.text()));
        await page.goto(process.env.STUDIO_PAGE);
        await page.locator("[name=face]").setInputFiles(file("face.png"));
        await page.getByRole("button", { name: "Make it" }).click();
        const video = page.locator("#video[src]");
        await video.waitFor({ state: "attached" });
        await page.waitForFunction(() => document.getElementById("video").readyState >= 1);
        const seen = await page.evaluate(() => ({
            src: document.getElementById("video").src,
            width: document.getElementById("video").videoWidth,
            percent: document.getElementById("bar").value,
        }));
        await shot(page, "another-front-end");
        check(refused.length === 0, `nothing is refused: ${refused}`);
        return seen;
    });
}
