// Screenshots of every state, in both sizes and themes, for a person to look at.
import * as gallery from "../gallery.mjs";
import { withBrowser } from "../browser.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        await gallery.emptiness(browser, "light");
        for (const [size, theme] of [
            ["desktop", "light"],
            ["phone", "dark"],
        ]) {
            const name = `${size}-${theme}`;
            const { page } = await gallery.make(browser, size, theme, name);
            await gallery.film(page, name);
            await gallery.operate(browser, size, theme, name);
        }
        return {};
    });
