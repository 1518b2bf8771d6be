// Charts in inline SVG: time runs to the right, holes in history stay holes.
import { clock, say } from "./say.js";
import { draw, make } from "./elements.js";

const [width, height] = [600, 120];

/// Asks for the history of one metric: `{ points, series }`, each point a time in seconds and a value or null; null when it has none.
export async function history(metric, subject, range, extra = {}) {
  const query = new URLSearchParams({ metric, target: subject.target, ...range, ...extra });
  if (subject.namespace != null) query.set("namespace", subject.namespace);
  const answer = await fetch(`/api/cache/series?${query}`, { cache: "no-store", signal: AbortSignal.timeout(7000) });
  return answer.ok ? answer.json() : null;
}

/// The path of points within a box, broken at holes.
function path(points, x, y) {
  let text = "", open = false;
  for (const [time, value] of points) {
    if (value == null) { open = false; continue; }
    text += `${open ? "L" : "M"}${x(time).toFixed(1)} ${y(value).toFixed(1)}${open ? "" : "h.5"}`;
    open = true;
  }
  return text;
}

const known = (points) => points.map(([, value]) => value).filter((value) => value != null);

/// The small line of a row, and what it says; nil without lookups enough to draw one.
export function spark(points, aim, seconds) {
  const values = known(points);
  if (values.length < 2) return null;
  const [first, last] = [points[0][0], points[points.length - 1][0]];
  const low = Math.max(0, Math.min(...values, aim ?? 1) - 0.05);
  const y = (value) => 30 - ((value - low) / (1 - low || 1)) * 28;
  const x = (time) => ((time - first) / (last - first || 1)) * 200;
  const span = `${say.percent(Math.min(...values))} to ${say.percent(Math.max(...values))}`;
  const svg = draw("svg", { class: "spark", viewBox: "0 0 200 32", preserveAspectRatio: "none", role: "img", "aria-label": `Hit rate in the last ${say.duration(seconds)}: from ${span}` });
  if (aim != null) svg.append(draw("line", { x1: 0, x2: 200, y1: y(aim), y2: y(aim) }));
  svg.append(draw("path", { d: path(points, x, y) }));
  return { svg, span };
}

/// A chart with axes: `lines` are `{ name, points }`, `form` writes a value, `aim` is a level to hold, `bounds` the value axis where
/// it is not 0 to the largest. `select(from, to)`, in seconds, is called when a stretch was drawn with the pointer.
export function chart({ title, lines, form, aim, bounds, from, to, select }) {
  const values = lines.flatMap((line) => known(line.points));
  const low = bounds ? bounds(values)[0] : 0;
  const high = bounds ? bounds(values)[1] : Math.max(...values, 0) * 1.05 || 1;
  const x = (time) => ((time - from) / (to - from)) * width;
  const y = (value) => height - 2 - ((value - low) / (high - low || 1)) * (height - 4);
  const says = lines.map((line) => {
    const own = known(line.points);
    return `${line.name} ${own.length ? `${form(Math.min(...own))} to ${form(Math.max(...own))}, at last ${form(own[own.length - 1])}` : "nothing"}`;
  }).join("; ");
  const svg = draw("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": `${title}: ${says}` });
  for (const part of [0.25, 0.5, 0.75]) svg.append(draw("line", { class: "grid", x1: 0, x2: width, y1: height * part, y2: height * part }));
  if (aim != null) svg.append(draw("line", { class: "aim", x1: 0, x2: width, y1: y(aim), y2: y(aim) }));
  lines.forEach((line, index) => svg.append(draw("path", { class: `line-${index % 5}`, d: path(line.points, x, y) })));
  const mark = draw("rect", { class: "selection", x: 0, y: 0, width: 0, height });
  svg.append(mark);
  const readout = make("span", { class: "readout quiet number" });
  const plot = make("div", { class: "plot" }, svg,
    make("span", { class: "high quiet number" }, form(high)), make("span", { class: "low quiet number" }, form(low)));
  point(plot, { lines, form, from, to, mark, readout, select });
  const legend = make("span", { class: "legend" }, ...lines.map((line, index) => make("span", { class: `key key-${index % 5}` }, line.name)));
  return make("figure", {}, make("figcaption", {}, make("strong", {}, title), legend, readout), plot,
    make("p", { class: "times quiet number" }, ...[from, (from + to) / 2, to].map((time) => make("span", {}, clock(time * 1000)))));
}

/// What the pointer is over is told; what it is drawn across is selected.
function point(plot, { lines, form, from, to, mark, readout, select }) {
  let start = null;
  const time = (event) => {
    const box = plot.getBoundingClientRect();
    return from + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (to - from);
  };
  const cover = (a, b) => {
    mark.setAttribute("x", ((Math.min(a, b) - from) / (to - from)) * width);
    mark.setAttribute("width", (Math.abs(a - b) / (to - from)) * width);
  };
  plot.addEventListener("pointerdown", (event) => { if (event.button === 0 && event.pointerType !== "touch") { start = time(event); plot.setPointerCapture(event.pointerId); } });
  plot.addEventListener("pointermove", (event) => {
    const now = time(event);
    if (start != null) cover(start, now);
    const told = lines.map((line) => {
      const point = line.points.reduce((best, one) => (one[1] != null && Math.abs(one[0] - now) < Math.abs((best?.[0] ?? Infinity) - now) ? one : best), null);
      return point && { at: point[0], text: `${line.name} ${form(point[1])}` };
    }).filter(Boolean);
    readout.textContent = told.length ? `${clock(told[0].at * 1000)}: ${told.map((one) => one.text).join(", ")}` : "";
  });
  plot.addEventListener("pointerup", (event) => {
    if (start == null) return;
    const [a, b] = [start, time(event)].sort((a, b) => a - b);
    start = null;
    cover(a, a);
    if (b - a > (to - from) / 100) select(a, b);
  });
  plot.addEventListener("pointercancel", () => { start = null; cover(from, from); });
  plot.addEventListener("pointerleave", () => { if (start == null) readout.textContent = ""; });
}
