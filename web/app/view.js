// The page's parts as elements. Everything that came from the API enters as text (dom.js).
import { daysToShow, faceOf, isStale } from "./advice.js";
import { el, svg } from "./dom.js";
import { drawFace } from "./faces.js";
import { QUANTITIES, number, rangeText, withUnit } from "./hours.js";
import { clockOf, dayInWords, dayOf, hoursSince, kstFromMoment } from "./kst.js";
import { degradedText, sourceText } from "./text.js";

const [TEMPERATURE, HUMIDITY] = QUANTITIES;

/** The cards of the days, the reader's first one large. */
export function dayCards(forecast, now, t) {
  const days = daysToShow(forecast, now);
  const cards = days.map((day, order) => dayCard(day, order === 0, t));
  const onlyTodayLeft = days.length === 1 && days[0].relative === "today";
  return onlyTodayLeft ? [...cards, el("p", { class: "card day-none" }, t.noTomorrow)] : cards;
}

function dayCard(day, large, t) {
  const mood = faceOf(day);
  const water = day.plant.state === "water";
  const relative = relativeText(day, t);
  return el("article", { class: `card day ${large ? "day-large" : "day-small"} mood-${mood}`, "data-date": day.date, "data-mood": mood },
    drawFace(mood, t.face[mood]),
    el("div", { class: "day-words" },
      el("p", { class: "day-when" },
        relative && el("strong", {}, relative),
        el("span", {}, dayInWords(day.date, t.locale))),
      el("h2", { class: "day-verdict" }, verdictIcon(water), t.verdict[day.plant.state])),
    el("ul", { class: "day-reasons", "aria-label": t.why }, reasonsOf(day, t).map((reason) => el("li", {}, reason))),
    el("dl", { class: "day-facts" },
      fact(t.temperature, rangeText(day.temperature_min, day.temperature_max, TEMPERATURE), TEMPERATURE.unit),
      fact(t.humidity, rangeText(day.humidity_min, day.humidity_max, HUMIDITY), HUMIDITY.unit)));
}

const relativeText = (day, t) => (day.relative && Object.hasOwn(t.relative, day.relative) ? t.relative[day.relative] : "");

const fact = (name, value, unit) =>
  el("div", {}, el("dt", {}, name), el("dd", {}, value, el("span", { class: "unit" }, unit)));

/** The API's reasons in the reader's language; the rule in words when it gives none. */
function reasonsOf(day, t) {
  const given = day.plant[t.locale.startsWith("ko") ? "reasons_ko" : "reasons_en"];
  if (Array.isArray(given) && given.length > 0) return given.map((reason) => unbroken(String(reason)));
  return [day.plant.state === "water" ? t.reached : t.calm];
}

// A value and its unit stay on one line.
const unbroken = (text) => text.replace(/(\d) (?=[°%])/g, "$1\u00a0");

const verdictIcon = (water) =>
  svg("svg", { class: "verdict-icon", viewBox: "0 0 24 24", "aria-hidden": "true" },
    water
      ? svg("path", { d: "M12 2.5 C13.5 6.5 19 10.5 19 15 A7 7 0 0 1 5 15 C5 10.5 10.5 6.5 12 2.5 Z" })
      : [svg("circle", { cx: 12, cy: 12, r: 10 }), svg("path", { class: "tick", d: "M7.5 12.5 l3 3 l6 -6.5" })]);

/** One sentence for screen readers when a forecast arrives. */
export function spokenSummary(forecast, now, t, station) {
  const days = daysToShow(forecast, now)
    .map((day) => `${relativeText(day, t) || dayInWords(day.date, t.locale)}: ${t.verdict[day.plant.state]}.`);
  return t.summary(station, days.join(" "));
}

/** What the reader should know before trusting the numbers: old, degraded, not refreshed. */
export function notices(forecast, now, t, unrefreshedSince) {
  const list = [];
  if (unrefreshedSince !== null) {
    list.push(el("div", { class: "notice notice-warn", "data-notice": "unrefreshed" },
      el("p", {}, t.refreshFailed(clockOf(kstFromMoment(unrefreshedSince)))), retryButton(t)));
  }
  if (isStale(forecast, now)) {
    const age = t.age(hoursSince(forecast.issued_at, now));
    list.push(el("div", { class: "notice notice-warn", "data-notice": "stale" }, el("p", {}, t.stale(age))));
  }
  const reasons = reasonCodes(forecast);
  if (forecast.status === "degraded" || reasons.length > 0) {
    list.push(el("div", { class: "notice", "data-notice": "degraded" },
      el("p", {}, t.degraded, reasons.map((code) => ` ${degradedText(t, code)}`))));
  }
  return list;
}

const reasonCodes = (forecast) => (Array.isArray(forecast.degraded_reasons) ? forecast.degraded_reasons.map(String) : []);

/** Loading, or why there is nothing to show. */
export function statePanel(state, t) {
  if (state.failure === null) {
    return [el("div", { class: "card state", "data-state": "loading" },
      el("div", { class: "spinner", "aria-hidden": "true" }), el("p", {}, t.loading))];
  }
  const { title, text } = t.failure[state.failure.kind];
  return [el("div", { class: "card state", "data-state": state.failure.kind },
    drawFace(state.failure.kind === "missing" ? "happy" : "cold", ""),
    el("h2", {}, title),
    el("p", {}, text),
    state.failure.detail && el("p", { class: "state-detail" }, state.failure.detail),
    retryButton(t))];
}

const retryButton = (t) => el("button", { type: "button", class: "button", "data-action": "retry" }, t.retry);

/** The numbers of the picked hour, above the chart. */
export function readout(hour, isNow, t) {
  return [
    el("p", { class: "readout-when" }, el("span", {}, hour.dayName), " ", el("strong", {}, t.hour(hour.hour)),
      isNow && el("span", { class: "readout-now" }, t.now)),
    ...QUANTITIES.map((quantity) => {
      const { mean, low, high, reached } = hour[quantity.name];
      return el("p", { class: `readout-value readout-${quantity.name}` },
        el("span", { class: "readout-name" }, t[quantity.name]),
        el("strong", {}, withUnit(mean, quantity), reached && el("span", { class: "readout-mark", title: t.limit }, " ●")),
        el("span", { class: "readout-range" }, `${t.range} `, rangeText(low, high, quantity)));
    }),
  ];
}

/** Rows of the hour-by-hour table, one body for each day. */
export function hourTable(hours, t) {
  const heads = [t.time, ...QUANTITIES.flatMap((quantity) => [`${t[`${quantity.name}Short`]}${quantity.unit}`, t.range])];
  const bodies = [...new Set(hours.map((hour) => hour.day))].map((day) => {
    const rows = hours.filter((hour) => hour.day === day);
    return el("tbody", {},
      el("tr", { class: "table-day" },
        el("th", { colspan: heads.length, scope: "rowgroup" }, dayHeading(rows[0], t))),
      rows.map((hour) => el("tr", { "data-time": hour.time },
        el("th", { scope: "row" }, t.hour(hour.hour)), QUANTITIES.flatMap((quantity) => cells(hour[quantity.name], quantity)))));
  });
  return [
    el("caption", {}, t.tableCaption),
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    ...bodies,
  ];
}

function dayHeading({ day, dayName }, t) {
  const date = dayInWords(day, t.locale, "short");
  return dayName === date ? date : `${dayName} · ${date}`;
}

const cells = ({ mean, low, high, reached }, quantity) => [
  el("td", { class: reached ? "is-reached" : null }, reached && "● ", number(mean, quantity)),
  el("td", { class: "table-range" }, rangeText(low, high, quantity)),
];

/** Where the forecast comes from. */
export function aboutList(forecast, t) {
  const moment = (time) => `${dayInWords(dayOf(time), t.locale, "short")} ${clockOf(time)}`;
  const hours = forecast.history_hours;
  const degraded = forecast.status === "degraded";
  const codes = reasonCodes(forecast).map((code) => degradedText(t, code)).join(" ");
  const rows = [
    ["data", t.data, sourceText(t, String(forecast.source)).about],
    ["issued", t.issued, moment(forecast.issued_at)],
    ["origin", t.origin, moment(forecast.origin)],
    ["history", t.history, !Number.isFinite(hours) ? "–" : hours < 48 ? t.historyHours(hours) : t.historyDays(Math.floor(hours / 24))],
    ["models", t.models, modelWords(forecast.models, t)],
    ["state", t.state, degraded ? `${t.stateDegraded}. ${codes}` : t.stateOk],
  ];
  return rows.map(([key, name, value]) => el("div", { "data-fact": key }, el("dt", {}, name), el("dd", {}, value)));
}

function modelWords(models, t) {
  const words = (model) => (Object.hasOwn(t.kind, model?.kind ?? "") ? t.kind[model.kind] : String(model?.kind ?? "–"));
  return [[t.temperature, models?.ta], [t.humidity, models?.hm]]
    .map(([name, model]) => `${name} ${words(model)}`)
    .join(" · ");
}
