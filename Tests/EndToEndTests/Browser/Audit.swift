/// What tools such as axe look for, computed in the page: an expression that gives a list of faults, empty when there
/// is none.
let accessibilityAudit = #"""
  (() => {
    const faults = [];
    const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
    const name = (e) => (e.getAttribute("aria-label") ?? "") || e.textContent.trim()
      || [...(e.labels ?? [])].map((l) => l.textContent.trim()).join("");
    const what = (e) => `${e.tagName.toLowerCase()}.${e.getAttribute("class") ?? ""} "${e.textContent.trim().slice(0, 30)}"`;

    if (!document.documentElement.lang) faults.push("no language");
    if (!document.title) faults.push("no title");
    for (const [count, selector] of [[1, "main"], [1, "h1"], [1, "body > header"], [1, "body > footer"]])
      if (document.querySelectorAll(selector).length !== count) faults.push(`not one ${selector}`);
    for (const e of document.querySelectorAll("a[href], button, input, summary, nav, section"))
      if (shown(e) && !name(e) && !e.getAttribute("aria-labelledby")) faults.push(`no name: ${what(e)}`);
    for (const e of document.querySelectorAll("[aria-labelledby]"))
      if (!document.getElementById(e.getAttribute("aria-labelledby"))) faults.push(`label is missing: ${what(e)}`);
    for (const e of document.querySelectorAll("svg"))
      if (!(e.getAttribute("role") === "img" && e.getAttribute("aria-label"))) faults.push("a chart without a label");
    for (const e of document.querySelectorAll("table"))
      if (!e.caption || e.querySelector("thead th:not([scope])")) faults.push(`table without caption or scopes`);
    for (const e of document.querySelectorAll("[tabindex]")) if (e.tabIndex > 0) faults.push(`tab order: ${what(e)}`);
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    if (new Set(ids).size !== ids.length) faults.push("an id is used twice");
    let level = 0;
    for (const e of document.querySelectorAll("h1, h2, h3, h4")) {
      if (!shown(e)) continue;
      if (Number(e.tagName[1]) > level + 1) faults.push(`heading level skipped: ${what(e)}`);
      level = Number(e.tagName[1]);
    }

    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const channels = (color) => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = color;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const over = (top, ground) => [0, 1, 2].map((i) => top[i] * top[3] + ground[i] * (1 - top[3]));
    const ground = (e) => {
      if (!e) return [255, 255, 255];
      const own = channels(getComputedStyle(e).backgroundColor);
      return own[3] >= 0.999 ? own.slice(0, 3) : over(own, ground(e.parentElement));
    };
    const light = (color) => {
      const [r, g, b] = color.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let texts = 0;
    for (let node; (node = walker.nextNode()); ) {
      const e = node.parentElement;
      if (!node.data.trim() || !shown(e)) continue;
      texts += 1;
      if (!e.closest("main, header, footer, nav, a.skip, [role=alert]")) faults.push(`outside of landmarks: ${what(e)}`);
      const behind = ground(e);
      let opacity = 1;
      for (let p = e; p; p = p.parentElement) opacity *= Number(getComputedStyle(p).opacity);
      const color = channels(getComputedStyle(e).color);
      color[3] *= opacity;
      const [a, b] = [light(over(color, behind)), light(behind)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)}: ${what(e)}`);
    }
    if (texts < 20) faults.push(`only ${texts} texts were looked at`);
    return [...new Set(faults)];
  })()
  """#

/// Elements that reach beyond the right edge of the window, but for what scrolls inside of its own box.
let overflowAudit = #"""
  (() => {
    const wide = [...document.body.querySelectorAll("*")].filter((e) =>
      e.getBoundingClientRect().right > innerWidth + 0.5 && !e.parentElement.closest(".scroll") && !e.closest("svg"));
    const scrolling = document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : [];
    return [...scrolling, ...wide.map((e) => `${e.tagName}.${e.className} ${e.textContent.slice(0, 30)}`)];
  })()
  """#
