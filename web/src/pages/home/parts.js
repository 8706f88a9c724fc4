// The home page's days, notices and lists.
import { el, svg } from "../../core/dom.js";
import { dateTime, dayText, hoursSince } from "../../core/kst.js";
import { TARGETS, face, facts, localized } from "../parts.js";
import { guidanceOf, guidanceText } from "./current.js";
import { daysToShow, isOnReadersClock, isStale, relativeDay } from "./days.js";
import { rangeText } from "./hours.js";

const [TEMPERATURE, HUMIDITY] = TARGETS;

/** The cards of the days, the reader's first one large. `days` are an advice's. */
export function dayCards(days, forecast, now, t) {
  const shown = daysToShow(days, forecast, now);
  const names = shown.map((day) => relativeDay(day.date, forecast, now, t));
  const cards = shown.map((day, order) => dayCard(day, names[order], order === 0, t));
  return names.join() === t.relative.today ? [...cards, el("p", { class: "card day-none" }, t.noTomorrow)] : cards;
}

const dayCard = (day, name, large, t) =>
  el("article", { class: `card day ${large ? "day-large" : "day-small"} mood-${day.mood}`, "data-date": day.date, "data-mood": day.mood, "data-water": String(day.needs_water) },
    face(day.mood, t.face[day.mood]),
    el("div", { class: "day-text" },
      el("p", { class: "day-when" }, name && el("strong", {}, name), el("span", {}, dayText(day.date, t.locale))),
      el("h2", { class: "day-headline" }, headlineIcon(day), headlineOf(day, t)),
      el("p", { class: "day-advice" }, unbroken(localized(day, "advice", t)))),
    el("ul", { class: "day-reasons", "aria-label": t.why }, reasonsOf(day, t).map((reason) => el("li", {}, unbroken(reason)))),
    el("dl", { class: "day-facts" },
      fact(t.temperature, rangeText(day.temperature_min, day.temperature_max, TEMPERATURE), TEMPERATURE.unit),
      fact(t.humidity, rangeText(day.humidity_min, day.humidity_max, HUMIDITY), HUMIDITY.unit)));

const fact = (name, value, unit) =>
  el("div", {}, el("dt", {}, name), el("dd", {}, value, el("span", { class: "unit" }, unit)));

/** What to do in short: by what troubles the plant, and whether water helps. */
const headlineOf = (day, t) => t.headline[day.mood][day.needs_water ? "water" : "ok"];

/** The active conditions; on a calm day the most probable one. */
function reasonsOf({ conditions }, t) {
  const active = conditions.filter((condition) => condition.active);
  const nearest = [...conditions].sort((one, other) => other.probability - one.probability).slice(0, 1);
  return (active.length > 0 ? active : nearest).map((condition) => localized(condition, "reason", t));
}

// A value and its unit stay on one line, and a minus is one.
const unbroken = (text) => text.replace(/(\d) (?=[°%k])/g, "$1\u00a0").replace(/(^|\s)-(?=\d)/g, "$1\u2212");

function headlineIcon(day) {
  const drop = svg("path", { d: "M12 2.5 C13.5 6.5 19 10.5 19 15 A7 7 0 0 1 5 15 C5 10.5 10.5 6.5 12 2.5 Z" });
  const tick = [svg("circle", { cx: 12, cy: 12, r: 10 }), svg("path", { class: "tick", d: "M7.5 12.5 l3 3 l6 -6.5" })];
  const mark = [svg("path", { d: "M12 2.8 L22.5 21 H1.5 Z" }), svg("path", { class: "tick", d: "M12 9.5 v5 M12 17.6 v.4" })];
  const content = day.mood === "happy" ? tick : day.needs_water && day.mood !== "cold" ? drop : mark;
  return svg("svg", { class: "headline-icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, content);
}

/** What the reader should know before trusting the numbers: an old or degraded forecast, missing parts. */
export function notices({ forecast, advice, observations }, now, t) {
  const notice = (name, warns, text) => el("div", { class: warns ? "notice notice-warn" : "notice", "data-notice": name }, el("p", {}, text));
  const stale = isStale(forecast, now);
  const age = isOnReadersClock(forecast, now) ? t.stale(t.age(hoursSince(forecast.issued_at, now))) : t.staleAdvice;
  return [
    stale && notice("stale", true, age),
    forecast.status === "degraded" && notice("degraded", false, [t.degraded, reasonsText(forecast, t)].join(" ")),
    advice === null && notice("no-advice", true, t.noAdvice),
    observations === null && notice("no-observations", false, t.noObservations),
  ];
}

const reasonsText = (forecast, t) => forecast.degraded_reasons.map((code) => t.degradedReason[code] ?? code).join(" ");

/** The latest notices of the chosen plant. `alerts` is null when the API failed, undefined before it answered. */
export function changes(alerts, plant, t) {
  if (!alerts) return el("p", { class: "soft" }, alerts === null ? t.noAlerts : t.loading);
  const recent = alerts.notices.filter((notice) => notice.profile === plant).slice(0, 4);
  if (recent.length === 0) return el("p", { class: "soft" }, t.noChanges);
  return el("ul", { class: "changes" }, recent.map(({ mood, status, created_at: created }) =>
    el("li", {},
      face(mood),
      el("span", {},
        el("span", { class: "soft" }, `${dateTime(created, t)} · ${t.noticeStatus[status] ?? status}`),
        el("strong", {}, t.face[mood])))));
}

/** Where the forecast comes from. */
export function aboutList(forecast, t) {
  const hours = forecast.history_hours;
  return facts([
    [t.data, t.source[forecast.source]?.about ?? forecast.source],
    [t.issued, dateTime(forecast.issued_at, t)],
    ...guidanceOf(forecast).map((source) => [t.guidanceUsed, guidanceText(source, t)]),
    [t.origin, dateTime(forecast.origin, t)],
    [t.history, hours < 48 ? t.historyHours(hours) : t.historyDays(Math.floor(hours / 24))],
    [t.modelsUsed, `${t.temperature} ${modelText(forecast.models.ta, t)} · ${t.humidity} ${modelText(forecast.models.hm, t)}`],
    [t.state, [t.outcome[forecast.status], reasonsText(forecast, t)].filter(Boolean).join(". ")],
  ]);
}

const modelText = ({ kind }, t) => t.kind[kind] ?? kind;
