// Check a page with axe; a serious finding fails the journey.
import { createRequire } from "node:module";
import { check } from "./browser.mjs";

const { source } = createRequire(import.meta.url)("axe-core");

export async function accessible(page, where) {
    await page.evaluate(source);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const grave = violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(
            ({ id, nodes }) =>
                `${id}: ${nodes
                    .slice(0, 3)
                    .map((node) => `${node.html} ${node.failureSummary}`)
                    .join(" | ")}`,
        );
    check(grave.length === 0, `axe on ${where}:\n${grave.join("\n")}`);
}
