"use strict";

const ROWS = 50;
const REFRESH_MS = 1000;
const ANSWER_MS = 5000;
/** An answer older than this is not called ready: the speed layer has said nothing new, not even that nothing is new. */
const STALE_MS = 30000;
const NUMERIC = /^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)/;

const state = { name: null, details: null, filters: {}, layer: "merged", shown: null, paused: false, unwell: "" };
const $ = (selector, root = document) => root.querySelector(selector);

async function fetchText(path) {
  const response = await fetch(path, { signal: AbortSignal.timeout(ANSWER_MS), cache: "no-store" });
  return { ok: response.ok, text: await response.text() };
}

async function fetchJson(path) {
  const { ok, text } = await fetchText(path);
  return { ok, body: JSON.parse(text) };
}

/** Marks a number that is kept as it was written: JavaScript's own hold 15 digits. */
const LITERAL = "\u0001";
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Rows whose numbers are texts, as the server wrote them. */
async function fetchRows(path) {
  const { ok, text } = await fetchText(path);
  const body = JSON.parse(text);
  if (ok) {
    const literal = text.replace(TOKENS, (token) => token[0] === '"' ? token : `"\\u0001${token}"`);
    body.rows = JSON.parse(literal).rows;
  }
  return { ok, body };
}

/**
 * Brings the children of `parent` to `items`, in order. What is there stays there, with the focus and the selection in it; only what
 * differs is changed.
 */
function sync(parent, items, keyOf, make, fill) {
  const known = new Map([...parent.children].map((child) => [child.syncKey, child]));
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = known.get(key);
    known.delete(key);
    if (!child) {
      child = make(item);
      child.syncKey = key;
    }
    fill(child, item);
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
  known.forEach((child) => child.remove());
}

function setText(node, text) {
  if (node.textContent === text) return false;
  if (node.firstChild && node.childNodes.length === 1 && node.firstChild.nodeType === Node.TEXT_NODE) node.firstChild.nodeValue = text;
  else node.textContent = text;
  return true;
}

/** A row of plain cells, filled in place; a cell is a text, or a text and a class. */
function fillRow(row, cells) {
  while (row.children.length > cells.length) row.lastElementChild.remove();
  cells.forEach((cell, i) => {
    const [text, className] = Array.isArray(cell) ? cell : [cell, ""];
    const td = row.children[i] || row.appendChild(element("td"));
    setText(td, text);
    if (td.className !== className) td.className = className;
  });
}

const tableRow = () => element("tr");

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

/** One or two words for how a view is, and the class that goes with them. Nothing that is not well is called ready. */
function condition(view) {
  if (state.unwell) return [state.unwell, "problem"];
  if (view.problem) return [view.problem.code === "AUDIT_MISMATCH" ? "run refused" : view.problem.code.replaceAll("_", " ").toLowerCase(), "problem"];
  if (view.status !== "ready" || !view.position) return ["waiting", "waiting"];
  if (view.position.ageMs > STALE_MS) return [`no news for ${age(view.position.ageMs)}`, "problem"];
  return ["ready", ""];
}

function showViews(views) {
  sync($("#views"), views, (view) => view.name, (view) => {
    const link = element("a");
    link.href = `#${encodeURIComponent(view.name)}`;
    link.append(element("strong", view.name), element("small"));
    const item = element("li");
    item.append(link);
    return item;
  }, (item, view) => {
    const link = item.firstElementChild;
    const [text, className] = condition(view);
    if (link.className !== className) link.className = className;
    if (view.name === state.name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    setText(link.lastElementChild, text === "ready" ? `${age(view.position.ageMs)} old · ${count(total(view.position.live))} offsets` : text);
  });
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
    const quoted = `where.\`${column.name.replaceAll("`", "``")}\``;
    const field = isWindow ? `${quoted}.start.gte` : `${quoted}.eq`;
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

function fact(section, name, text) {
  setText($(`[data-fact=${name}]`, section), text);
}

function showDetails(section, details) {
  const badge = $(".badge", section);
  const [text, className] = condition(details);
  setText(badge, text);
  badge.className = `badge ${className}`;
  setText($(".comment", section), details.comment);
  setText($("code", section), details.sql);
  const audit = details.audit;
  fact(section, "audit", !audit ? "–" : audit.outcome === "EQUAL" ? `${count(audit.groups)} equal`
    : audit.outcome === "DIFFERENT" ? `${count(audit.different)} differ` : audit.outcome.replaceAll("_", " ").toLowerCase());
  const position = details.position;
  sync($(".positions tbody", section), position ? Object.keys(position.live) : [], (p) => p, tableRow, (row, p) => {
    const boundary = position.boundary[p] || 0;
    fillRow(row, [p, ...[boundary, position.live[p], position.live[p] - boundary].map((n) => [count(n), "number"])]);
  });
  sync($(".runs tbody", section), details.runs.slice(0, 10), (run) => run.runId, tableRow, (row, run) => {
    const took = run.finishedAt ? `${((Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000).toFixed(1)} s` : "";
    fillRow(row, [run.runId, run.refused ? "refused" : run.answered ? "answered" : run.status.toLowerCase(),
      [run.rows < 0 ? "" : count(run.rows), "number"], clock(run.startedAt), [took, "number"], run.trigger]);
    row.title = run.error || run.refused || (run.audit && run.audit.detail) || "";
  });
}

/** A view whose rows were refused is not called ready, whatever it said of itself a moment before. */
function unready(section) {
  const badge = $(".badge", section);
  if (badge.textContent !== "ready") return;
  setText(badge, "no answer");
  badge.className = "badge waiting";
}

/** Leaves no number standing that no answer stands behind any more. */
function blank(section) {
  state.shown = null;
  for (const node of section.querySelectorAll("[data-fact]")) setText(node, "–");
  for (const body of section.querySelectorAll("tbody")) body.replaceChildren();
  const table = $(".table", section);
  if (table) {
    table.hidden = true;
    setText($(".more", section), "");
    setText($(".badge", section), "no answer");
    $(".badge", section).className = "badge waiting";
  }
}

function windowText(window) {
  const [start, end] = [clock(window.start), clock(window.end)];
  return `${start} – ${start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end}`;
}

/** Whether a column of timestamps holds dates only, so that midnight can be left out. */
const isDates = (rows, column) => column.type === "TIMESTAMP"
  && rows.every((row) => row[column.name] === null || row[column.name].endsWith("T00:00:00Z"));

/** All digits of a number, a comma between each three of the whole part. */
const grouped = (number) => number.replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));

function cellText(value, type, datesOnly) {
  if (value === null) return "NULL";
  if (datesOnly) return value.slice(0, -10);
  if (type.startsWith("DECIMAL")) return grouped(value);
  if (typeof value === "string" && value[0] === LITERAL) return grouped(value.slice(1));
  if (typeof value === "boolean") return String(value);
  if (typeof value === "object") {
    if (value.start !== undefined && value.end !== undefined) return windowText(value);
    return JSON.stringify(value).replaceAll(/"\\u0001([^"]*)"/g, "$1");
  }
  return type.startsWith("TIMESTAMP") ? clock(value) : value;
}

function showRows(section, answer) {
  const position = answer.position;
  fact(section, "age", age(position.ageMs));
  fact(section, "run", position.runId ? runTime(position.runId) : "none yet");
  $("[data-fact=run]", section).title = position.runId || "";
  fact(section, "covered", count(total(position.live)));
  fact(section, "live", count(total(position.live) - total(position.boundary)));
  const columns = answer.columns;
  const heads = JSON.stringify(columns);
  const head = $("thead", section);
  if (head.dataset.columns !== heads) {
    head.dataset.columns = heads;
    const row = element("tr");
    row.append(...columns.map((column) => {
      const cell = element("th", column.name, NUMERIC.test(column.type) ? "number" : "");
      cell.scope = "col";
      cell.append(element("small", (column.type.length > 24 ? `${column.type.slice(0, 23)}…` : column.type).toLowerCase()));
      return cell;
    }));
    head.replaceChildren(row);
    state.shown = null;
  }
  const fresh = state.shown === null;
  const keys = new Set((state.details ? state.details.columns : []).filter((c) => c.key).map((c) => c.name));
  const dates = columns.map((column) => isDates(answer.rows, column));
  const idOf = (row) => JSON.stringify(columns.filter((c) => keys.has(c.name)).map((c) => row[c.name]));
  const body = $(".table tbody", section);
  if (fresh) body.replaceChildren();
  sync(body, answer.rows, idOf, () => {
    const line = element("tr");
    line.append(...columns.map((column) => element("td", "", NUMERIC.test(column.type) ? "number" : "")));
    return line;
  }, (line, row) => {
    columns.forEach((column, i) => {
      const cell = line.children[i];
      const text = cellText(row[column.name], column.type, dates[i]);
      const changed = setText(cell, text);
      cell.classList.toggle("null", row[column.name] === null);
      cell.classList.toggle("changed", changed && !fresh);
      if (text.length > 40) cell.title = text;
      else cell.removeAttribute("title");
    });
  });
  state.shown = true;
  $(".table", section).hidden = false;
  const rows = answer.rows.length;
  setText($(".more", section), rows === 0 ? "No rows match."
    : answer.more ? `The first ${rows} rows; filter to see others.` : `${rows} ${rows === 1 ? "row" : "rows"}.`);
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
  if (state.name !== name) return "";
  if (!details.ok) {
    blank(section);
    notice(section, details.body.message, true);
    return details.body.message;
  }
  if (!state.details) showFilters(section, details.body.columns);
  state.details = details.body;
  const query = new URLSearchParams({ $limit: ROWS, $cursor: "none", $layer: state.layer, ...state.filters });
  const rows = await fetchRows(`${path}/rows?${query}`);
  if (state.name !== name) return "";
  const problem = details.body.problem;
  const stale = details.body.position && details.body.position.ageMs > STALE_MS;
  // All at once: what the view says of itself is not shown without the rows that it says it of.
  if (rows.ok) showRows(section, rows.body);
  else blank(section);
  showDetails(section, details.body);
  if (!rows.ok && rows.body.code !== "BAD_REQUEST") unready(section);
  if (!rows.ok) notice(section, rows.body.message, rows.body.code !== "VIEW_NOT_READY");
  else if (problem) notice(section, `${problem.code}: ${problem.message}`, true);
  else if (stale) notice(section, `The speed layer has said nothing for ${age(details.body.position.ageMs)}: these rows are that old. See millrace status.`, true);
  else notice(section, "", false);
  if (!rows.ok) return rows.body.message;
  // The list may be older than this, by less than makes a view stale.
  const [text, className] = condition(details.body);
  return className === "problem" ? `${name}: ${text}` : "";
}

/** What is wrong with the replica itself, in words; empty if nothing is. */
async function replicaProblem() {
  const live = await fetchJson("/v1/health/live");
  state.unwell = live.ok ? "" : "replica dead";
  if (!live.ok) return `This replica must be restarted: ${live.body.dead}`;
  const { body } = await fetchJson("/v1/health/ready");
  const reason = body.reasons.length > 0 ? body.reasons[0] : "";
  if (reason.startsWith("cannot follow")) state.unwell = "live state not followed";
  return reason;
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
        if (body.views.length === 0 && !state.name) $("#view").replaceChildren(element("p", "No views yet. Apply a folder of SQL: millrace apply DIR"));
        const replica = await replicaProblem();
        showViews(body.views);
        const wrong = (state.name ? await refreshView() : "") || replica;
        const unwell = body.views.map((view) => [view.name, ...condition(view)]).filter(([, , className]) => className === "problem");
        setText(connection, wrong ? `Not all is well: ${wrong}`
          : unwell.length > 0 ? `Not all is well: ${unwell[0][0]}: ${unwell[0][1]}` : `Updated ${new Date().toLocaleTimeString()}`);
        connection.classList.toggle("lost", Boolean(wrong) || unwell.length > 0);
      } catch (error) {
        const silent = error.name === "TimeoutError" ? `Serving has not answered for ${ANSWER_MS / 1000} s; trying again`
          : "Serving does not answer; trying again";
        setText(connection, silent);
        connection.classList.add("lost");
        showViews([]);
        if (state.name) {
          blank($("#view"));
          notice($("#view"), silent, true);
        }
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
