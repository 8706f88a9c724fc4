// Missing hours, and values rejected by quality control.
import { el } from "../../core/dom.js";
import { count, figures, moment, shortMoment } from "../parts.js";
import { variableName } from "./variables.js";

const HOUR_MS = 3_600_000;
const SHOWN = 12;
// Units as the KMA names them, where its name is no unit to read.
const UNITS = { degrees: "°", tenths: "/10", "10 m": "×10\u00a0m" };

/** Ranges of hours without a row. */
export function missingRanges(missing, t) {
  if (missing.length === 0) return [el("p", { class: "card-help" }, t.quality.missingNone)];
  const newest = [...missing].reverse();
  return [
    el("ul", { class: "lines" }, newest.slice(0, SHOWN).map(([from, to]) => el("li", {}, rangeSpan(from, to, t)))),
    newest.length > SHOWN && el("p", { class: "card-help" }, t.quality.missingMore(newest.length - SHOWN)),
  ].filter(Boolean);
}

function rangeSpan(from, to, t) {
  const hours = Math.round((Date.parse(to) - Date.parse(from)) / HOUR_MS) + 1;
  return hours === 1 ? t.quality.missingOne(moment(from, t)) : t.quality.missingRange(moment(from, t), moment(to, t), count(hours, t));
}

/** Rejected values, each as sent and with the reason. */
export function maskedValues(report, t) {
  const { masked, masked_total: total, variables } = report;
  if (total === 0) return [el("p", { class: "card-help" }, t.quality.maskedNone)];
  const newest = [...masked].reverse();
  return [
    el("p", { class: "card-help" }, t.quality.maskedHelp),
    figures(t.quality.maskedCaption, [t.quality.time, t.quality.item, t.quality.sent, t.quality.why],
      newest.slice(0, SHOWN).map(({ time, variable, sent, reason }) => [
        shortMoment(time),
        variableName(variable, t),
        sentText(sent, variables[variable]?.unit, t),
        Object.hasOwn(t.quality.reason, reason) ? t.quality.reason[reason] : reason,
      ])),
    total > Math.min(SHOWN, newest.length) && el("p", { class: "card-help" }, t.quality.maskedMore(count(Math.min(SHOWN, newest.length), t), count(total, t))),
  ].filter(Boolean);
}

function sentText(sent, unit, t) {
  if (sent === null) return t.quality.noValue;
  if (typeof sent === "string") return `“${sent}”`;
  const texts = Object.hasOwn(UNITS, unit ?? "") ? UNITS[unit] : unit ?? "";
  return `${String(sent).replace("-", "−")}${texts.startsWith("°") && texts.length === 1 ? "" : "\u00a0"}${texts}`;
}
