// Two visitors at once: neither sees anything of the other.
import { CREATE, begin, check, clean, finished, visitor, withBrowser } from "../browser.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const [one, two] = [await visitor(browser), await visitor(browser)];
        await one.page.goto(CREATE);
        await two.page.goto(CREATE);
        await begin(one.page, { script: "The first visitor speaks." });
        await begin(two.page, { script: "The second visitor speaks." });
        await Promise.all([finished(one.page), finished(two.page)]);
        const jobs = await Promise.all(
            [one, two].map(({ page }) => page.locator("[data-job]").getAttribute("data-job")),
        );
        check(jobs[0] !== jobs[1], "each has a job of their own");
        for (const [who, theirs] of [
            [one, "second"],
            [two, "first"],
        ]) {
            await who.page.getByRole("link", { name: "Videos", exact: true }).click();
            await who.page.getByText("1 video").waitFor();
            check((await who.page.getByText(`The ${theirs} visitor`).count()) === 0, "nothing of the other's is there");
            clean(who);
        }
        return { jobs };
    });
