// Credits where videos cost some: what there is, a budget set and removed; and the hosted models, compared for a clip.
import { BASE, check, clean, visitor, withBrowser } from "../browser.mjs";
import { looks } from "../looks.mjs";

export const journey = () =>
    withBrowser(async (browser) => {
        const who = await visitor(browser);
        const { page } = who;
        await page.goto(`${BASE}/credits`);
        await page.getByText("Sign in to see your credits.").waitFor();
        await page.goto(`${BASE}/account/sign-up`);
        await page.getByLabel("Email address").fill("ada@example.org");
        await page.getByLabel("Password", { exact: true }).fill("three unrelated words");
        await page.getByRole("button", { name: "Create account" }).press("Enter");
        await page.getByRole("link", { name: /Your account/ }).waitFor();
        await page.getByRole("link", { name: "Credits", exact: true }).click();
        const available = await page.locator("[data-available]").getAttribute("data-available");
        await page.getByLabel("Credits", { exact: true }).fill("nothing");
        await page.getByRole("button", { name: "Set the budget" }).press("Enter");
        await page.getByText("Enter a number of credits.").waitFor();
        await page.getByLabel("Credits", { exact: true }).fill("7");
        await page.getByRole("button", { name: "Set the budget" }).press("Enter");
        await page.getByText("0 of 7 credits a month").waitFor();
        await looks(page, "credits");
        await page.getByRole("button", { name: "Remove the budget of a month" }).press("Enter");
        await page.getByText("0 of 7 credits a month").waitFor({ state: "detached" });
        await page.getByRole("link", { name: "Models", exact: true }).click();
        await page.locator("[data-model]").first().waitFor();
        await page.locator('[data-fits="true"]').first().waitFor();
        await page.getByLabel("The person in it speaks").press("Space");
        await page.getByText("it lets no person speak").first().waitFor();
        await page.getByLabel("Search in names").fill("wan");
        const models = await page.locator("[data-model]").count();
        check(models > 0, "a model is found by its name");
        await looks(page, "models");
        clean(who);
        return { available: Number(available), models };
    });
