// More videos than one page of a status: each with its picture, place and progress; cancelled alone and together.
import { accessible } from "../axe.mjs";
import { BASE, CREATE, begin, check, clean, shot, visitor, withBrowser } from "../browser.mjs";
import { wire } from "../wire.mjs";

const MORE = 22;

export const journey = async () => {
    const line = await wire(BASE);
    try {
        return await withBrowser(async (browser) => {
            const who = await visitor(browser, { base: line.url });
            const { page } = who;
            await page.goto(CREATE.replace(BASE, line.url));
            await begin(page, { script: "The first film. It has two scenes." });
            await page.evaluate(startMore, MORE);
            await page
                .getByRole("navigation")
                .getByRole("link", { name: /^In progress/ })
                .click();
            await page.waitForFunction((jobs) => document.querySelectorAll("[data-listed]").length >= jobs, MORE);
            const listed = page.locator("[data-listed]");
            const jobs = await listed.count();
            await page.getByText("Next in the queue").first().waitFor();
            await page.locator('[data-listed][data-state="running"] [role="progressbar"]').first().waitFor();
            check((await listed.locator("img").count()) === jobs, "each has its picture");
            await accessible(page, "the queue");
            await shot(page, "queue-desktop");
            await cancelOne(page, line);
            await narrow(page);
            await cancelAll(page);
            clean(who);
            return { jobs };
        });
    } finally {
        line.close();
    }
};

/** Start further jobs with the session and the picture of the page. */
async function startMore(number) {
    const session_id = localStorage.getItem("callsheet.session");
    const headers = { "Content-Type": "application/json", "X-Session-ID": session_id };
    for (let film = 2; film <= number + 1; film++) {
        const body = JSON.stringify({
            session_id,
            script: `Film number ${film}. It has two scenes.`,
            mode: "simulation",
        });
        const answer = await fetch("/process/start", { method: "POST", headers, body });
        if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`);
    }
}

/** Without a connection: the page says so, and cancels when there is one again. */
async function cancelOne(page, line) {
    const last = page.getByRole("article", { name: `Film number ${MORE + 1}`, exact: false });
    line.cut();
    await last.getByRole("button", { name: /^Cancel/ }).click();
    await last.getByText("There is no connection.").waitFor();
    await page.getByText("The connection was lost").waitFor();
    await shot(page, "queue-offline");
    line.mend();
    await last.waitFor({ state: "detached" });
}

async function narrow(page) {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("button", { name: "Dark colours" }).click();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    check(wide <= 390, `nothing is wider than a phone: ${wide}`);
    await accessible(page, "the queue on a phone in dark colours");
    await shot(page, "queue-phone-dark", { fullPage: false });
}

/** By keyboard alone; the question can be left. */
async function cancelAll(page) {
    const button = page.getByRole("button", { name: "Cancel all", exact: true });
    await button.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("alertdialog", { name: "Cancel all" }).waitFor();
    await accessible(page, "asked before all are cancelled");
    const behind = () => getComputedStyle(document.documentElement).overflowY;
    check((await page.evaluate(behind)) === "hidden", "the page behind a question does not scroll");
    await page.keyboard.press("Escape");
    check((await page.evaluate(behind)) !== "hidden", "the page scrolls again when the question is left");
    await button.press("Enter");
    await page
        .getByRole("alertdialog", { name: "Cancel all" })
        .getByRole("button", { name: /^Cancel \d+ videos/ })
        .press("Enter");
    await page.getByText("being cancelled").waitFor();
    await page.getByRole("heading", { name: "Nothing in progress" }).waitFor();
}
