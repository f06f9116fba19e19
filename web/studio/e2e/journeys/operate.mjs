// An operator who is asked for the token: a wrong one stays outside, the right one sees the house.
import { accessible } from "../axe.mjs";
import { BASE, check, clean, shot, visitor, withBrowser } from "../browser.mjs";

export const journey = () =>
  withBrowser(async (browser) => {
    const who = await visitor(browser);
    const { page } = who;
    await page.goto(`${BASE}/operate`);
    await page.getByLabel("Token").fill("a wrong one");
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByRole("alert").waitFor();
    await accessible(page, "the gate");
    await shot(page, "operate-gate");
    await page.getByLabel("Token").fill(process.env.STUDIO_TOKEN);
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByRole("row", { name: /lite@/ }).nth(1).waitFor();
    await page.getByRole("button", { name: "Clean", exact: true }).click();
    await page.getByText("MB were freed").waitFor();
    await accessible(page, "operate");
    const nodes = await page.getByRole("row", { name: /lite@/ }).count();
    check(nodes > 0, "nodes are there");
    clean(who);
    return { nodes };
  });
