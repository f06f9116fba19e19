// The scenes of a project are watched as they are finished, with the HLS player of the page; the test finishes them.
import { writeFileSync } from "node:fs";
import { BASE, check, clean, file, visitor, withBrowser } from "../browser.mjs";
import { accessible } from "../axe.mjs";

const PATIENCE = 90_000;

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page, context } = who;
        const [name, value] = process.env.STUDIO_COOKIE.split("=");
        await context.addCookies([{ name, value, url: BASE }]);
        const players = [];
        page.on("request", (request) => /\/hls-[^/]*\.js/.test(request.url()) && players.push(request.url()));
        await page.goto(`${BASE}/projects/${process.env.STUDIO_PROJECT}`);
        await page.locator('[data-clip][data-state="waiting"]').first().waitFor();
        check((await page.locator("[data-watchable]").count()) === 0, "nothing can be watched yet");
        writeFileSync(file("waiting"), "");
        const watch = page.getByRole("button", { name: "Watch the finished scenes" });
        await watch.waitFor({ timeout: PATIENCE });
        check(players.length === 0, "the player is not loaded before it is wanted");
        await accessible(page, "a scene to watch");
        await watch.click();
        const video = page.getByLabel("The finished scenes so far");
        const first = await seen(video, 0.5);
        writeFileSync(file("watching"), "");
        const reached = await seen(video, 2.3); // beyond the first scene, which lasts two seconds
        await video.evaluate(
            (element) =>
                new Promise((resolve) => {
                    if (element.ended) resolve();
                    else element.addEventListener("ended", resolve);
                }),
        );
        const end = await video.evaluate((element) => ({
            seconds: element.duration,
            frames: element.getVideoPlaybackQuality().totalVideoFrames,
            error: element.error?.message ?? null,
        }));
        check(players.length === 1, "the player was loaded");
        check((await page.getByRole("alert").count()) === 0, "no message of a failure");
        clean(who);
        return { first, reached, end };
    });

/** Wait until a moment of the video is played; return the colour in its middle, and its size. */
async function seen(video, moment) {
    return video.evaluate(
        (element, moment) =>
            new Promise((resolve) => {
                const look = () => {
                    if (element.currentTime < moment) return void requestAnimationFrame(look);
                    const { videoWidth: width, videoHeight: height } = element;
                    const canvas = Object.assign(document.createElement("canvas"), { width, height });
                    const brush = canvas.getContext("2d");
                    brush.drawImage(element, 0, 0);
                    const [red, green, blue] = brush.getImageData(width / 2, height / 2, 1, 1).data;
                    resolve({ width, height, red, green, blue });
                };
                look();
            }),
        moment,
    );
}
