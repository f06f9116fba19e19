// Opens the page of `/docs` in a DOM, searches for the words that are given, and prints what it shows.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [studio, pages, document_] = process.argv.slice(2);
const { JSDOM } = createRequire(`${studio}/package.json`)("jsdom");
const html = await readFile(`${pages}/docs.html`, "utf8");
const { window } = new JSDOM(html, { url: "http://127.0.0.1:5000/docs?q=webhook" });
const asked = [];
Object.assign(globalThis, {
  window, document: window.document, location: window.location, history: window.history,
  fetch: async (path) => {
    asked.push(path);
    return { json: async () => JSON.parse(await readFile(document_, "utf8")) };
  },
});
await import(pathToFileURL(`${pages}/docs.js`));

const $ = (id) => window.document.getElementById(id);
const shown = (selector) => [...window.document.querySelectorAll(selector)].filter(
  (element) => !element.closest("[hidden]"));
const links = () => [...$("results").querySelectorAll("a")].map((link) => link.textContent);
const seen = () => ({
  first: links().slice(0, 3),
  links: links().length,
  operations: shown("article").length,
  sections: shown("#operations section").length,
  errors: shown("#codes tbody tr").length,
  said: $("found").textContent,
  address: window.location.pathname + window.location.search,
});
const type = (words) => {
  $("query").value = words;
  $("query").dispatchEvent(new window.Event("input"));
  return seen();
};
const told = { opened: seen() };
for (const words of JSON.parse(process.argv[5])) told[words] = type(words);
type("startJob");
$("search").dispatchEvent(new window.Event("submit", { cancelable: true }));
told.entered = window.location.hash;
window.document.body.dispatchEvent(
  new window.KeyboardEvent("keydown", { key: "/", bubbles: true, cancelable: true }));
told.focused = window.document.activeElement.id;
console.log(JSON.stringify({ told, asked }));
