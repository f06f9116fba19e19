// A browser for one page: just enough of a document, and one submitted form.
// node browser.mjs ADDRESS FACE.png, beside page.mjs and socket.io.esm.min.js
import { readFile } from "node:fs/promises";

const [address, face] = process.argv.slice(2);
const element = () => ({ value: "", src: "" });
const elements = { form: element(), bar: element(), said: element(), video: element() };
elements.form.elements = {
  face: { files: [new File([await readFile(face)], "me.png", { type: "image/png" })] },
  script: { value: "Hello there." },
};
globalThis.location = { origin: address };
globalThis.document = { getElementById: (id) => elements[id] };

const seen = [];
Object.defineProperty(elements.bar, "value", { set: (percent) => seen.push(percent) });
const shown = new Promise((resolve) => {
  Object.defineProperty(elements.video, "src", { set: resolve });
});

await import("./page.mjs");
await elements.form.onsubmit({ preventDefault() {} });
if (elements.said.value) throw new Error(elements.said.value);
const src = await shown;
const video = await fetch(src);
const bytes = (await video.arrayBuffer()).byteLength;
console.log(JSON.stringify({ src, status: video.status, bytes, seen, said: elements.said.value }));
process.exit(0);
