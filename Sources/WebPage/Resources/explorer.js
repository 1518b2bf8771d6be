// The history of one namespace or cache, from a minute to all there is. What it shows is in the address, so that it can be sent
// to somebody: #chart=namespace&of=cache&last=6h, or &from=…&to=… in Unix seconds.
import { chart, history } from "./charts.js";
import { attribute, make, text } from "./elements.js";
import { clock, say } from "./say.js";

const ranges = [["1 min", 60], ["5 min", 300], ["15 min", 900], ["1 h", 3600], ["6 h", 21600], ["24 h", 86400], ["7 d", 604800], ["All", Infinity]];

/// The hit rate's axis: from a little below what there is to 100 %.
const rateBounds = (aim) => (values) => [Math.max(0, Math.min(...values, aim ?? 1, 0.99) - 0.05), 1];

export class Explorer {
  section;
  #title = make("h2", { id: "history-title", tabindex: "-1" });
  #span = make("p", { class: "quiet number" });
  #charts = make("div", { class: "charts" });
  #rows = make("tbody");
  #buttons = new Map();
  /// `{ target, namespace, last }`, or with `from` and `to` instead; null while closed.
  #shown = null;
  #report = null;
  #asked = 0;
  #isAsking = false;

  constructor() {
    const press = (name, does, label) => {
      const button = make("button", { type: "button", "aria-label": label }, name);
      button.addEventListener("click", does);
      return button;
    };
    const choices = ranges.map(([name, seconds]) => {
      const button = press(name, () => this.#change({ last: seconds }));
      this.#buttons.set(seconds, button);
      return button;
    });
    const close = press("Close", () => this.close());
    const moves = [
      press("←", () => this.#move(-0.5), "Earlier"), press("→", () => this.#move(0.5), "Later"),
      press("+", () => this.#zoom(0.5), "Zoom in"), press("−", () => this.#zoom(2), "Zoom out")];
    this.section = make("section", { id: "history", class: "card", "aria-labelledby": "history-title", hidden: "" },
      make("div", { class: "head" }, this.#title, close),
      make("div", { class: "ranges", role: "group", "aria-label": "Range of time" }, ...choices, ...moves),
      this.#span, this.#charts,
      make("details", {}, make("summary", {}, "As a table"),
        make("div", { class: "scroll" }, make("table", {}, make("caption", {}, "The hit rate over time"),
          make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Until"), make("th", { scope: "col", class: "number" }, "Hit rate"))), this.#rows))));
    this.section.addEventListener("keydown", (event) => this.#press(event));
    addEventListener("hashchange", () => this.#read());
  }

  /// Opens the history of a namespace, or of all keys where it is null.
  open(target, namespace) {
    this.#shown = { target, namespace, last: 3600 };
    this.#write(true);
    this.#show();
    this.#title.focus({ preventScroll: true });
    this.section.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.#shown = null;
    this.section.hidden = true;
    globalThis.history.pushState(null, "", location.pathname);
  }

  /// Takes the newest report: what moves with the clock is asked for anew, a three hundredth of its range later.
  update(report) {
    const isFirst = this.#report == null;
    this.#report = report;
    if (isFirst) { this.#read(); return; }
    if (!this.#shown || this.#shown.from != null) return;
    const { from, to } = this.#range();
    if (Date.now() - this.#asked >= Math.min(60, Math.max(1.8, (to - from) / 300)) * 1000) this.#show();
  }

  // ---- The address

  #read() {
    const hash = location.hash.slice(1);
    if (hash !== "" && !hash.includes("=")) return; // An anchor of the page.
    const values = new URLSearchParams(hash);
    const target = values.get("of") ?? this.#report?.targets[0]?.name;
    if (!values.has("chart") || target == null) { this.#shown = null; this.section.hidden = true; return; }
    const [from, to] = [Number(values.get("from")), Number(values.get("to"))];
    this.#shown = { target, namespace: values.get("chart") || null };
    if (from > 0 && to > from) Object.assign(this.#shown, { from, to });
    else this.#shown.last = ranges.find(([name]) => name.replaceAll(" ", "").toLowerCase() === values.get("last"))?.[1] ?? 3600;
    this.#show();
    this.section.scrollIntoView({ block: "nearest" });
  }

  #write(isNew = false) {
    const { target, namespace, last, from, to } = this.#shown;
    const values = new URLSearchParams({ chart: namespace ?? "", of: target });
    if (from != null) { values.set("from", from.toFixed(0)); values.set("to", to.toFixed(0)); }
    else values.set("last", ranges.find(([, seconds]) => seconds === last)[0].replaceAll(" ", "").toLowerCase());
    globalThis.history[isNew ? "pushState" : "replaceState"](null, "", `#${values}`);
  }

  // ---- The range

  /// Seconds since 1970; the newest second that is shown is the report's.
  #range() {
    const { last, from, to } = this.#shown;
    if (from != null) return { from, to };
    const now = Date.parse(this.#report.time) / 1000;
    const oldest = Date.parse(this.#of?.history_from ?? this.#report.time) / 1000;
    return { from: Math.min(now - 60, last === Infinity ? oldest : now - last), to: now };
  }

  get #of() { return this.#report.targets.find((target) => target.name === this.#shown.target); }

  #change(range) {
    const { target, namespace } = this.#shown;
    this.#shown = { target, namespace, ...range };
    this.#write();
    this.#show();
  }

  #select(from, to) {
    const middle = (from + to) / 2, half = Math.max(30, (to - from) / 2);
    this.#change({ from: middle - half, to: middle + half });
  }

  #move(part) {
    const { from, to } = this.#range();
    this.#change({ from: from + (to - from) * part, to: to + (to - from) * part });
  }

  #zoom(factor) {
    const { from, to } = this.#range();
    const [middle, half] = [(from + to) / 2, Math.max(30, ((to - from) / 2) * factor)];
    this.#change({ from: middle - half, to: middle + half });
  }

  #press(event) {
    if (event.target.closest("button, summary") && event.key === " ") return;
    const does = { ArrowLeft: () => this.#move(-0.5), ArrowRight: () => this.#move(0.5), "+": () => this.#zoom(0.5), "-": () => this.#zoom(2), Escape: () => this.close() }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  }

  // ---- The charts

  async #show() {
    if (!this.#of) { this.section.hidden = true; return; }
    this.section.hidden = false;
    const shown = this.#shown;
    text(this.#title, `History of ${shown.namespace ?? "all keys"}${this.#report.targets.length > 1 || shown.namespace == null ? ` in ${shown.target}` : ""}`);
    for (const [seconds, button] of this.#buttons) attribute(button, "aria-pressed", String(shown.last === seconds));
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#asked = Date.now();
    const range = this.#range();
    try {
      const charts = await this.#ask(shown, range);
      if (shown === this.#shown) this.#put(charts, range);
    } catch { this.#asked = 0; }
    this.#isAsking = false;
    // What was chosen meanwhile.
    if (this.#shown && shown !== this.#shown) this.#show();
  }

  async #ask(shown, { from, to }) {
    const step = Math.max(Math.ceil((to - from) / 300), Math.ceil(this.#of.polls.interval_seconds));
    const range = { start: from.toFixed(3), end: to.toFixed(3), step: `${step}s` };
    const kind = shown.namespace == null ? "cache" : "cache_namespace";
    const aim = this.#of.namespaces[shown.namespace]?.target_rate ?? null;
    const questions = [["hit_rate"], [`${kind}_hits_total`, { function: "rate" }], [`${kind}_misses_total`, { function: "rate" }]];
    if (shown.namespace == null) questions.push(["cache_memory_used_bytes", { function: "max" }], ["redis_commands_processed_total", { function: "rate" }]);
    const answers = [];
    for (const [metric, extra] of questions) answers.push(await history(metric, shown, range, extra));
    const [rate, hits, misses, memory, commands] = answers;
    const pace = (value) => `${value < 10 ? value.toFixed(1) : say.count(value)}/s`;
    // Where the cause of misses is known, each has a line of its own.
    const causes = (misses?.series ?? []).filter((one) => one.labels.cause != null && one.labels.cause !== "unknown");
    return [
      rate && { title: "Hit rate", lines: [{ name: "hit rate", points: rate.points }], form: say.percent, aim, bounds: rateBounds(aim) },
      (hits || misses) && { title: "Lookups", form: pace, lines: [hits && { name: "hits", points: hits.points }, misses && { name: "misses", points: misses.points }].filter(Boolean) },
      causes.length && { title: "Misses by cause", form: pace, lines: causes.map((one) => ({ name: one.labels.cause, points: one.points })) },
      memory && { title: "Memory", form: say.bytes, lines: [{ name: "in use", points: memory.points }] },
      commands && { title: "Commands", form: pace, lines: [{ name: "all clients", points: commands.points }] },
    ].filter(Boolean);
  }

  #put(charts, { from, to }) {
    text(this.#span, `${clock(from * 1000)} to ${clock(to * 1000)} (${say.duration(to - from)})`);
    const select = (a, b) => this.#select(a, b);
    this.#charts.replaceChildren(...charts.map((one) => chart({ ...one, from, to, select })));
    if (!charts.length) this.#charts.append(make("p", { class: "quiet" }, "History has nothing of this time."));
    const points = (charts.find((one) => one.title === "Hit rate")?.lines[0].points ?? []).filter(([, value]) => value != null);
    const thin = Math.ceil(points.length / 60);
    this.#rows.replaceChildren(...points.filter((_, index) => index % thin === 0).map(([time, value]) =>
      make("tr", {}, make("td", {}, clock(time * 1000)), make("td", { class: "number" }, say.percent(value)))));
  }
}
