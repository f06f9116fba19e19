// The page for operators: token, nodes, failed jobs, quarantined files, and ending a session.
import { accessible } from "../axe.mjs";
import { CREATE, BASE, FACE, clean, file, shot, visitor, withBrowser } from "../browser.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const guest = await sender(browser);
        const who = await visitor(browser);
        const { page } = who;
        await enter(page);
        const nodes = await page.getByRole("row", { name: /lite@/ }).count();
        await drained(page);
        await page.getByRole("img", { name: /^1 video finished, 1 failed/ }).waitFor();
        await page.getByRole("region", { name: "Jobs" }).locator("[data-listed]").first().waitFor();
        await page
            .getByRole("region", { name: "Analytics" })
            .getByRole("img", { name: /^Videos: / })
            .waitFor();
        await shot(page, "operate-busy");
        await press(
            page.getByRole("region", { name: "Failures" }).locator("li", { hasText: "ENGINE_BROKEN" }),
            "Retry",
            "Retry 1 job",
        );
        await page.getByText("1 job retried").waitFor();
        await reviewQuarantine(page, guest.page);
        await press(page.locator("li", { hasText: "studio-" }), "End", "End and delete files");
        await page.locator("li", { hasText: "studio-" }).waitFor({ state: "detached" });
        await guest.page.getByLabel(FACE).setInputFiles(file("face.png"));
        await guest.page.getByText("The picture was accepted").waitFor(); // in a session of its own
        await press(page, "Clean up");
        await page.getByText("MB freed").waitFor();
        const flower = await page.getByRole("link", { name: "Flower" }).getAttribute("href");
        await accessible(page, "operate");
        await signOutAndIn(page);
        clean(who);
        return { nodes, flower };
    });

/** Open a visitor whose files are quarantined. */
async function sender(browser) {
    const guest = await visitor(browser);
    await guest.page.goto(CREATE);
    for (const name of ["hostile.png", "packed.png"]) {
        await guest.page.getByLabel(FACE).setInputFiles(file(name));
        await guest.page.getByText(`The picture was refused: ${name}`).waitFor();
    }
    return guest;
}

async function enter(page) {
    await page.goto(`${BASE}/operate`);
    await page.getByLabel("Token").fill("a wrong one");
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByRole("alert").waitFor();
    await accessible(page, "the sign-in form");
    await shot(page, "operate-sign-in");
    await page.getByLabel("Token").fill(process.env.STUDIO_TOKEN);
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByRole("row", { name: /lite@/ }).nth(1).waitFor();
}

/** Sign out, and in again with a link, which works once. */
async function signOutAndIn(page) {
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
    await page.reload();
    await page.getByLabel("Token").waitFor();
    const link = `${BASE}/operate#link=${process.env.STUDIO_LINK}`;
    await page.goto("about:blank");
    await page.goto(link);
    await page.getByRole("row", { name: /lite@/ }).nth(1).waitFor();
    if (page.url().includes("link=")) throw new Error("the code is left in the address");
    await page.reload();
    await page.getByRole("row", { name: /lite@/ }).nth(1).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.goto("about:blank");
    await page.goto(link);
    await page.getByRole("alert").waitFor();
}

async function drained(page) {
    const node = page.getByRole("row", { name: /lite@/ }).first();
    await press(node, "Drain", "Yes, after its task");
    await node.getByText("drained").waitFor();
    await press(node, "Resume");
    await node.getByRole("button", { name: "Drain" }).waitFor();
}

async function reviewQuarantine(page, guest) {
    await press(page.locator("li", { hasText: "packed.png" }), "Approve", "Re-encode and release");
    await page.locator("li", { hasText: "packed.png" }).waitFor({ state: "detached" });
    await guest.getByText("refused").waitFor({ state: "detached" });
    await guest.getByRole("img", { name: "The face" }).waitFor();
    await press(page.locator("li", { hasText: "hostile.png" }), "Delete", "Delete permanently");
    await page.getByText("No quarantined files").waitFor();
}

/** Press a button, and the one that confirms it. */
async function press(within, name, sure) {
    await within.getByRole("button", { name, exact: true }).click();
    if (sure) await within.getByRole("button", { name: sure }).click();
}
