// Mails that the server, or a mail server of the test, writes to files.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Find a link in the mails in a folder; one is written after the response. */
export async function mailed(link) {
    const folder = process.env.STUDIO_MAILS;
    for (const end = Date.now() + 20_000; Date.now() < end;) {
        const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".eml"));
        for (const name of names) {
            const text = readFileSync(join(folder, name), "utf8")
                .replaceAll(/=\r?\n/g, "")
                .replaceAll("=3D", "=");
            const found = link.exec(text);
            if (found) return found[1];
        }
        await new Promise((resume) => setTimeout(resume, 50));
    }
    throw new Error(`no mail with ${link}`);
}
