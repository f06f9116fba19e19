// A page in light and dark, on a desktop and a phone: axe, no sideways scrolling, and a picture of each.
import { accessible } from "./axe.mjs";
import { SIZES, check, shot } from "./browser.mjs";

export async function looks(page, name) {
    for (const theme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
        for (const [size, viewport] of Object.entries(SIZES)) {
            await page.setViewportSize(viewport);
            await accessible(page, `${name}, ${theme}, ${size}`);
            const wide = await page.evaluate(() => document.documentElement.scrollWidth);
            check(wide <= viewport.width, `${name}: nothing is wider than a ${size}: ${wide}`);
            await shot(page, `${name}-${size}-${theme}`);
        }
    }
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.setViewportSize(SIZES.desktop);
}

/** Press Tab until an element has the focus: what a keyboard alone can reach. */
export async function tabTo(page, locator, most = 80) {
    for (let pressed = 0; pressed < most; pressed++) {
        if (await locator.evaluate((element) => element === document.activeElement)) return;
        await page.keyboard.press("Tab");
    }
    throw new Error(`not reached by Tab: ${locator}`);
}
