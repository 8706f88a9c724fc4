// Building elements. Text goes in by textContent only, so nothing from the API can become markup.
const SVG = "http://www.w3.org/2000/svg";

/** An HTML element: `el("p", { class: "x" }, "text", child)`; lists are flattened, empty children left out. */
export const el = (name, attributes, ...children) =>
  fill(document.createElement(name), attributes, children);

/** An SVG element, likewise. */
export const svg = (name, attributes, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter(Boolean));
  return element;
}
