// Draws /openapi.json as a page. Text only ever enters as text, never as markup.
import { find, indexed } from "./search.js";

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};
const code = (text) => make("code", {}, text);
const put = (id, ...children) => document.getElementById(id).append(...children);

const api = await (await fetch("/openapi.json")).json();
const resolve = (part) =>
  part?.$ref ? part.$ref.split("/").slice(1).reduce((at, name) => at[name], api) : part;

const typeOf = (given) => {
  const schema = resolve(given) ?? {};
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (options) return options.map(typeOf).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  const type = [schema.type ?? "anything"].flat().join(" or ");
  return schema.format ? `${type} (${schema.format})` : type;
};

const limits = (given) => {
  const schema = resolve(given) ?? {};
  const said = [];
  if (schema.description) said.push(schema.description);
  if (schema.enum) said.push(`One of ${schema.enum.join(", ")}.`);
  if (schema.const !== undefined) said.push(`Always ${schema.const}.`);
  if (schema.minimum !== undefined || schema.maximum !== undefined)
    said.push(`From ${schema.minimum ?? "any"} to ${schema.maximum ?? "any"}.`);
  if (schema.maxLength) said.push(`At most ${schema.maxLength} characters.`);
  if (schema.default !== undefined && schema.default !== null)
    said.push(`Without it: ${JSON.stringify(schema.default)}.`);
  return said.join(" ");
};

const table = (header, rows) =>
  make("table", {},
    make("thead", {}, make("tr", {}, ...header.map((text) => make("th", {}, text)))),
    make("tbody", {}, ...rows));

const fieldRows = (given, prefix = "", depth = 0) => {
  const schema = resolve(given) ?? {};
  const needed = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const plain = resolve(field);
    const inner = plain?.type === "array" ? plain.items : field;
    const row = make("tr", {},
      make("td", {}, code(prefix + name),
        needed.has(name) ? make("span", { class: "needed" }, " needed") : null),
      make("td", {}, typeOf(field)), make("td", {}, limits(field)));
    return depth < 2 ? [row, ...fieldRows(inner, `${prefix}${name}.`, depth + 1)] : [row];
  });
};

const fields = (schema) => {
  const rows = fieldRows(schema);
  return rows.length ? table(["field", "type", ""], rows) : make("p", {}, typeOf(schema));
};

const parameters = (list) =>
  table(["parameter", "in", ""], list.map(resolve).map((parameter) =>
    make("tr", {},
      make("td", {}, code(parameter.name)), make("td", {}, parameter.in),
      make("td", {}, parameter.description ?? limits(parameter.schema)))));

const body = (given) => {
  const [media, { schema }] = Object.entries(resolve(given).content)[0];
  return [make("h4", {}, `Body, ${media}`), fields(schema)];
};

const recorded = (value) =>
  make("pre", {}, typeof value === "string" ? value : JSON.stringify(value, null, 2));

const answers = (responses) => {
  const rows = Object.entries(responses).filter(([status]) => status !== "default");
  return rows.map(([status, given]) => {
    const response = resolve(given);
    const [media, content] = Object.entries(response.content ?? {})[0] ?? [];
    const shape = content?.schema && Object.keys(resolve(content.schema).properties ?? {}).length
      ? make("details", {}, make("summary", {}, media), fields(content.schema)) : (media ?? "");
    return make("tr", {}, make("td", {}, code(status)),
      make("td", {}, response.description ?? ""), make("td", {}, shape));
  });
};

const example = (method, path, operation) => {
  const sample = resolve(operation.requestBody)?.content ?? {};
  const parts = [`curl -X ${method.toUpperCase()} ${location.origin}${path}`];
  if (sample["application/json"]) {
    const given = sample["application/json"];
    const names = resolve(given.schema).required ?? [];
    const values = given.example ?? Object.fromEntries(names.map((name) => [name, "..."]));
    parts.push(`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(values)}'`);
  }
  for (const name of resolve(sample["multipart/form-data"]?.schema)?.required ?? []) {
    const file = ["file", "face_image"].includes(name);
    parts.push(`-F ${name}=${file ? "@face.jpg" : "..."}`);
  }
  return make("pre", {}, parts.join(" \\\n  "));
};

const groups = new Map();
const entries = []; // what the search finds, with the element that shows it
const searchable = (id, label, title, element, section) =>
  entries.push({ ...indexed({ title, text: element.textContent }), id, label, element, section });

for (const [path, item] of Object.entries(api.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    if (method === "parameters") continue;
    const id = `${method}${path.replace(/[^a-z_]+/gi, "-")}`;
    const all = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
    const article = make("article", { id },
      make("h3", {}, make("span", { class: `method ${method}` }, method.toUpperCase()), code(path)),
      make("p", {}, operation.summary ?? ""),
      ...(all.length ? [make("h4", {}, "Parameters"), parameters(all)] : []),
      ...(operation.requestBody ? body(operation.requestBody) : []),
      make("h4", {}, "Answers"), table(["status", "", ""], answers(operation.responses)),
      make("h4", {}, "Example"), example(method, path, operation));
    const tag = operation.tags?.[0] ?? "other";
    if (!groups.has(tag)) groups.set(tag, []);
    groups.get(tag).push({ id, method, path, operation, article });
  }
}

put("version", `API ${api.info.version}, OpenAPI ${api.openapi}`);
const about = new Map((api.tags ?? []).map((tag) => [tag.name, tag.description]));
for (const [tag, list] of groups) {
  const title = tag.replaceAll("_", " ");
  put("contents", make("h2", {}, title),
    ...list.map(({ id, method, path }) =>
      make("a", { href: `#${id}` }, `${method.toUpperCase()} ${path}`)));
  const section = make("section", {}, make("h2", {}, title),
    make("p", {}, about.get(tag) ?? ""), ...list.map(({ article }) => article));
  put("operations", section);
  for (const { id, method, path, operation, article } of list) {
    const label = `${method.toUpperCase()} ${path}`;
    const named = `${label} ${operation.operationId} ${operation.summary} ${title}`;
    searchable(id, label, named, article, section);
  }
}
put("contents", make("h2", {}, "more"), make("a", { href: "#errors" }, "Error codes"),
  make("a", { href: "#events" }, "Events"));
const [ofErrors, ofEvents] = ["errors", "events"].map((id) => document.getElementById(id));
put("codes", table(["code", "status", "for the user"], api["x-error-codes"].map((error) => {
  const row = make("tr", { id: error.code }, make("td", {}, code(error.code)),
    make("td", {}, `${error.status}${error.retryable ? ", try again" : ""}`),
    make("td", {}, error.sentence));
  searchable(error.code, error.code, error.code, row, ofErrors);
  return row;
})));
put("names", ...api["x-events"].flatMap((name) => {
  const shown = make("code", { id: `event-${name}` }, name);
  searchable(`event-${name}`, name, `event ${name}`, shown, ofEvents);
  return [shown, " "];
}));

const query = document.getElementById("query");
const show = () => {
  const wanted = query.value.trim();
  const found = find(entries, wanted);
  const shown = new Set(found);
  const sections = new Set(found.map(({ section }) => section));
  for (const entry of entries) {
    entry.element.hidden = !shown.has(entry);
    entry.section.hidden = !sections.has(entry.section);
  }
  document.getElementById("contents").hidden = wanted !== "";
  document.getElementById("results").hidden = wanted === "";
  const links = wanted ? found.map(({ id, label }) => make("a", { href: `#${id}` }, label)) : [];
  document.getElementById("results").replaceChildren(...links);
  const guides = `/docs/guides?q=${encodeURIComponent(wanted)}`;
  document.getElementById("found").replaceChildren(...(wanted
    ? [found.length ? `${found.length} found. ` : "Nothing found. ",
      make("a", { href: guides }, "Search the guides")] : []));
};
query.addEventListener("input", () => {
  const search = query.value.trim() ? `?q=${encodeURIComponent(query.value.trim())}` : "";
  history.replaceState(null, "", `${location.pathname}${search}`);
  show();
});
document.getElementById("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const [first] = query.value.trim() ? find(entries, query.value) : [];
  if (first) location.hash = first.id;
});
document.addEventListener("keydown", (event) => {
  const typing = ["INPUT", "TEXTAREA", "SELECT"].includes(event.target.tagName);
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  query.focus();
});
query.value = new URLSearchParams(location.search).get("q") ?? "";
show();
if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
