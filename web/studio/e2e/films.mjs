// Films for journeys that begin where a film is finished: made over the API, in the name of the page's visitor.
import { readFileSync, writeFileSync } from "node:fs";
import { BASE, check, file } from "./browser.mjs";

// Shorter ones have too little sound to be recognised by it.
const SCRIPT = "A call sheet tells everyone on a film set where to be, and when. Callsheet does the same for machines.";

/** Make a simulated film; return its job, its owner's session and the path of its file. */
export async function makeFilm(page, { picture = "face.png", name = "film.mp4", ...options } = {}) {
    const bytes = readFileSync(file(picture)).toString("base64");
    const made = await page.evaluate(
        async ({ bytes, options, SCRIPT }) => {
            const send = async (path, init = {}, headers = {}) => {
                const answer = await fetch(path, { ...init, headers: { ...headers, ...init.headers } });
                const body = await answer.json();
                if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(body)}`);
                return body;
            };
            const json = (body) => ({
                method: "POST",
                body: JSON.stringify(body),
                headers: { "Content-Type": "application/json" },
            });
            const { session_id } = await send("/session/create", json({ user_id: "a-visitor" }));
            const key = { "X-Session-ID": session_id };
            const form = new FormData();
            form.append("session_id", session_id);
            form.append("file", new Blob([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))]), "face.png");
            const { upload_id } = await send("/upload/face", { method: "POST", body: form }, key);
            const start = { session_id, script: SCRIPT, mode: "simulation", face_upload_id: upload_id, ...options };
            const { job_id } = await send("/process/start", json(start), key);
            for (;;) {
                const job = await send(`/api/jobs/${job_id}`, {}, key);
                if (job.finished_at)
                    return { job_id, session_id, state: job.state, url: job.result?.final_output?.url };
                await new Promise((resume) => setTimeout(resume, 200));
            }
        },
        { bytes, options, SCRIPT },
    );
    check(made.state === "succeeded", `the film is made: ${JSON.stringify(made)}`);
    const answer = await page.request.get(BASE + made.url, { headers: { "X-Session-ID": made.session_id } });
    check(answer.ok(), `the film can be opened: ${answer.status()}`);
    const path = file(name);
    writeFileSync(path, await answer.body());
    return { ...made, path };
}

/** Write a copy of a film with one changed byte. */
export function changeOneByte(path, name = "changed.mp4") {
    const bytes = readFileSync(path);
    bytes[bytes.length - 200] ^= 1;
    writeFileSync(file(name), bytes);
    return file(name);
}
