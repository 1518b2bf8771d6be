// What a cache's commands take: asked for while it is looked at.
import { make, reconcile, text } from "./elements.js";
import { say } from "./say.js";

const pause = 5000; // Milliseconds between two questions for one cache.
const rows = 10;

/// A part of a cache's card that folds out.
export function commandTable() {
  const headings = ["Command", "Calls", "Mean", "p50", "p99", "p99.9"];
  const body = make("tbody");
  const list = make("details", { class: "commands" }, make("summary", {}, "Commands and latency"),
    make("div", { class: "scroll" }, make("table", {}, make("caption", {}, "Commands by the time that they take"),
      make("thead", {}, make("tr", {}, ...headings.map((name, index) => make("th", { scope: "col", class: index ? "number" : null }, name)))), body)),
    make("p", { class: "quiet" }, "Calls and means of the last minute; percentiles since the server's statistics began."));
  list.body = body;
  list.addEventListener("toggle", () => { list.asked = 0; ask(list); });
  return list;
}

/// Asks anew if it is open, for the cache of this name; `isOnly` where there is no other.
export function updateCommands(list, target, isOnly) {
  list.matcher = isOnly ? "" : `target=${JSON.stringify(target.name)}`;
  list.hidden = !target.up;
  if (list.isKnown !== true && isOnly) { list.isKnown = true; list.open = true; }
  ask(list);
}

async function ask(list) {
  if (!list.open || list.hidden || list.isAsking || list.asked > Date.now() - pause) return;
  list.isAsking = true;
  list.asked = Date.now();
  try {
    const [calls, seconds, percentiles] = await Promise.all([
      query(`rate(redis_commands_total{${list.matcher}}[1m])`), query(`rate(redis_commands_duration_seconds_total{${list.matcher}}[1m])`),
      query(`redis_latency_percentiles_usec{${list.matcher}}`)]);
    show(list.body, calls, seconds, percentiles);
  } catch { list.asked = 0; }
  list.isAsking = false;
}

/// An instant query's samples: labels and a number.
async function query(text) {
  const answer = await fetch(`/api/v1/query?${new URLSearchParams({ query: text })}`, { cache: "no-store", signal: AbortSignal.timeout(7000) });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).data.result.map(({ metric, value }) => ({ ...metric, value: Number(value[1]) }));
}

function show(body, calls, seconds, percentiles) {
  const of = (list, cmd) => list.find((one) => one.cmd === cmd)?.value ?? NaN;
  const quantile = (cmd, wanted) => percentiles.find((one) => one.cmd === cmd && Math.abs(Number(one.quantile) - wanted) < 1e-6)?.value / 1e6;
  const all = calls.filter((one) => one.value > 0).map(({ cmd, value }) => ({ cmd, calls: value, seconds: of(seconds, cmd) }))
    .sort((a, b) => b.seconds - a.seconds).slice(0, rows);
  reconcile(body, all, (row) => row.cmd,
    (row) => make("tr", {}, make("th", { scope: "row" }, row.cmd), ...Array.from({ length: 5 }, () => make("td", { class: "number" }))),
    (line, row) => {
      const cells = [`${row.calls < 10 ? row.calls.toFixed(1) : say.count(row.calls)}/s`, say.duration(row.seconds / row.calls), ...[50, 99, 99.9].map((one) => say.duration(quantile(row.cmd, one)))];
      cells.forEach((cell, index) => text(line.children[index + 1], cell));
    });
}
