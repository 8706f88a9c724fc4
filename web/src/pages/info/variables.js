// How complete each variable is: bars, and apart from them those that are often empty for good reason.
import { el } from "../../core/dom.js";
import { count } from "../../core/numbers.js";
import { barRow, completeness } from "../parts.js";

// The KMA sends these only when there is something to measure (docs/contracts.md).
const SPARSE = new Set(["rn", "ss", "icsr", "dsnw"]);
// As /health: less is worth a look.
const LOW = 0.95;

/** The variables as entries, the sparse ones or the others. */
export const variablesThat = (areSparse, variables) => Object.entries(variables).filter(([name]) => SPARSE.has(name) === areSparse);

export const variableName = (name, t) => t.quality.variable[name] ?? name;

export const variableBars = (entries, t) =>
  el("ul", { class: "bars" }, entries.map(([name, { completeness: share, absent, masked }]) => {
    const level = SPARSE.has(name) ? "sparse" : share < LOW ? "low" : "good";
    const notes = [absent > 0 && t.quality.absent(count(absent, t)), masked > 0 && t.quality.masked(count(masked, t))];
    return barRow(level, { "data-variable": name }, variableName(name, t), share, completeness(share), notes.filter(Boolean).join(" · "));
  }));
