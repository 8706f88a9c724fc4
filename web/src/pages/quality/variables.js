// How complete each variable is: bars, and apart from them those that are often empty for good reason.
import { el } from "../../core/dom.js";
import { bar, completeness, count } from "../parts.js";

// The KMA sends these only when there is something to measure (docs/contracts.md).
const SPARSE = new Set(["rn", "ss", "icsr", "dsnw"]);

export const usualVariables = (variables) => Object.entries(variables).filter(([name]) => !SPARSE.has(name));
export const sparseVariables = (variables) => Object.entries(variables).filter(([name]) => SPARSE.has(name));

export const variableName = (name, t) => (Object.hasOwn(t.quality.variable, name) ? t.quality.variable[name] : name);

export const variableBars = (entries, t) =>
  el("ul", { class: "bars" }, entries.map(([name, quality]) =>
    el("li", { class: `bar-row bar-${levelOf(name, quality)}`, "data-variable": name },
      el("span", { class: "bar-name" }, variableName(name, t)),
      bar(quality.completeness),
      el("span", { class: "bar-value" }, completeness(quality.completeness)),
      notes(quality, t))));

// As /health judges it: less than 95 % is worth a look.
const levelOf = (name, { completeness: share }) => (SPARSE.has(name) ? "sparse" : share < 0.95 ? "low" : "good");

function notes({ absent, masked }, t) {
  const texts = [absent > 0 && t.quality.absent(count(absent, t)), masked > 0 && t.quality.masked(count(masked, t))].filter(Boolean);
  return texts.length > 0 && el("span", { class: "bar-note" }, texts.join(" · "));
}
