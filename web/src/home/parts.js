// The home page's parts as elements. Everything from the API enters as text (dom.js).
import { el, svg } from "../core/dom.js";
import { clockOf, dayText, dayOf, hoursSince } from "../core/kst.js";
import { degradedText, sourceText } from "../text.js";
import { daysToShow, isLate, isOnReadersClock } from "./days.js";
import { drawFace } from "./faces.js";
import { QUANTITIES, number, rangeText, withUnit } from "./hours.js";

const [TEMPERATURE, HUMIDITY] = QUANTITIES;

/** The cards of the days, the reader's first one large. `days` are an advice's. */
export function dayCards(days, forecast, now, t) {
  const shown = daysToShow(days, forecast, now);
  const cards = shown.map((day, order) => dayCard(day, order === 0, t));
  const onlyTodayLeft = shown.length === 1 && shown[0].relative === "today";
  return onlyTodayLeft ? [...cards, el("p", { class: "card day-none" }, t.noTomorrow)] : cards;
}

function dayCard(day, large, t) {
  const { mood } = day;
  return el("article", { class: `card day ${large ? "day-large" : "day-small"} mood-${mood}`, "data-date": day.date, "data-mood": mood, "data-water": String(day.needs_water) },
    drawFace(mood, t.face[mood]),
    el("div", { class: "day-text" },
      el("p", { class: "day-when" },
        relativeText(day, t) && el("strong", {}, relativeText(day, t)),
        el("span", {}, dayText(day.date, t.locale))),
      el("h2", { class: "day-verdict" }, verdictIcon(day), verdictOf(day, t)),
      adviceOf(day, t) && el("p", { class: "day-advice" }, unbroken(adviceOf(day, t)))),
    el("ul", { class: "day-reasons", "aria-label": t.why }, reasonsOf(day, t).map((reason) => el("li", {}, unbroken(reason)))),
    el("dl", { class: "day-facts" },
      fact(t.temperature, rangeText(day.temperature_min, day.temperature_max, TEMPERATURE), TEMPERATURE.unit),
      fact(t.humidity, rangeText(day.humidity_min, day.humidity_max, HUMIDITY), HUMIDITY.unit)));
}

const relativeText = (day, t) => (day.relative && Object.hasOwn(t.relative, day.relative) ? t.relative[day.relative] : "");

const fact = (name, value, unit) =>
  el("div", {}, el("dt", {}, name), el("dd", {}, value, el("span", { class: "unit" }, unit)));

/** What to do in three words: by what ails the plant, and whether water helps. */
export function verdictOf(day, t) {
  const texts = t.verdict[day.mood];
  return day.needs_water ? texts.water : texts.ok;
}

const inLanguage = (object, name, t) => String(object[`${name}_${t.language}`] ?? "");

const adviceOf = (day, t) => inLanguage(day, "advice", t);

/** Why: what holds; on a calm day the one thing that comes nearest. */
function reasonsOf(day, t) {
  const active = day.conditions.filter((condition) => condition.active);
  const nearest = [...day.conditions].sort((one, other) => (other.probability ?? 0) - (one.probability ?? 0)).slice(0, 1);
  return (active.length > 0 ? active : nearest).map((condition) => inLanguage(condition, "reason", t)).filter(Boolean);
}

// A value and its unit stay on one line, and a minus is one.
const unbroken = (text) => text.replace(/(\d) (?=[°%k])/g, "$1\u00a0").replace(/(^|\s)-(?=\d)/g, "$1\u2212");

function verdictIcon(day) {
  const drop = svg("path", { d: "M12 2.5 C13.5 6.5 19 10.5 19 15 A7 7 0 0 1 5 15 C5 10.5 10.5 6.5 12 2.5 Z" });
  const tick = [svg("circle", { cx: 12, cy: 12, r: 10 }), svg("path", { class: "tick", d: "M7.5 12.5 l3 3 l6 -6.5" })];
  const mark = [svg("path", { d: "M12 2.8 L22.5 21 H1.5 Z" }), svg("path", { class: "tick", d: "M12 9.5 v5 M12 17.6 v.4" })];
  const content = day.mood === "happy" ? tick : day.needs_water && day.mood !== "cold" ? drop : mark;
  return svg("svg", { class: "verdict-icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, content);
}

/** One sentence for screen readers when a forecast arrives. */
export function spokenSummary(days, forecast, now, t, station) {
  const texts = daysToShow(days, forecast, now)
    .map((day) => `${relativeText(day, t) || dayText(day.date, t.locale)}: ${adviceOf(day, t) || verdictOf(day, t)}`);
  return t.summary(station, texts.join(" "));
}

/** What the reader should know before trusting the numbers: simulated, old, degraded, parts that are missing. */
export function notices(data, now, t) {
  const { forecast } = data;
  const list = [];
  const add = (name, warns, text) => list.push(el("div", { class: warns ? "notice notice-warn" : "notice", "data-notice": name }, el("p", {}, text)));
  const issued = [forecast, data.advice ?? forecast].find((one) => isLate(one, now));
  if (issued) add("stale", true, isOnReadersClock(issued, now) ? t.stale(t.age(hoursSince(issued.issued_at, now))) : t.staleAdvice);
  const reasons = reasonCodes(forecast);
  if (forecast.status === "degraded" || reasons.length > 0) {
    add("degraded", false, [t.degraded, ...reasons.map((code) => degradedText(t, code))].join(" "));
  }
  if (data.advice === null) add("no-advice", true, t.noAdvice);
  if (data.observations === null) add("no-observations", false, t.noObservations);
  return list;
}

const reasonCodes = (forecast) => (Array.isArray(forecast.degraded_reasons) ? forecast.degraded_reasons.map(String) : []);

/** The numbers of the picked hour, above the chart. */
export function readout(hour, quantities, t) {
  return [
    el("p", { class: "readout-when" }, el("span", {}, hour.dayName), " ", el("strong", {}, t.hour(hour.hour)),
      hour.isNow && el("span", { class: "readout-now" }, t.now),
      el("span", { class: "readout-kind" }, hour.observed ? t.observed : t.expected)),
    ...quantities.map((quantity) => {
      const { value, low, high, reached } = hour[quantity.name];
      return el("p", { class: `readout-value readout-${quantity.name}` },
        el("span", { class: "readout-name" }, t[quantity.name]),
        el("strong", {}, withUnit(value, quantity), reached && el("span", { class: "readout-mark", title: t.limit }, " ●")),
        low !== null && high !== null && el("span", { class: "readout-range" }, `${t.range} `, el("span", {}, rangeText(low, high, quantity))));
    }),
  ];
}

/** Rows of the hour-by-hour table, one body for each day; the observed hours come first. */
export function hourTable(hours, quantities, t) {
  const heads = [t.time, ...quantities.flatMap((quantity) =>
    quantity.name === "dryness" ? [`${t.drynessShort}${quantity.unit}`] : [`${t[`${quantity.name}Short`]}${quantity.unit}`, t.range])];
  const bodies = [...new Set(hours.map((hour) => hour.day))].map((day) => {
    const rows = hours.filter((hour) => hour.day === day);
    return el("tbody", {},
      el("tr", { class: "table-day" }, el("th", { colspan: heads.length, scope: "rowgroup" }, dayHeading(rows[0], t))),
      rows.map((hour) => el("tr", { "data-time": hour.time, "data-observed": String(hour.observed) },
        el("th", { scope: "row" }, t.hour(hour.hour), hour.observed && el("span", { class: "table-kind" }, ` ${t.observed}`)),
        quantities.flatMap((quantity) => cells(hour[quantity.name], quantity)))));
  });
  return [
    el("caption", {}, t.tableCaption),
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    ...bodies,
  ];
}

function dayHeading({ day, dayName }, t) {
  const date = dayText(day, t.locale, "short");
  return dayName === date ? date : `${dayName} · ${date}`;
}

function cells({ value, low, high, reached }, quantity) {
  const mean = el("td", { class: reached ? "is-reached" : null }, reached && "● ", number(value, quantity));
  return quantity.name === "dryness" ? [mean] : [mean, el("td", { class: "table-range" }, rangeText(low, high, quantity))];
}

/** What changed lately for the chosen plant, the newest first. `alerts` is null when it could not be had, undefined before. */
export function changes(alerts, plant, t) {
  if (!alerts) return [el("p", { class: "soft" }, alerts === null ? t.noAlerts : t.loading)];
  const recent = alerts.notices.filter((notice) => notice.profile === plant).slice(0, 4);
  if (recent.length === 0) return [el("p", { class: "soft" }, t.noChanges)];
  return [el("ul", { class: "changes" }, recent.map((notice) => {
    const moment = String(notice.created_at);
    return el("li", {},
      drawFace(Object.hasOwn(t.face, notice.mood) ? notice.mood : "unknown", ""),
      el("span", {},
        el("span", { class: "soft" }, `${dayText(dayOf(moment), t.locale, "short")} ${clockOf(moment)} · ${t.noticeStatus[notice.status] ?? notice.status}`),
        el("strong", {}, t.face[notice.mood] ?? String(notice.mood))));
  }))];
}

/** Where the forecast comes from. */
export function aboutList(forecast, t) {
  const moment = (time) => `${dayText(dayOf(time), t.locale, "short")} ${clockOf(time)}`;
  const hours = forecast.history_hours;
  const degraded = forecast.status === "degraded";
  const codes = reasonCodes(forecast).map((code) => degradedText(t, code)).join(" ");
  const rows = [
    ["data", t.data, sourceText(t, String(forecast.source)).about],
    ["issued", t.issued, moment(forecast.issued_at)],
    ["origin", t.origin, moment(forecast.origin)],
    ["history", t.history, !Number.isFinite(hours) ? "–" : hours < 48 ? t.historyHours(hours) : t.historyDays(Math.floor(hours / 24))],
    ["models", t.modelsUsed, modelText(forecast.models, t)],
    ["state", t.state, degraded ? `${t.stateDegraded}. ${codes}` : t.stateOk],
  ];
  return rows.map(([key, name, value]) => el("div", { "data-fact": key }, el("dt", {}, name), el("dd", {}, value)));
}

function modelText(models, t) {
  const texts = (model) => (Object.hasOwn(t.kind, model?.kind ?? "") ? t.kind[model.kind] : String(model?.kind ?? "–"));
  return [[t.temperature, models?.ta], [t.humidity, models?.hm]]
    .map(([name, model]) => `${name} ${texts(model)}`)
    .join(" · ");
}
