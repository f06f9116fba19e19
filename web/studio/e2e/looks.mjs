// A page in light and dark, on a desktop and a phone: axe, no sideways scrolling, and a picture of each.
import { accessible } from "./axe.mjs";
import { SIZES, check, shot } from "./browser.mjs";

export async function looks(page, name) {
    for (const theme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
        // The page follows a moment later; axe would see colours of both.
        await page.waitForFunction((theme) => document.documentElement.dataset.theme === theme, theme);
        // With reduced motion every change of a colour is a transition, if a very short one.
        await page.evaluate(() => {
            const transitions = document.getAnimations().filter((one) => one instanceof CSSTransition);
            return Promise.allSettled(transitions.map((one) => one.finished));
        });
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

/** Wait until an element has the focus. */
export const focused = (page, locator) => locator.and(page.locator(":focus")).waitFor();

/** Press Tab until an element has the focus: what a keyboard alone can reach. */
export async function tabTo(page, locator, most = 80) {
    for (let pressed = 0; pressed < most; pressed++) {
        if (await locator.evaluate((element) => element === document.activeElement)) return;
        await page.keyboard.press("Tab");
    }
    throw new Error(`not reached by Tab: ${locator}`);
}

/** Reach everything that can be pressed or filled by Tab alone, and see where the focus is. */
export async function keyboard(page, name) {
    const all = await page.evaluate(() => {
        const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
        const isStop = (one) =>
            one.tabIndex >= 0 &&
            !one.disabled &&
            one.checkVisibility({ visibilityProperty: true }) &&
            !(one.type === "radio" && !one.checked); // a group is one stop
        window.unreached = new Set(stops.filter(isStop));
        document.activeElement?.blur();
        return window.unreached.size;
    });
    for (let pressed = 0; pressed < 2 * all + 60; pressed++) {
        await page.keyboard.press("Tab");
        const { left, unseen } = await page.evaluate(() => {
            const now = document.activeElement;
            window.unreached.delete(now);
            let [around, unseen] = [now, !now.matches("video, audio")]; // their controls have a ring of their own
            for (let up = 0; up < 4 && around; up++, around = around.parentElement)
                if (getComputedStyle(around).outlineStyle !== "none") unseen = false;
            return { left: window.unreached.size, unseen: unseen && now !== document.body ? now.outerHTML : "" };
        });
        check(!unseen, `${name}: the focus is seen on ${unseen.slice(0, 200)}`);
        if (!left) return;
    }
    const left = await page.evaluate(() => [...window.unreached].map((one) => one.outerHTML.slice(0, 120)));
    check(false, `${name}: not reached by Tab: ${left.join("\n")}`);
}
