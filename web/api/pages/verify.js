// Sends a file to /api/verify and shows the answer as text; nothing of it is ever HTML.

const find = (id) => document.getElementById(id);
const TITLES = {
  ours: "Made here, unchanged",
  altered: "Made here, then changed",
  similar: "Like a video of this server",
  signed: "Not known here, but signed",
  unknown: "Not known here",
};
let chosen = null;

async function send(path, parts, headers = {}) {
  const body = new FormData();
  for (const [name, value] of parts) body.append(name, value);
  const response = await fetch(path, { method: "POST", body, headers });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.user_message || "That did not work.");
  return answer;
}

function facts(answer) {
  const { statement } = answer;
  const rows = [];
  if (answer.made_at) rows.push(["Made", new Date(answer.made_at).toLocaleString()]);
  if (answer.engines.length) {
    rows.push(["Engines", answer.engines.map((one) => `${one.stage}: ${one.name}`).join(", ")]);
  }
  if (answer.match) {
    const percent = (part) => (part === null ? "not compared" : `${Math.round(100 * part)} % alike`);
    rows.push(["Picture", percent(answer.match.picture)], ["Sound", percent(answer.match.sound)]);
  }
  if (!statement.signed) rows.push(["Statement", "none in the file"]);
  else if (!statement.valid) rows.push(["Statement", `invalid: ${(statement.problems || []).join(", ")}`]);
  else {
    rows.push(["Signed by", statement.signer || "an unnamed signer"]);
    rows.push(["Certificate", statement.trusted ? "that of this server" : "not that of this server"]);
    rows.push(["Says", statement.ai_generated ? "AI-generated" : "not that it is AI-generated"]);
  }
  rows.push(["SHA-256", answer.sha256]);
  return rows;
}

function show(answer) {
  find("result").dataset.verdict = answer.verdict;
  find("verdict").textContent = TITLES[answer.verdict] || answer.verdict;
  find("message").textContent = answer.message;
  find("facts").replaceChildren(
    ...facts(answer).flatMap(([name, text]) => {
      const term = document.createElement("dt");
      const meaning = document.createElement("dd");
      term.textContent = name;
      meaning.textContent = text;
      return [term, meaning];
    }),
  );
  find("result").hidden = false;
}

async function verify(file) {
  chosen = file;
  find("result").hidden = true;
  find("sent").textContent = "";
  find("progress").textContent = `Examining ${file.name} ...`;
  try {
    show(await send("/api/verify", [["file", file]]));
    find("progress").textContent = "";
  } catch (error) {
    find("progress").textContent = error.message;
  }
}

function openReport() {
  find("report").hidden = false;
  find("statement").focus();
}

find("file").addEventListener("change", (event) => {
  if (event.target.files.length) verify(event.target.files[0]);
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  find("drop").addEventListener(kind, (event) => {
    event.preventDefault();
    find("drop").classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) verify(event.dataTransfer.files[0]);
  });
}
find("to-report").addEventListener("click", openReport);
find("only-report").addEventListener("click", () => {
  chosen = null;
  openReport();
});

find("report").addEventListener("submit", async (event) => {
  event.preventDefault();
  const parts = [...new FormData(event.target)].filter(([, value]) => value !== "");
  if (chosen) parts.push(["file", chosen]);
  find("sent").textContent = "Sending ...";
  try {
    const made = await send("/api/reports", parts);
    const due = new Date(made.due_at).toLocaleString();
    find("sent").textContent =
      `The report has the number ${made.id} and the secret ${made.token}. Keep both. It is decided until ${due}.`;
    find("report-id").value = made.id;
    find("report-token").value = made.token;
    find("report").hidden = true;
  } catch (error) {
    find("sent").textContent = error.message;
  }
});

find("follow").addEventListener("submit", async (event) => {
  event.preventDefault();
  const sent = new FormData(event.target);
  const path = `/api/reports/${encodeURIComponent(sent.get("id").trim())}/state`;
  const response = await fetch(path, { headers: { "X-Report-Token": sent.get("token").trim() } });
  const answer = await response.json();
  const note = answer.note ? ` ${answer.note}` : "";
  find("state").textContent = response.ok ? `It is ${answer.state}.${note}` : answer.user_message;
});
