"use strict";

const ROWS = 50;
const REFRESH_MS = 1000;
const NUMERIC = /^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)/;

const state = { name: null, details: null, filters: {}, layer: "merged", shown: null, paused: false };
const $ = (selector, root = document) => root.querySelector(selector);

async function fetchJson(path) {
  const response = await fetch(path);
  const body = await response.json();
  return { ok: response.ok, body };
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function age(ms) {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 120000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 7200000) return `${Math.round(ms / 60000)} min`;
  return `${(ms / 3600000).toFixed(1)} h`;
}

const total = (offsets) => Object.values(offsets).reduce((sum, offset) => sum + offset, 0);
const count = (n) => n.toLocaleString("en-US");
const clock = (instant) => instant.replace("T", " ").replace(/(\.\d+)?Z$/, "");

function runTime(runId) {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(runId);
  return parts ? `${parts[4]}:${parts[5]}:${parts[6]}` : runId;
}

function showViews(views) {
  const list = $("#views");
  list.replaceChildren(...views.map((view) => {
    const link = element("a");
    link.href = `#${encodeURIComponent(view.name)}`;
    const ready = view.status === "ready";
    link.className = view.problem ? "problem" : ready ? "" : "waiting";
    if (view.name === state.name) link.setAttribute("aria-current", "page");
    link.append(element("strong", view.name));
    link.append(element("small", view.problem ? view.problem.code.replace("_", " ").toLowerCase()
      : ready ? `${age(view.position.ageMs)} old · ${count(total(view.position.live))} offsets` : "waiting"));
    const item = element("li");
    item.append(link);
    return item;
  }));
}

/** Builds the section of a view anew; the loop then only fills it. */
async function openView(name) {
  state.name = name;
  state.filters = {};
  state.layer = "merged";
  state.shown = null;
  state.details = null;
  const section = $("#view");
  section.replaceChildren($("#view-template").content.cloneNode(true));
  $("h2", section).textContent = name;
  document.title = `${name} · Millrace`;
  $("select", section).addEventListener("change", (event) => { state.layer = event.target.value; state.shown = null; refresh(); });
  $("form", section).addEventListener("submit", (event) => event.preventDefault());
  await refresh();
}

function showFilters(section, columns) {
  const form = $(".filters", section);
  for (const column of columns.filter((c) => c.key)) {
    const isWindow = column.type.startsWith("STRUCT<start");
    const field = isWindow ? `${column.name}.start.gte` : column.name;
    const label = element("label", isWindow ? `${column.name} from` : column.name);
    const input = element("input");
    input.name = field;
    input.placeholder = column.type.startsWith("TIMESTAMP") || isWindow ? "2026-01-31T00:00:00Z" : "all";
    input.addEventListener("input", () => {
      if (input.value === "") delete state.filters[field]; else state.filters[field] = input.value;
      state.shown = null;
      refresh();
    });
    label.append(input);
    form.append(label);
  }
}

function showDetails(section, details) {
  const badge = $(".badge", section);
  const ready = details.status === "ready";
  badge.textContent = ready ? "ready" : "waiting";
  badge.classList.toggle("waiting", !ready);
  $(".comment", section).textContent = details.comment;
  $("code", section).textContent = details.sql;
  const fact = (name, text) => { $(`[data-fact=${name}]`, section).textContent = text; };
  const audit = details.audit;
  fact("audit", !audit ? "–" : audit.outcome === "EQUAL" ? `${count(audit.groups)} equal`
    : audit.outcome === "DIFFERENT" ? `${count(audit.different)} differ` : audit.outcome.replace("_", " ").toLowerCase());
  const position = details.position;
  $(".positions tbody", section).replaceChildren(...(position ? Object.keys(position.live) : []).map((p) => {
    const row = element("tr");
    const boundary = position.boundary[p] || 0;
    row.append(element("td", p), ...[boundary, position.live[p], position.live[p] - boundary].map((n) => element("td", count(n), "number")));
    return row;
  }));
  $(".runs tbody", section).replaceChildren(...details.runs.slice(0, 10).map((run) => {
    const row = element("tr");
    const took = run.finishedAt ? `${((Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000).toFixed(1)} s` : "";
    row.append(element("td", run.runId), element("td", run.refused ? "refused" : run.answered ? "answered" : run.status.toLowerCase()),
      element("td", run.rows < 0 ? "" : count(run.rows), "number"), element("td", clock(run.startedAt)), element("td", took, "number"), element("td", run.trigger));
    row.title = run.error || run.refused || "";
    return row;
  }));
}

function windowText(window) {
  const [start, end] = [clock(window.start), clock(window.end)];
  return `${start} – ${start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end}`;
}

/** Whether a column of timestamps holds dates only, so that midnight can be left out. */
const isDates = (rows, column) => column.type === "TIMESTAMP"
  && rows.every((row) => row[column.name] === null || row[column.name].endsWith("T00:00:00Z"));

function cellText(value, type, datesOnly) {
  if (value === null) return "NULL";
  if (datesOnly) return value.slice(0, -10);
  if (type.startsWith("DECIMAL")) return value.replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
  if (typeof value === "number") return Number.isInteger(value) ? count(value) : value.toLocaleString("en-US", { maximumFractionDigits: 6 });
  if (typeof value === "boolean") return String(value);
  if (typeof value === "object") {
    if (value.start !== undefined && value.end !== undefined) return windowText(value);
    return JSON.stringify(value);
  }
  return type.startsWith("TIMESTAMP") ? clock(value) : value;
}

function showRows(section, answer) {
  const fact = (name, text) => { $(`[data-fact=${name}]`, section).textContent = text; };
  const position = answer.position;
  fact("age", age(position.ageMs));
  fact("run", position.runId ? runTime(position.runId) : "none yet");
  $("[data-fact=run]", section).title = position.runId || "";
  fact("covered", count(total(position.live)));
  fact("live", count(total(position.live) - total(position.boundary)));
  $("thead", section).replaceChildren(((row) => {
    row.append(...answer.columns.map((column) => {
      const head = element("th", column.name, NUMERIC.test(column.type) ? "number" : "");
      head.scope = "col";
      head.append(element("small", (column.type.length > 24 ? `${column.type.slice(0, 23)}…` : column.type).toLowerCase()));
      return head;
    }));
    return row;
  })(element("tr")));
  const before = state.shown || new Map();
  const shown = new Map();
  const keys = new Set((state.details ? state.details.columns : []).filter((c) => c.key).map((c) => c.name));
  const dates = answer.columns.map((column) => isDates(answer.rows, column));
  $(".table", section).hidden = false;
  $(".table tbody", section).replaceChildren(...answer.rows.map((row) => {
    const id = JSON.stringify(answer.columns.filter((c) => keys.has(c.name)).map((c) => row[c.name]));
    const texts = answer.columns.map((column, i) => cellText(row[column.name], column.type, dates[i]));
    const old = before.get(id);
    shown.set(id, texts);
    const line = element("tr");
    texts.forEach((text, i) => {
      const type = answer.columns[i].type;
      const cell = element("td", text, NUMERIC.test(type) ? "number" : "");
      if (row[answer.columns[i].name] === null) cell.classList.add("null");
      if (state.shown && (!old || old[i] !== text)) cell.classList.add("changed");
      if (text.length > 40) cell.title = text;
      line.append(cell);
    });
    return line;
  }));
  state.shown = shown;
  const rows = answer.rows.length;
  $(".more", section).textContent = rows === 0 ? "No rows match."
    : answer.cursor ? `The first ${rows} rows; filter to see others.` : `${rows} ${rows === 1 ? "row" : "rows"}.`;
}

function notice(section, text, isProblem) {
  const box = $(".notice", section);
  box.hidden = !text;
  box.classList.toggle("problem", isProblem);
  if (box.textContent !== (text || "")) box.textContent = text || "";
}

async function refreshView() {
  const name = state.name;
  const section = $("#view");
  const path = `/v1/views/${encodeURIComponent(name)}`;
  const details = await fetchJson(path);
  if (state.name !== name) return;
  if (!details.ok) {
    notice(section, details.body.message, true);
    return;
  }
  if (!state.details) showFilters(section, details.body.columns);
  state.details = details.body;
  showDetails(section, details.body);
  const query = new URLSearchParams({ limit: ROWS, layer: state.layer, ...state.filters });
  const rows = await fetchJson(`${path}/rows?${query}`);
  if (state.name !== name) return;
  const problem = details.body.problem;
  if (rows.ok) showRows(section, rows.body);
  else {
    $(".table", section).hidden = true;
    $(".more", section).textContent = "";
  }
  if (!rows.ok) notice(section, rows.body.message, rows.body.code !== "VIEW_NOT_READY");
  else if (problem) notice(section, `${problem.code}: ${problem.message}`, true);
  else notice(section, "", false);
}

let refreshing = null;
let again = false;

/** One refresh at a time; asked meanwhile, it runs once more. */
function refresh() {
  if (refreshing) {
    again = true;
    return refreshing;
  }
  refreshing = (async () => {
    do {
      again = false;
      const connection = $("#connection");
      try {
        const { body } = await fetchJson("/v1/views");
        if (!state.name && body.views.length > 0) location.replace(`#${encodeURIComponent(body.views[0].name)}`);
        if (body.views.length === 0) $("#view").replaceChildren(element("p", "No views yet. Apply a folder of SQL: millrace apply DIR"));
        showViews(body.views);
        if (state.name) await refreshView();
        connection.textContent = `Updated ${new Date().toLocaleTimeString()}`;
        connection.classList.remove("lost");
      } catch (error) {
        connection.textContent = "Serving does not answer; trying again";
        connection.classList.add("lost");
      }
    } while (again);
    refreshing = null;
  })();
  return refreshing;
}

function route() {
  const name = decodeURIComponent(location.hash.slice(1));
  if (name && name !== state.name) openView(name);
}

$("#pause").addEventListener("click", (event) => {
  state.paused = !state.paused;
  event.target.setAttribute("aria-pressed", String(state.paused));
  event.target.textContent = state.paused ? "Resume" : "Pause";
});
window.addEventListener("hashchange", route);
setInterval(() => { if (!state.paused && !document.hidden) refresh(); }, REFRESH_MS);
route();
refresh();
