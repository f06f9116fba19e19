// The library of faces: added by every way, judged, found, shared, moderated with an appeal, used in a video.
import { readFileSync } from "node:fs";
import { BASE, check, clean, file, visitor, withBrowser } from "../browser.mjs";
import { focused, looks, tabTo } from "../looks.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page, context } = who;
        await context.grantPermissions(["clipboard-read", "clipboard-write"]);
        await page.goto(`${BASE}/faces`);
        await page.getByText("No pictures yet.").waitFor();
        await looks(page, "faces-empty");
        await judged(page);
        await refused(page);
        await again(page);
        await pasted(page);
        await looks(page, "faces");
        await renamedByKeyboard(page);
        await searched(page);
        await linked(page);
        await moderated(browser, page);
        await deleted(page);
        const started = await used(page);
        clean(who);
        return started;
    });

const card = (page, name) => page.getByRole("article", { name, exact: true });

/** A portrait is added with its verdict: the face in its box, and that it can be used. */
async function judged(page) {
    await page.getByLabel("Add a picture").setInputFiles(file("face.png"));
    await page.getByText("“face.png” was added.").waitFor();
    const one = card(page, "face.png");
    await one.getByText(/One face, usable|1 face/).waitFor();
    check((await one.locator('[data-face="usable"]').count()) === 1, "a box around the face");
    const inside = await one.evaluate((element) => {
        const [box, image] = ["[data-face]", "img"].map((which) =>
            element.querySelector(which).getBoundingClientRect(),
        );
        return (
            box.left >= image.left &&
            box.right <= image.right &&
            box.top >= image.top &&
            box.bottom <= image.bottom &&
            box.width > 10
        );
    });
    check(inside, "the box lies in the picture");
}

/** A file that is no picture says so; a picture without a face is kept, and says that it makes no video. */
async function refused(page) {
    await page.getByLabel("Add a picture").setInputFiles(file("hostile.png"));
    await page.getByText("The picture was refused: hostile.png").waitFor();
    await looks(page, "faces-refused");
    await page.getByLabel("Add a picture").setInputFiles(file("other.png"));
    await card(page, "other.png")
        .getByText(/^No video can be made of it/)
        .waitFor();
    await page.getByText("The picture was refused").waitFor({ state: "detached" });
}

/** The same file a second time is not stored twice. */
async function again(page) {
    await page.getByLabel("Add a picture").setInputFiles(file("face.png"));
    await page.getByText("You have this picture already: “face.png”. It was not stored a second time.").waitFor();
    check((await page.getByRole("article").count()) === 2, "two pictures");
}

/** A picture from the clipboard, and one that is dropped beside the box. */
async function pasted(page) {
    const bytes = readFileSync(file("pasted.png")).toString("base64");
    for (const [kind, name] of [
        ["paste", "pasted.png"],
        ["drop", "dropped.png"],
    ]) {
        await page.evaluate(
            async ({ bytes, kind, name }) => {
                const data = new DataTransfer();
                data.items.add(
                    new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name, {
                        type: "image/png",
                    }),
                );
                const event =
                    kind === "paste"
                        ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
                        : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
                document.querySelector("footer").dispatchEvent(event);
            },
            { bytes, kind, name },
        );
        // Equal bytes: the second is known by the name of the first.
        await page
            .getByText(kind === "paste" ? "“pasted.png” was added." : "You have this picture already: “pasted.png”")
            .waitFor();
    }
}

async function renamedByKeyboard(page) {
    const button = card(page, "face.png").getByRole("button", { name: "Rename" });
    await tabTo(page, button, 120);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    check(await button.evaluate((one) => one === document.activeElement), "the focus returns to the button");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("Ada at work");
    await page.keyboard.press("Enter");
    await card(page, "Ada at work").waitFor();
}

async function searched(page) {
    const field = page.getByRole("searchbox", { name: "Search in names" });
    await field.fill("no such name");
    await page.getByText("No name contains “no such name”.").waitFor();
    await field.fill("ada");
    await card(page, "Ada at work").waitFor();
    check((await page.getByRole("article").count()) === 1, "one picture is found");
    await field.fill("");
    await card(page, "other.png").waitFor();
    await card(page, "other.png").getByRole("button", { name: "Find similar" }).click();
    await page.getByText("Faces that look like “other.png”").waitFor();
    await page.getByRole("button", { name: "Show all" }).click();
    await card(page, "Ada at work").waitFor();
}

/** A link for 15 minutes opens without the cookie; a public address needs an account, and says so. */
async function linked(page) {
    const one = card(page, "Ada at work");
    await one.getByRole("button", { name: "Copy link" }).click();
    await one.getByText("The link was copied. It works for 15 minutes.").waitFor();
    const url = await page.evaluate(() => navigator.clipboard.readText());
    const opened = await fetch(url);
    check(opened.status === 200, `the link opens the picture without a cookie: ${opened.status}`);
    await one.getByRole("button", { name: "Make public" }).click();
    await one.getByText(/sign in|account/i).waitFor();
}

/** An operator rejects the picture, its owner appeals, and an operator approves it. */
async function moderated(browser, page) {
    const operator = await visitor(browser);
    const { page: desk } = operator;
    await desk.goto(`${BASE}/operate`);
    await desk.getByLabel("Token").fill(process.env.STUDIO_TOKEN);
    await desk.getByRole("button", { name: "Open" }).click();
    await desk.getByText("Waiting tasks").waitFor();
    const { images } = await page.evaluate(async () => (await fetch("/api/images")).json());
    const { id } = images.find(({ name }) => name === "Ada at work");
    const status = await desk.evaluate(async (id) => {
        const body = JSON.stringify({ decision: "reject", reason: "It looks like a document." });
        return (
            await fetch(`/moderation/${id}`, { method: "POST", body, headers: { "Content-Type": "application/json" } })
        ).status;
    }, id);
    check(status === 200, `an operator rejects: ${status}`);
    await page.reload();
    const one = card(page, "Ada at work");
    await one.getByText("Rejected: It looks like a document.").waitFor();
    check(
        (await one.getByRole("button", { name: /^Use / }).count()) === 0,
        "a rejected picture is not offered for a video",
    );
    await one.getByRole("button", { name: "Send the appeal" }).click();
    await one.getByText("Say why the picture is allowed.").waitFor();
    await looks(page, "faces-rejected");
    await one.getByLabel("Why is it allowed?").fill("It is my portrait.");
    await one.getByLabel("Why is it allowed?").press("Tab");
    await page.keyboard.press("Enter");
    await one.getByText("You have appealed.").waitFor();
    const queued = desk.locator(`[data-image="${id}"]`);
    await queued.getByText("It is my portrait.").waitFor();
    await looks(desk, "operate-moderation");
    await queued.getByRole("button", { name: "Approve" }).click();
    await queued.waitFor({ state: "detached" });
    await page.reload();
    await card(page, "Ada at work").getByRole("button", { name: "Use in a new video: Ada at work" }).waitFor();
    clean(operator);
}

async function deleted(page) {
    const one = card(page, "other.png");
    await one.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("alertdialog").getByText("Finished videos stay.").waitFor();
    await looks(page, "faces-delete");
    await page.keyboard.press("Escape");
    await focused(page, one.getByRole("button", { name: "Delete", exact: true }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByRole("button", { name: "Delete for good" }));
    await page.keyboard.press("Enter");
    await page.getByText("“other.png” was deleted.").waitFor();
    await one.waitFor({ state: "detached" });
}

/** The picture is the face of the next video. */
async function used(page) {
    await card(page, "Ada at work").getByRole("button", { name: "Use in a new video: Ada at work" }).click();
    await page.getByText("From your library: Ada at work").waitFor();
    const { images } = await page.evaluate(async () => (await fetch("/api/images")).json());
    await page.getByLabel("Script", { exact: true }).fill("Hello from the library.");
    const start = page.waitForRequest((request) => new URL(request.url()).pathname === "/process/start");
    await page.getByRole("button", { name: "Make the video" }).click();
    const sent = (await start).postDataJSON();
    check(
        sent.face_image_id === images.find(({ name }) => name === "Ada at work").id,
        `the start names the picture: ${JSON.stringify(sent)}`,
    );
    return { started: Boolean(sent.face_image_id) };
}
