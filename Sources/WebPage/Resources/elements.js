// Elements of the page. What comes from outside becomes text by textContent and attributes by setAttribute alone, so no
// name can become markup.

/// An element with attributes and children; strings become text.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value != null) element.setAttribute(name, value);
  element.append(...children.filter((child) => child != null));
  return element;
}

export function draw(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/// Replaces the text only where it differs: nothing flickers, and a screen reader hears changes only.
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

export function attribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/// Keeps `parent`'s children in step with `items`, by key: made once, moved only when the order changes.
export function reconcile(parent, items, key, create, update) {
  const known = parent.known ?? (parent.known = new Map());
  const seen = new Set();
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let element = known.get(name);
    if (!element) known.set(name, (element = create(item)));
    seen.add(name);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
    update(element, item);
  }
  for (const [name, element] of known) {
    if (!seen.has(name)) { known.delete(name); element.remove(); }
  }
}

/// Terms and what they are, in a definition list.
export function pairs(list, all) {
  reconcile(list, all, ([term]) => term, ([term]) => make("div", {}, make("dt", {}, term), make("dd")),
    (pair, [, value]) => text(pair.lastElementChild, value));
}

export function statusMark() {
  return make("span", { class: "status" }, make("span", { class: "dot", "aria-hidden": "true" }), make("span"));
}

export function setStatus(mark, status) {
  attribute(mark, "data-status", status);
  text(mark.lastElementChild, status);
}
