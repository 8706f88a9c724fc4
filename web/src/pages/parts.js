// What the pages share: cards, choices, bars, tables, tags.
import { el } from "../core/dom.js";
import { fixed, percent } from "../core/numbers.js";

/** The two quantities that are forecast: their names in the API and in the texts; `bounds` are physical, an axis never leaves them. */
export const TARGETS = [
  { target: "ta", name: "temperature", field: "temperature_2m", unit: " °C", decimals: 1, colour: "--temperature" },
  { target: "hm", name: "humidity", field: "relative_humidity_2m", unit: " %", decimals: 0, colour: "--humidity", bounds: [0, 100] },
];

/** The plant's face (static/faces); `label` is its name for screen readers, "" where it only adorns. */
export const face = (mood, label = "") => el("img", { class: "face", src: `faces/${mood}.svg`, alt: label, width: 200, height: 200 });

/** The page's name and what it is about. */
export const pageHead = (title, lead) =>
  el("header", { class: "page-head" }, el("h2", { id: "page-title" }, title), el("p", {}, lead));

/** A card with a heading; `id` names it for tests and screen readers. */
export const card = (id, title, ...children) =>
  el("section", { class: "card", id, "aria-labelledby": `${id}-title` }, el("h3", { id: `${id}-title` }, title), ...children);

/** A part of a card with a heading of its own. */
export const part = (id, title, ...children) =>
  el("section", { class: "part", id, "aria-labelledby": `${id}-title` }, el("h4", { id: `${id}-title` }, title), ...children);

export const help = (text) => el("p", { class: "card-help" }, text);

/** No data yet, and when there will be. */
export const nothingYet = ({ title, text }) =>
  el("section", { class: "card state", "data-state": "nothing" }, face("unknown"), el("h3", {}, title), el("p", {}, text));

/** A choice of a few `[value, text]`: radio buttons side by side. */
export function choice({ name, label, options, chosen, onChoose }) {
  return el("fieldset", { class: "segments" },
    el("legend", { class: "visually-hidden" }, label),
    options.map(([value, text]) => {
      const input = el("input", { type: "radio", name, value, checked: value === chosen });
      input.addEventListener("change", () => onChoose(value));
      return el("label", {}, input, el("span", {}, text));
    }));
}

/** A bar filled from 0 to 1; hidden from screen readers, as the number stands beside it. */
export function bar(filled, kind = "") {
  const fill = el("span", { class: "bar-fill", hidden: !(filled > 0) });
  fill.style.width = `${Math.min(Math.max(filled, 0), 1) * 100}%`;
  return el("span", { class: `bar ${kind}`, "aria-hidden": "true" }, fill);
}

/** A named bar with its value; `attributes` of the row. */
export const barRow = (kind, attributes, name, filled, value, note) =>
  el("li", { class: `bar-row bar-${kind}`, ...attributes },
    el("span", { class: "bar-name" }, name), bar(filled), el("span", { class: "bar-value" }, value),
    note && el("span", { class: "bar-note" }, note));

/** A table; each row begins with its heading. */
export const figures = (caption, heads, rows) => groupedFigures(caption, heads, [[null, rows]]);

/** A table in groups `[name, rows]`. */
export const groupedFigures = (caption, heads, groups) =>
  el("table", { class: "figures" },
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    groups.map(([name, rows]) => el("tbody", {},
      name && el("tr", { class: "table-day" }, el("th", { colspan: heads.length, scope: "rowgroup" }, name)),
      rows.map(([head, ...cells]) => el("tr", {}, el("th", { scope: "row" }, head), cells.map((cell) => el("td", {}, cell)))))));

/** A table folded away beneath a chart. */
export const folded = (t, table) => el("details", { class: "table" }, el("summary", {}, t.tableTitle), table);

/** Names and values `[name, value]`; a value may be elements. */
export const facts = (entries, kind = "") =>
  el("dl", { class: `facts ${kind}` }, entries.filter(Boolean).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));

/** A mark and a text: the outcome of something, never by colour alone. */
export const tag = (kind, mark, text) =>
  el("span", { class: `tag tag-${kind}` }, el("span", { "aria-hidden": "true" }, mark), ` ${text}`);

/** Where the figures come from, as the API names it. */
export const attribution = (t, text) =>
  el("p", { class: "attribution" }, `${t.attribution}: `, el("span", { id: "attribution" }, text));

/** The API's text in the reader's language. */
export const localized = (document, name, t) => document[`${name}_${t.language}`] ?? "";

/** A temperature error in degrees, a humidity error in percentage points: per cent of per cent would mislead. */
export const errorText = (value, target, t, decimals = 1) => `${fixed(value, decimals)}\u00a0${target === "hm" ? t.points : "°C"}`;

/** A share of hours, to a tenth of a per cent. */
export const completeness = (share) => percent(share, share === 1 ? 0 : 1);

/** A skill with its sign: `+46 %`. */
export const skillText = (skill) => (skill === null ? "–" : `${skill < 0 ? "−" : "+"}${percent(Math.abs(skill))}`);
