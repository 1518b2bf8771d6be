// The live page: shows each report that arrives.
import { age, clock, order, say, windowOf } from "./say.js";
import { attribute, make, pairs, reconcile, setStatus, statusMark, text } from "./elements.js";
import { history, spark } from "./charts.js";
import { commandTable, updateCommands } from "./commands.js";
import { Explorer } from "./explorer.js";
import { Live } from "./live.js";

const rowLimit = 60; // Rows of a table before "Show all".
const view = { paused: false, filter: "", all: new Set(), report: null };

// ---- The page's parts, made once

const parts = { explorer: new Explorer() };

function table(name, kind, caption, headings, heading) {
  const body = make("tbody");
  const head = make("tr", {}, ...headings.map((h) => make("th", { scope: "col", class: h.kind }, h.title)));
  const grid = make("table", { class: kind }, make("caption", {}, caption), make("thead", {}, head), body);
  const more = make("button", { type: "button", class: "more", hidden: "" });
  more.addEventListener("click", () => { view.all.add(name); show(view.report); });
  const title = make("h2", { id: `${name}-title` }, heading, " ", make("span", { class: "quiet" }));
  const top = make("div", { class: "head" }, title);
  const section = make("section", { "aria-labelledby": `${name}-title`, id: name }, top, make("div", { class: "card scroll" }, grid), more);
  return { section, grid, body, more, note: title.lastElementChild, top };
}

function build() {
  const warnings = make("ul", { class: "warnings" });
  const well = make("p", { class: "card well" });
  const note = make("span", { class: "quiet" });
  parts.warnings = { list: warnings, well, note, more: make("button", { type: "button", class: "more", hidden: "" }) };
  parts.warnings.more.addEventListener("click", () => { view.all.add("warnings"); show(view.report); });
  parts.namespaces = table("namespaces", "cards", "Each namespace: its hit rate against its target, and what is behind it", [
    { title: "Namespace" }, { title: "Status" }, { title: "Hit rate, 5 min" }, { title: "Last hour" },
    { title: "Hits", kind: "number" }, { title: "Misses", kind: "number" }, { title: "Misses by cause", kind: "causes-column" },
    { title: "Keys", kind: "number keys-column" }, { title: "Memory", kind: "number memory-column" }, { title: "Slow", kind: "number" }, { title: "Saved", kind: "number" },
  ], "Namespaces");
  parts.filter = make("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  parts.filter.addEventListener("input", () => { view.filter = parts.filter.value.toLowerCase(); show(view.report); });
  parts.filterBox = make("label", { hidden: "" }, "Filter ", parts.filter);
  parts.namespaces.top.append(parts.filterBox);
  parts.targets = { list: make("ul", { class: "targets" }), note: make("span", { class: "quiet" }),
    more: make("button", { type: "button", class: "more", hidden: "" }) };
  parts.targets.more.addEventListener("click", () => { view.all.add("targets"); show(view.report); });
  parts.slow = table("slow", null, "Slow operations by namespace and command", [
    { title: "Namespace" }, { title: "Command" }, { title: "Count", kind: "number" }, { title: "Time", kind: "number" },
    { title: "Worst", kind: "number" },
  ], "Slow operations");
  document.getElementById("main").replaceChildren(
    make("section", { "aria-labelledby": "warnings-title" }, make("h2", { id: "warnings-title" }, "What is wrong ", note), warnings, well, parts.warnings.more),
    parts.namespaces.section, parts.explorer.section,
    make("section", { "aria-labelledby": "targets-title" }, make("h2", { id: "targets-title" }, "Caches ", parts.targets.note), parts.targets.list, parts.targets.more),
    parts.slow.section);
}

/// The first rows, unless all were asked for; says how many are left out.
function limited(name, items, more) {
  if (items.length <= rowLimit || view.all.has(name)) { more.hidden = true; return items; }
  more.hidden = false;
  text(more, `Show all ${items.length}`);
  return items.slice(0, rowLimit);
}

// ---- Warnings

function showWarnings(report) {
  const rank = { critical: 0, warning: 1, info: 2 };
  const all = report.targets.flatMap((target) => target.warnings)
    .sort((a, b) => rank[a.severity] - rank[b.severity] || (a.since < b.since ? 1 : -1));
  const many = report.targets.length > 1;
  text(parts.warnings.note, all.length ? `(${all.length})` : "");
  parts.warnings.well.hidden = all.length > 0;
  text(parts.warnings.well, report.targets.every((target) => target.status === "healthy")
    ? "Nothing. Every hit rate that can be judged is on target, and every cache answers."
    : "Nothing that there is evidence for yet.");
  reconcile(parts.warnings.list, limited("warnings", all, parts.warnings.more),
    (warning) => `${warning.target}\n${warning.namespace ?? ""}\n${warning.code}`,
    () => make("li", { class: "warning card" },
      make("h3", {}, make("span", { class: "severity" }), make("span")),
      make("p"), make("p", { class: "advice" }), make("p", { class: "meta" }, make("span"), " · ", make("a")),
      make("details", {}, make("summary", {}, "Evidence"), make("dl"))),
    (item, warning) => {
      attribute(item, "data-severity", warning.severity);
      const [title, message, advice, meta, details] = item.children;
      text(title.firstElementChild, warning.severity);
      const where = [many ? warning.target : null, warning.namespace].filter((name) => name != null).join(" / ");
      text(title.lastElementChild, say.code(warning.code) + (where ? `: ${where}` : ""));
      text(message, warning.message);
      text(advice, warning.advice);
      text(meta.firstElementChild, `since ${clock(warning.since)} (${age(warning.since, report.time)})`);
      pairs(details.lastElementChild, Object.entries(warning.evidence)
        .map(([name, value]) => [say.code(name).replace(/ (seconds|bytes)$/, ""), say.evidence(name, value)]));
      text(meta.lastElementChild, "What this means");
      attribute(meta.lastElementChild, "href", `/docs/warnings#${encodeURIComponent(warning.code)}`);
      attribute(meta.lastElementChild, "aria-label", `What ${say.code(warning.code)} means`);
    });
}

// ---- Namespaces

/// One row for each namespace of each target, and one for each target as a whole; what is worst comes first.
function namespaceRows(report) {
  const history = new Map(report.targets.map((t) => [t.name, t.history_from ? (Date.parse(report.time) - Date.parse(t.history_from)) / 1000 : 0]));
  const rows = report.targets.flatMap((target) => {
    const slow = new Map();
    for (const total of target.slow_operations?.totals ?? []) slow.set(total.namespace, (slow.get(total.namespace) ?? 0) + total.count);
    const whole = { target: target.name, name: null, status: target.status, up: target.up, windows: target.windows, ...target.lookups,
      keys: target.up ? target.server.keys : null, memory_bytes: target.up ? target.server.used_memory_bytes : null, slow: [...slow.values()].reduce((a, b) => a + b, 0) };
    const named = Object.entries(target.namespaces).map(([name, space]) => ({ ...space, target: target.name, name, up: target.up, slow: slow.get(name) ?? 0 }));
    return named.length ? named : [whole];
  });
  for (const row of rows) {
    row.history = history.get(row.target);
    row.recent = windowOf(row.windows, ["5m", "15m", "1h"]);
  }
  return rows.sort((a, b) => order[a.status] - order[b.status]
    || (a.name ?? "").localeCompare(b.name ?? "") || a.target.localeCompare(b.target));
}

/// `target` is the hit rate aimed at in a namespace of the report: told apart here from the cache's name.
function normalized(report) {
  for (const target of report.targets) {
    for (const space of Object.values(target.namespaces)) {
      if ("target_rate" in space) continue;
      space.target_rate = space.target?.hit_rate ?? null;
      delete space.target;
    }
  }
  return report;
}

function makeRow() {
  const cell = (label, kind, ...children) => make("td", { "data-label": label, class: kind }, ...children);
  const row = make("tr", {},
    make("th", { scope: "row" }, make("span"), make("span", { class: "quiet" })),
    cell("Status", null, statusMark()),
    cell("Hit rate, 5 min", "wide", make("span", { class: "rate number" }), " ", make("span", { class: "quiet" }),
      make("div", { class: "gauge", "aria-hidden": "true" }, make("i"), make("b"))),
    cell("Last hour", "wide", make("button", { type: "button", class: "open" }, make("span", { class: "quiet" }, "…"))),
    cell("Hits", "number"), cell("Misses", "number"),
    cell("Misses by cause", "causes-column", make("div", { class: "causes", "aria-hidden": "true" }), make("span", { class: "quiet" })),
    cell("Keys", "number keys-column"), cell("Memory", "number memory-column"), cell("Slow operations", "number"), cell("Saved", "number"));
  row.children[3].firstElementChild.addEventListener("click", () => parts.explorer.open(row.space.target, row.space.name));
  sparks.watch(row);
  return row;
}

function updateRow(row, space, many) {
  const [name, status, rate, , hits, misses, causes, keys, memory, slow, saved] = row.children;
  attribute(row, "data-status", space.status);
  text(name.firstElementChild, space.name ?? "all keys");
  text(name.lastElementChild, many || space.name == null ? space.target : "");
  setStatus(status.firstElementChild, space.status);
  updateRate(rate, space);
  text(hits, say.count(space.hits));
  text(misses, say.count(space.misses));
  updateCauses(causes, space);
  text(keys, say.count(space.keys));
  text(memory, say.bytes(space.memory_bytes));
  text(slow, say.count(space.slow));
  text(saved, space.saved ? [say.duration(space.saved.seconds), space.saved.amount != null ? space.saved.amount.toFixed(2) : null].filter(Boolean).join(" + ") : "–");
  row.space = space;
}

function updateRate(cell, space) {
  const [rate, note, gauge] = cell.children;
  const now = space.recent;
  text(rate, say.percent(now?.hit_rate));
  const aim = space.target_rate;
  text(note, aim != null ? `target ${say.percent(aim)}` : now ? `${say.count(now.hits + now.misses)} lookups` : "no lookups yet");
  gauge.firstElementChild.style.width = `${(now?.hit_rate ?? 0) * 100}%`;
  gauge.lastElementChild.hidden = aim == null;
  if (aim != null) gauge.lastElementChild.style.left = `calc(${aim * 100}% - 1px)`;
}

/// Misses by cause, where the server's notifications tell them.
function updateCauses(cell, space) {
  const [bar, note] = cell.children;
  const known = Object.entries(space.observed?.causes ?? {}).map(([cause, { misses }]) => [cause, misses])
    .filter(([cause, count]) => count > 0 && cause !== "unknown").sort((a, b) => b[1] - a[1]);
  const sum = known.reduce((total, [, count]) => total + count, 0);
  bar.hidden = sum === 0;
  reconcile(bar, known, ([cause]) => cause, ([cause]) => make("i", { "data-cause": cause }),
    (part, [, count]) => { part.style.width = `${(count / sum) * 100}%`; });
  text(note, sum === 0 ? "not observed" : known.slice(0, 3).map(([cause, count]) => `${cause} ${Math.round((count / sum) * 100)} %`).join(", "));
}

function showNamespaces(report) {
  const many = report.targets.length > 1;
  const all = namespaceRows(report);
  parts.filterBox.hidden = all.length < 12 && !view.filter;
  const found = all.filter((row) => `${row.name ?? ""}\n${row.target}`.toLowerCase().includes(view.filter));
  const below = all.filter((row) => row.status === "degraded" || row.status === "unhealthy").length;
  text(parts.namespaces.note, `${below ? `${below} of ${all.length} not well` : say.count(all.length)}`);
  // A column that nobody can fill is not shown.
  const empty = Object.entries({ causes: all.some((row) => row.observed), keys: all.some((row) => row.keys != null), memory: all.some((row) => row.memory_bytes != null) })
    .filter(([, known]) => !known).map(([name]) => name);
  attribute(parts.namespaces.grid, "data-without", empty.join(" "));
  reconcile(parts.namespaces.body, limited("namespaces", found, parts.namespaces.more),
    (row) => `${row.target}\n${row.name ?? ""}`, makeRow, (row, space) => updateRow(row, space, many));
}

// ---- The last hour of each row that is in sight

const sparks = {
  queue: [],
  busy: false,
  observer: null,
  watch(row) {
    this.observer ??= new IntersectionObserver((entries) => {
      for (const entry of entries) { entry.target.visible = entry.isIntersecting; if (entry.isIntersecting) this.ask(entry.target); }
    }, { rootMargin: "100px" });
    this.observer.observe(row);
  },
  /// Every 15 s for a row in sight, one request at a time.
  ask(row) {
    if (!row.visible || row.asked > Date.now() - 15000 || this.queue.includes(row)) return;
    this.queue.push(row);
    this.next();
  },
  async next() {
    if (this.busy) return;
    this.busy = true;
    for (let row; (row = this.queue.shift()); ) {
      if (!row.isConnected || !row.space) continue;
      row.asked = Date.now();
      if (!windowOf(row.space.windows, ["1h"])) { this.show(row, [], 3600); row.asked = 0; continue; }
      // While history is young the chart shows what there is.
      const seconds = Math.min(3600, Math.max(60, Math.ceil(row.space.history / 60) * 60));
      try {
        const answer = await history("hit_rate", { target: row.space.target, namespace: row.space.name }, { last: `${seconds}s`, step: `${seconds / 60}s` });
        this.show(row, answer?.points ?? [], seconds);
      } catch { row.asked = 0; break; }
    }
    this.busy = false;
  },
  show(row, points, seconds) {
    const button = row.children[3].firstElementChild;
    row.asked -= seconds < 3600 ? 10000 : 0;
    const chart = spark(points, row.space.target_rate, seconds);
    const says = chart ? chart.span + (seconds < 3600 ? `, ${say.duration(seconds)}` : "") : "no lookups";
    button.replaceChildren(...(chart ? [chart.svg] : []), make("span", { class: "quiet" }, says));
    attribute(button, "aria-label", `History of ${row.space.name ?? `all keys of ${row.space.target}`}: ${says}`);
  },
};

// ---- Caches

function replication(server) {
  if (server.master_link_up === false) return `link to the master is down since ${say.duration(server.master_link_down_seconds)}`;
  if (server.master_link_up === true) return "replica, link is up";
  if (server.connected_replicas > 0) return `${say.count(server.online_replicas)} of ${say.plural(server.connected_replicas, "replica")} online`;
  return server.role ?? "–";
}

function facts(target, now) {
  const server = target.up ? target.server : {};
  const limit = server.maximum_memory_bytes;
  const failures = Object.entries(target.polls.failures).map(([cause, count]) => `${cause} ${say.count(count)}`).join(", ");
  return [
    ["Hit rate", windowOf(target.windows, ["5m", "1h"]) ? `${say.percent(target.windows["5m"]?.hit_rate)} over 5 min, ${say.percent(target.windows["1h"]?.hit_rate)} over 1 h` : "no lookups"],
    ["Memory", server.used_memory_bytes == null ? "–" : say.bytes(server.used_memory_bytes) + (limit > 0 ? ` of ${say.bytes(limit)} (${say.percent(server.used_memory_bytes / limit)})` : ", no limit")],
    ["Eviction", server.eviction_policy ? `${server.eviction_policy}; ${say.count(server.evicted_keys)} evicted, ${say.count(server.expired_keys)} expired` : "–"],
    ["Keys", server.keys == null ? "–" : `${say.count(server.keys)}, ${say.count(server.keys_with_ttl)} with a time to live`],
    ["Clients", server.connected_clients == null ? "–" : `${say.count(server.connected_clients)} of ${say.count(server.maximum_clients)}` + (server.blocked_clients ? `, ${server.blocked_clients} blocked` : "") + (server.rejected_connections ? `, ${say.count(server.rejected_connections)} refused` : "")],
    ["Replication", replication(server)],
    ["Polls", `${say.count(target.polls.count)}, the last took ${say.duration(target.polls.duration_seconds)}` + (failures ? `; failed: ${failures}` : "")],
    ["History", (target.history_from ? `since ${clock(target.history_from)} (${say.duration((Date.parse(now) - Date.parse(target.history_from)) / 1000)})` : "none yet") + (target.series_without_history > 0 ? `, without ${say.count(target.series_without_history)} series for want of memory` : "")],
  ];
}

function showTargets(report) {
  const sorted = [...report.targets].sort((a, b) => order[a.status] - order[b.status]);
  const down = report.targets.filter((target) => !target.up).length;
  text(parts.targets.note, report.targets.length > 1 ? `${report.targets.length}, ${down ? `${down} down` : "all up"}` : "");
  reconcile(parts.targets.list, limited("targets", sorted, parts.targets.more), (target) => target.name,
    () => make("li", { class: "target card" },
      make("div", { class: "head" }, make("h3"), statusMark()), make("p", { class: "quiet" }), make("dl"), commandTable()),
    (card, target) => {
      const [head, about, list, commands] = card.children;
      text(head.firstElementChild, target.name);
      setStatus(head.lastElementChild, target.status);
      const server = target.server;
      const software = [server.software, server.version, server.role].filter(Boolean).join(" ");
      const address = target.address === target.name ? target.kind : target.address;
      text(about, target.up ? `${address} · ${software} · up ${say.duration(server.uptime_seconds)}`
        : `${address} · ${target.polls.count ? `does not answer: ${target.failure ?? "unknown"}` : "not polled yet"}`
          + (target.last_success ? ` · last answer ${clock(target.last_success)}` : ""));
      pairs(list, facts(target, report.time));
      updateCommands(commands, target, report.targets.length === 1);
    });
}

// ---- Slow operations

function showSlow(report) {
  const many = report.targets.length > 1;
  const all = report.targets.flatMap((target) => (target.slow_operations?.totals ?? []).map((total) => ({ ...total, target: target.name })))
    .sort((a, b) => b.seconds - a.seconds);
  parts.slow.section.hidden = all.length === 0;
  const lost = report.targets.reduce((sum, target) => sum + (target.slow_operations?.lost ?? 0), 0);
  text(parts.slow.note, lost ? `${say.count(lost)} more were lost before they could be read` : "");
  reconcile(parts.slow.body, limited("slow", all, parts.slow.more), (row) => `${row.target}\n${row.namespace}\n${row.command}`,
    () => make("tr", {}, make("th", { scope: "row" }, make("span"), make("span", { class: "quiet" })),
      ...["Command", "Count", "Time", "Worst"].map((label, index) => make("td", { "data-label": label, class: index ? "number" : null }))),
    (row, total) => {
      const [name, command, count, time, worst] = row.children;
      text(name.firstElementChild, total.namespace);
      text(name.lastElementChild, many ? total.target : "");
      text(command, total.command);
      text(count, say.count(total.count));
      text(time, say.duration(total.seconds));
      text(worst, say.duration(total.worst_seconds));
    });
}

// ---- All of it

function headline(report) {
  const down = report.targets.filter((target) => !target.up && target.polls.count > 0);
  if (down.length) return `${down.length === 1 ? down[0].name : say.plural(down.length, "cache")} ${down.length === 1 ? "does" : "do"} not answer`;
  const warnings = report.targets.flatMap((target) => target.warnings);
  const below = new Set(warnings.filter((w) => w.code.startsWith("hit_rate")).map((w) => w.namespace ?? w.target));
  if (below.size) return `${below.size > 3 ? `${below.size} namespaces miss` : `${[...below].join(", ")} ${below.size > 1 ? "miss" : "misses"}`} the hit-rate target`;
  if (warnings.length) return `${say.plural(warnings.length, "warning")}: ${[...new Set(warnings.map((w) => say.code(w.code)))].slice(0, 3).join(", ")}`;
  return report.status === "healthy" ? "All is well" : "Not enough evidence yet";
}

function show(report) {
  if (!report) return;
  view.report = normalized(report);
  const status = document.getElementById("status");
  attribute(status, "data-status", report.status);
  text(document.getElementById("status-text"), report.status);
  document.title = `${report.status}: cachegauge`;
  text(document.getElementById("headline"), headline(report));
  text(document.getElementById("clock"), clock(report.time));
  showWarnings(report);
  showNamespaces(report);
  showTargets(report);
  showSlow(report);
  const from = report.targets.map((target) => target.history_from).filter(Boolean).sort()[0];
  const exporter = report.exporter;
  text(document.getElementById("about"), `cachegauge ${exporter.version}, up ${say.duration(exporter.uptime_seconds)}. History `
    + (from ? `reaches back to ${clock(from)}` : "is empty") + ` and takes ${say.bytes(exporter.history_bytes)} of ${say.bytes(exporter.history_budget_bytes)}.`
    + (exporter.configuration_current === false ? ` The configuration's file can't be used; what was read at ${clock(exporter.configuration_read)} stays in force.` : ""));
  for (const row of parts.namespaces.body.children) sparks.ask(row);
  parts.explorer.update(view.report);
}

function lose(reason) {
  const lost = document.getElementById("lost");
  document.body.classList.add("stale");
  text(lost, `cachegauge itself can't be reached (${reason}). ` + (view.report ? `What is shown is as of ${clock(view.report.time)}.` : "") + " Trying again.");
  lost.hidden = false;
  attribute(document.getElementById("status"), "data-status", "unknown");
  text(document.getElementById("status-text"), "unknown");
  document.title = "unreachable: cachegauge";
}

const live = new Live({
  lose,
  show(report) {
    if (!parts.namespaces) build();
    document.getElementById("lost").hidden = true;
    document.body.classList.remove("stale");
    show(report);
  },
});

function startOrStop() {
  if (view.paused || document.hidden) live.stop(); else live.start();
}

const pause = document.getElementById("pause");
pause.hidden = false;
pause.addEventListener("click", () => {
  view.paused = !view.paused;
  attribute(pause, "aria-pressed", String(view.paused));
  startOrStop();
});
document.addEventListener("visibilitychange", startOrStop);
startOrStop();
