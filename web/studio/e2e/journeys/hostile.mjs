// A program disguised as a picture is refused with a reason, and a good file is accepted afterwards.
import { accessible } from "../axe.mjs";
import { CREATE, FACE, check, clean, file, shot, visitor, withBrowser } from "../browser.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        await page.goto(CREATE);
        await page.getByLabel(FACE).setInputFiles(file("hostile.png"));
        const refusal = page.getByRole("alert").filter({ hasText: "hostile.png" });
        await refusal.getByText("The picture was refused: hostile.png").waitFor();
        const said = await refusal.innerText();
        check(/content|name/i.test(said) && said.split("\n").length > 2, `layer and remedy: ${said}`);
        check(await page.getByRole("button", { name: "Make the video" }).isDisabled(), "no start without a face");
        await shot(page, "make-refused");
        await accessible(page, "a refusal");
        await page.getByLabel(FACE).setInputFiles(file("face.png"));
        await page.getByText("The picture was accepted").waitFor();
        check((await refusal.count()) === 0, "the refusal is gone");
        clean(who);
        return { said };
    });
