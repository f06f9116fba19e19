// A full server, and one that does not answer: both are shown with a remedy.
import { accessible } from "../axe.mjs";
import { CREATE, BASE, FACE, check, clean, file, shot, visitor, withBrowser } from "../browser.mjs";
import { wire } from "../wire.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const first = await visitor(browser);
        await first.page.goto(CREATE);
        await first.page.getByLabel(FACE).setInputFiles(file("face.png"));
        await first.page.getByText("The picture was accepted").waitFor();
        const second = await visitor(browser);
        await second.page.goto(CREATE);
        await second.page.getByLabel(FACE).setInputFiles(file("face.png"));
        const said = await second.page.getByRole("alert").innerText();
        await accessible(second.page, "a full server");
        await shot(second.page, "make-full");
        clean(second);
        const line = await wire(BASE);
        const third = await visitor(browser, { base: line.url });
        await third.page.goto(`${line.url}/create`);
        await third.page.getByText("Drop a portrait here").waitFor();
        line.cut();
        await third.page.getByLabel(FACE).setInputFiles(file("face.png"));
        await third.page.getByText("The server does not answer").first().waitFor();
        await shot(third.page, "make-offline");
        line.close();
        check(third.elsewhere.length === 0, "nothing elsewhere");
        return { said };
    });
