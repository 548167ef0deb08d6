// Asks for the data every two seconds and shows it. Everything from the server is set as text, never as HTML.

const INTERVAL = 2000;
const TAIL = 50;
const WINDOW = 30; // samples of the throughput: one minute

const find = (id) => document.getElementById(id);
let after = 0;
let paused = false;
let tail = [];
let samples = [];
let shownQuarantine = null; // entries in the list
let shownRows = null;
let everQuarantined = null; // entries until now: one that was released may have come back

function element(tag, properties = {}, ...children) {
  const { className, dataset, ...attributes } = properties;
  const made = document.createElement(tag);
  if (className) made.className = className;
  Object.assign(made.dataset, dataset ?? {});
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;
}

const ago = (seconds, now) => (seconds === null ? "never" : `${duration(Math.max(0, now - seconds))} ago`);
const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString();

function show(target, made) {
  const focused = target.contains(document.activeElement);
  if (!focused) target.replaceChildren(made);
}

function table(caption, columns, rows, empty) {
  if (!rows.length) return element("p", { className: "none" }, empty);
  const body = rows.map((row) =>
    element("tr", {}, ...row.map((cell, index) => element("td", { dataset: { label: columns[index] } }, cell))));
  return element("table", {},
    element("caption", { className: "unseen" }, caption),
    element("thead", {}, element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...body));
}

function showVerdict(data) {
  const verdict = find("verdict");
  const [text, kind] = data.ready ? ["Ready", "good"] : ["Not ready", "bad"];
  if (verdict.textContent !== text) verdict.textContent = text;
  verdict.className = `badge ${kind}`;
  document.title = `${data.ready ? "" : "⚠ "}Bot status`;
  const findings = [
    ...data.problems.map((text) => element("li", { className: "bad" }, text)),
    ...data.warnings.map((text) => element("li", { className: "warn" }, text)),
  ];
  find("findings").hidden = !findings.length;
  find("finding-list").replaceChildren(...findings);
}

function showFigures(data) {
  samples.push([data.time, data.counts.received, data.counts.yielded]);
  samples = samples.slice(-WINDOW);
  const [time, received, handled] = samples[0];
  const minutes = (data.time - time) / 60;
  const rate = (now, before) => (minutes > 0 ? Math.round(Math.max(0, now - before) / minutes) : 0);
  const figures = [
    ["Received per minute", rate(data.counts.received, received)],
    ["Handled per minute", rate(data.counts.yielded, handled)],
    ["Waiting", data.counts.waiting],
    ["Oldest waits", data.counts.waiting ? duration(data.lag) : "–"],
    ["Running handlers", data.counts.running],
    ["Retried", data.counts.retried],
    ["In quarantine", data.counts.in_quarantine],
    ["Received in all", data.counts.received],
  ];
  find("figures").replaceChildren(...figures.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, String(value)))));
}

function showInstances(data) {
  const rows = data.instances.map((one) => [
    String(one.id_instance),
    element("span", { className: `badge ${one.problems.length ? "bad" : one.warnings.length ? "warn" : "good"}` },
      one.state ?? "unknown"),
    ago(one.last_contact, data.time),
    ago(one.last_webhook, data.time),
    one.clock_skew === null ? "–" : `${one.clock_skew} s`,
  ]);
  const columns = ["Instance", "State", "Last answer", "Last webhook", "Clock ahead by"];
  show(find("instances"), table("Instances", columns, rows, "No instance is served."));
}

function showChats(data) {
  const rows = data.chats.map((chat) => [
    chat.id_instance === null ? "–" : String(chat.id_instance),
    chat.chat ?? "without a chat",
    String(chat.waiting),
    duration(chat.seconds),
  ]);
  show(find("chats"), table("Waiting chats", ["Instance", "Chat", "Waiting", "Oldest"], rows, "Nothing waits."));
}

function showTail(data) {
  if (paused) return;
  after = Math.max(after, data.latest);
  tail = [...data.tail.reverse(), ...tail].slice(0, TAIL);
  const rows = tail.map((run) => [
    clock(run.time),
    String(run.id_instance),
    run.chat ?? "–",
    run.type,
    duration(run.seconds),
    run.error === null
      ? element("span", { className: "badge good" }, "done")
      : element("span", { className: "badge bad" }, run.error),
  ]);
  const columns = ["Time", "Instance", "Chat", "Notification", "Took", "Outcome"];
  show(find("tail"), table("The last notifications that were handled", columns, rows, "Nothing was handled yet."));
}

const CHANGES = {
  release: { word: "Release", done: "is handled again, behind everything that waits", not: "was not released" },
  drop: { word: "Drop", done: "is deleted", not: "was not deleted" },
};

async function change(action, entry, buttons) {
  const { done, not } = CHANGES[action];
  if (action === "drop" && !window.confirm(`Delete entry ${entry.id} for good? It will never be handled.`)) return;
  for (const button of buttons) button.disabled = true;
  const changed = find("changed");
  try {
    const answer = await fetch(`status/${action}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-status-page": "1" },
      body: JSON.stringify({ run: entry.run, id: entry.id }),
    });
    const result = await answer.json();
    changed.textContent = answer.ok ? `Entry ${entry.id} ${done}.` : `Entry ${entry.id} ${not}: ${result.error}`;
  } catch {
    changed.textContent = `Entry ${entry.id} ${not}: the bot does not answer.`;
  }
  for (const button of buttons) button.disabled = false;
  const heading = find("h-quarantine");
  heading.tabIndex = -1;
  heading.focus();
  await loadQuarantine();
}

function quarantined(entry) {
  const buttons = Object.entries(CHANGES).map(([action, { word }]) => {
    const button = element("button", { type: "button" }, `${word} entry ${entry.id}`);
    button.addEventListener("click", () => change(action, entry, buttons));
    return button;
  });
  const failure = element("pre", { tabindex: "0", "aria-label": `Traceback of entry ${entry.id}` },
    entry.failure || "No traceback.");
  const shown = element("details", {},
    element("summary", {},
      element("strong", {}, `Entry ${entry.id}`),
      element("span", {}, entry.type),
      element("span", {}, entry.chat ?? "without a chat"),
      element("span", { className: "hint" }, `${entry.attempts} ${entry.attempts === 1 ? "attempt" : "attempts"}, ${new Date(entry.stored * 1000).toLocaleString()}`)),
    element("div", { className: "inside" },
      element("p", { className: "hint" }, `Instance ${entry.instance}, message ${entry.message ?? "unknown"}`),
      failure,
      element("div", { className: "buttons" }, ...buttons)));
  shown.addEventListener("toggle", () => { failure.scrollTop = failure.scrollHeight; }); // the end says why
  return shown;
}

async function loadQuarantine() {
  const answer = await fetch("status/quarantine");
  const data = await answer.json();
  const target = find("quarantine");
  const rows = JSON.stringify(data);
  if (rows === shownRows) return; // so that nothing loses the focus
  shownRows = rows;
  if (!answer.ok) {
    target.replaceChildren(element("p", { className: "notice bad" }, data.error));
    return;
  }
  shownQuarantine = data.total;
  const open = new Set([...target.querySelectorAll("details[open]")].map((one) => one.dataset.entry));
  const made = data.entries.map((entry) => {
    const one = quarantined(entry);
    one.dataset.entry = `${entry.run} ${entry.id}`;
    one.open = open.has(one.dataset.entry);
    return one;
  });
  const more = data.total - data.entries.length;
  if (more > 0) made.unshift(element("p", { className: "hint" }, `${more} older entries are not shown.`));
  target.replaceChildren(...(made.length ? made : [element("p", { className: "none" }, "Nothing is in quarantine.")]));
}

async function refresh() {
  const offline = find("offline");
  try {
    const answer = await fetch(`status/data?after=${after}`);
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const data = await answer.json();
    offline.hidden = true;
    showVerdict(data);
    showFigures(data);
    showInstances(data);
    showChats(data);
    showTail(data);
    const { quarantined, in_quarantine: number } = data.counts;
    if (number !== shownQuarantine || quarantined !== everQuarantined) {
      await loadQuarantine();
      everQuarantined = quarantined;
    }
  } catch {
    offline.textContent = "The bot does not answer. What is shown may be out of date.";
    offline.hidden = false;
    find("verdict").className = "badge wait";
    find("verdict").textContent = "No answer";
  }
  setTimeout(refresh, INTERVAL);
}

find("pause").addEventListener("click", () => {
  paused = !paused;
  find("pause").setAttribute("aria-pressed", String(paused));
});
refresh();
