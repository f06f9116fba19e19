// A large recording over a slow line: its progress, a cut in the middle, and another file in its place.
import { accessible } from "../axe.mjs";
import { BASE, VOICE, check, clean, file, shot, visitor, withBrowser } from "../browser.mjs";
import { wire } from "../wire.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const line = await wire(BASE);
        try {
            const who = await visitor(browser, { base: line.url });
            const { page } = who;
            const asked = [];
            page.on("request", (request) => {
                if (/^\/uploads?\b/.test(new URL(request.url()).pathname))
                    asked.push(`${request.method()} ${new URL(request.url()).pathname.split("/")[1]}`);
            });
            await page.goto(`${line.url}/create`);
            await page.getByText("Drop a portrait here").waitFor();
            const slow = await who.context.newCDPSession(page);
            await slow.send("Network.enable");
            const speed = (bytes) =>
                slow.send("Network.emulateNetworkConditions", {
                    offline: false,
                    latency: 20,
                    downloadThroughput: -1,
                    uploadThroughput: bytes,
                });
            await speed(1_500_000);
            await page.getByLabel(VOICE).setInputFiles(file("long.wav"));
            const bar = page.getByRole("progressbar", { name: "Sending long.wav" });
            await percent(page, 15);
            check(await page.getByRole("button", { name: "Make the video" }).isDisabled(), "no start while it is sent");
            await accessible(page, "an upload");
            await shot(page, "sending");
            line.cut();
            await page.getByText("The connection was lost. Sending long.wav continues by itself.").waitFor();
            await shot(page, "sending-cut");
            line.mend();
            await speed(-1);
            await page.getByText("The recording was accepted").waitFor();
            check((await bar.count()) === 0, "the bar is gone");
            check(asked.filter((one) => one === "POST uploads").length === 1, `begun once: ${asked}`);
            check(asked.includes("HEAD uploads"), `asked where to go on: ${asked}`);

            // Another file takes the place of one on its way, which is given up.
            await speed(400_000);
            await page.getByLabel(VOICE).setInputFiles(file("long.wav"));
            await percent(page, 3);
            const gone = page.waitForRequest(
                (request) => request.method() === "DELETE" && request.url().includes("/uploads/"),
            );
            await page.getByLabel(VOICE).setInputFiles(file("voice.wav"));
            await gone;
            await speed(-1);
            await page.getByText("The recording was accepted").waitFor();
            await page.getByText("voice.wav").first().waitFor();
            clean(who);
            return { asked };
        } finally {
            line.close();
        }
    });

const percent = (page, least) =>
    page.waitForFunction(
        (wanted) =>
            Number(document.querySelector('[aria-label="Sending long.wav"]')?.getAttribute("aria-valuenow")) >= wanted,
        least,
    );
