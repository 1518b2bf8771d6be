// Words and numbers as people read them.

/// What comes first where things are sorted by how they do.
export const order = { unhealthy: 0, degraded: 1, unknown: 2, healthy: 3 };

export const say = {
  percent: (ratio) => (Number.isFinite(ratio) ? `${(ratio * 100).toFixed(1)} %` : "–"),
  count(value) {
    if (!Number.isFinite(value)) return "–";
    const sizes = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e5, "k"]];
    for (const [size, unit] of sizes) if (value >= size) return `${(value / (unit === "k" ? 1e3 : size)).toFixed(1)} ${unit}`;
    return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  },
  bytes(value) {
    if (!Number.isFinite(value)) return "–";
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0;
    while (value >= 1024 && unit < 4) [value, unit] = [value / 1024, unit + 1];
    return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
  },
  duration(seconds) {
    if (!Number.isFinite(seconds)) return "–";
    const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"], [1e-3, "ms"]];
    const [size, name] = units.find(([size]) => seconds >= size) ?? [1e-6, "µs"];
    const number = seconds / size;
    return `${seconds === 0 ? 0 : number >= 100 || Number.isInteger(number) ? Math.round(number) : number.toFixed(1)} ${seconds === 0 ? "s" : name}`;
  },
  /// A number of evidence, by the unit that its name ends in.
  evidence(name, value) {
    if (/_seconds$/.test(name)) return say.duration(value);
    if (/_bytes$/.test(name)) return say.bytes(value);
    if (/(rate|ratio|share|target|lower|upper|bound)s?$/.test(name) && value >= 0 && value <= 1) return say.percent(value);
    return Number.isInteger(value) ? say.count(value) : String(Number(value.toPrecision(3)));
  },
  code: (code) => code.replace(/_/g, " "),
  plural: (count, one) => `${say.count(count)} ${one}${count === 1 ? "" : "s"}`,
};

/// "12:03:05", with the date when it is not today's.
export function clock(time) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "–";
  const text = date.toLocaleTimeString([], { hour12: false });
  return date.toDateString() === new Date().toDateString() ? text : `${date.toLocaleDateString()} ${text}`;
}

/// "4 min", since a time until another.
export function age(since, now) {
  return say.duration(Math.max(0, Math.round((Date.parse(now) - Date.parse(since)) / 1000)));
}

/// The shortest window with lookups, of those named.
export const windowOf = (windows, names) => names.map((name) => windows?.[name]).find((window) => window?.hit_rate != null);
