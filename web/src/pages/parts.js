// What the pages on forecasts, models, runs and data share: cards, choices, bars, tables, days in words.
import { el } from "../core/dom.js";
import { clockOf, dayText, dayOf } from "../core/kst.js";
import { fixed, percent } from "../core/numbers.js";
import { drawFace } from "../home/faces.js";

/** The page's name and what it is about. */
export const pageHead = (title, lead) =>
  el("header", { class: "page-head" }, el("h2", { id: "page-title" }, title), el("p", {}, lead));

/** A card with a heading; `id` names it for tests and screen readers. */
export const card = (id, title, ...children) =>
  el("section", { class: "card figure-card", id, "aria-labelledby": `${id}-title` }, el("h3", { id: `${id}-title` }, title), ...children);

/** Nothing there yet, and when there will be. */
export const nothingYet = ({ title, text }) =>
  el("section", { class: "card nothing-yet", "data-state": "nothing" }, el("div", { "aria-hidden": "true" }, drawFace("unknown", "")), el("h3", {}, title), el("p", {}, text));

/** One of a few, side by side: radio buttons underneath, so that keys and screen readers know it. */
export function choice({ name, label, options, chosen, onChoose }) {
  return el("fieldset", { class: "segments" },
    el("legend", { class: "visually-hidden" }, label),
    options.map(([value, text]) => {
      const input = el("input", { type: "radio", name, value, checked: value === chosen });
      input.addEventListener("change", () => onChoose(value));
      return el("label", {}, input, el("span", {}, text));
    }));
}

/** A bar filled from 0 to 1; the number beside it says the same to those who do not see it. */
export function bar(filled, kind = "") {
  const fill = el("span", { class: "bar-fill", hidden: !(filled > 0) });
  fill.style.width = `${Math.min(Math.max(filled, 0), 1) * 100}%`;
  return el("span", { class: `bar ${kind}`, "aria-hidden": "true" }, fill);
}

/** A table of figures: `rows` begin with their heading. */
export const figures = (caption, heads, rows) => groupedFigures(caption, heads, [[null, rows]]);

/** The same in groups `[name, rows]`. */
export const groupedFigures = (caption, heads, groups) =>
  el("table", { class: "figures" },
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    groups.map(([name, rows]) => el("tbody", {},
      name && el("tr", { class: "table-day" }, el("th", { colspan: heads.length, scope: "rowgroup" }, name)),
      rows.map(([head, ...cells]) => el("tr", {}, el("th", { scope: "row" }, head), cells.map((cell) => el("td", {}, cell)))))));

/** A table folded away beneath a chart. */
export const folded = (t, table) => el("details", { class: "table" }, el("summary", {}, t.tableTitle), table);

/** Names and values; an entry is `[name, value]`, and a value may be elements. */
export const facts = (entries) =>
  el("dl", { class: "facts" }, entries.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));

/** A mark and a word: the outcome of something, never by colour alone. */
export const tag = (kind, mark, word) =>
  el("span", { class: `tag tag-${kind}` }, el("span", { "aria-hidden": "true" }, mark), ` ${word}`);

/** Where the figures come from, as the API names it. */
export const attribution = (t, text) =>
  el("p", { class: "attribution" }, el("span", {}, t.attribution), ": ", el("span", { id: "attribution" }, String(text ?? "")));

/** `5월 30일 (금) 02:01`. */
export const moment = (time, t) => `${dayText(dayOf(time), t.locale, "short")} ${clockOf(time)}`;

/** `5/30 02:01`: for tables on narrow screens. */
export const shortMoment = (time) => `${monthDay(dayOf(time))} ${clockOf(time)}`;

/** `5/30`. */
export const monthDay = (day) => `${Number(day.slice(5, 7))}/${Number(day.slice(8, 10))}`;

/** `5월 30일`. */
export const monthAndDay = (day, t) =>
  new Intl.DateTimeFormat(t.locale, { timeZone: "UTC", month: "short", day: "numeric" }).format(Date.parse(`${day}T00:00Z`)).replaceAll(" ", "\u00a0");

/** A day with its year, for spans that may lie years back. */
export const fullDay = (day, t) =>
  new Intl.DateTimeFormat(t.locale, { timeZone: "UTC", dateStyle: t.language === "ko" ? "long" : "medium" }).format(Date.parse(`${day}T00:00Z`)).replaceAll(" ", "\u00a0");

/** A count with separators. */
export const count = (value, t) => (Number.isFinite(value) ? new Intl.NumberFormat(t.locale).format(value) : "–");

/** A share in per cent that no line break takes apart. */
export const share = (value, decimals) => percent(value, decimals).replace(" ", "\u00a0");

/** Completeness in per cent, to a tenth; complete only when nothing is missing. */
export function completeness(value) {
  if (value === 1) return "100\u00a0%";
  return value > 0.999 ? "99.9+\u00a0%" : share(value, value === 0 ? 0 : 1);
}

/** The API's text in the reader's language. */
export const localized = (document, name, t) => String(document[`${name}_${t.language}`] ?? "");

/** A temperature error in degrees, a humidity error in percentage points: per cent of per cent would mislead. */
export const errorText = (value, target, t, decimals = 1) =>
  target === "hm" ? t.record.points(fixed(value, decimals)) : `${fixed(value, decimals)}\u00a0°C`;
