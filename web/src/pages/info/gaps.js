// Missing hours, and values rejected by quality checks.
import { el } from "../../core/dom.js";
import { HOUR_MS, clockOf, dateTime, dayOf, monthDay } from "../../core/kst.js";
import { count } from "../../core/numbers.js";
import { figures, help } from "../parts.js";
import { variableName } from "./variables.js";

const SHOWN = 12;
// Units as the KMA names them, where its name is not readable.
const UNITS = { degrees: "°", tenths: "/10", "10 m": "×10\u00a0m" };

/** Ranges of hours without a row, the newest first. */
export function missingRanges(missing, t) {
  if (missing.length === 0) return help(t.quality.missingNone);
  return [
    el("ul", { class: "lines" }, missing.slice(-SHOWN).reverse().map(([from, to]) => el("li", {}, rangeSpan(from, to, t)))),
    missing.length > SHOWN && help(t.quality.missingMore(missing.length - SHOWN)),
  ];
}

function rangeSpan(from, to, t) {
  const hours = Math.round((Date.parse(to) - Date.parse(from)) / HOUR_MS) + 1;
  return [hours === 1 ? dateTime(from, t) : `${dateTime(from, t)} – ${dateTime(to, t)}`, ` (${t.quality.hoursCount(count(hours, t))})`];
}

/** Rejected values, each as sent and with the reason, the newest first. */
export function maskedValues({ masked, masked_total: total, variables }, t) {
  if (total === 0) return help(t.quality.maskedNone);
  const shown = masked.slice(-SHOWN).reverse();
  return [
    help(t.quality.maskedHelp),
    figures(t.quality.maskedTitle, [t.time, t.quality.item, t.quality.sent, t.why],
      shown.map(({ time, variable, sent, reason }) => [
        `${monthDay(dayOf(time))} ${clockOf(time)}`,
        variableName(variable, t),
        sentText(sent, variables[variable]?.unit ?? "", t),
        t.quality.reason[reason] ?? reason,
      ])),
    total > shown.length && help(t.quality.maskedMore(count(shown.length, t), count(total, t))),
  ];
}

function sentText(sent, unit, t) {
  if (sent === null) return t.noValue;
  if (typeof sent === "string") return `“${sent}”`;
  return `${String(sent).replace("-", "−")}\u00a0${UNITS[unit] ?? unit}`;
}
