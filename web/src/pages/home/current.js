// The last observed hour, when the forecast was updated and from what.
import { el } from "../../core/dom.js";
import { HOUR_MS, clockOf, dateTime, dayOf, dayText, hourOf, hoursSince } from "../../core/kst.js";
import { percent } from "../../core/numbers.js";
import { TARGETS } from "../parts.js";
import { isOnReadersClock, relativeDay } from "./days.js";
import { withUnit } from "./hours.js";

const CC_BY = "https://creativecommons.org/licenses/by/4.0/";
// An observation is out some minutes past its hour; beyond this its age says more than its clock.
const OLD_HOURS = 2;
const DAY_AHEAD = 23; // place of the hour 24 hours ahead

/**
 * The card of `/api/current` (null: none) and of the forecast's `sources` and `guidance_reasons`; `ahead` are the hours of
 * `hoursOf`. Nothing where the API knows neither, nor in a simulation: the hot and dry weather rests on none of them.
 */
export function currentCard({ current, forecast }, ahead, now, t) {
  if (forecast.source === "simulation" || (!current && !forecast.sources)) return null;
  return el("section", { class: "card current", id: "current", "aria-label": t.currentLabel },
    current && observed(current, forecast, now, t),
    el("div", { class: "current-forecast" },
      current && ageOf(current, forecast, now) > OLD_HOURS && expectedNow(ahead, t),
      forecast.sources && el("p", {}, updatedText(forecast, now, t)),
      guidanceReasons(forecast, t).map((text) => el("p", { "data-notice": "guidance" }, text))));
}

const ageOf = ({ time, age_minutes: minutes }, forecast, now) => (isOnReadersClock(forecast, now) ? hoursSince(time, now) : minutes / 60);

function observed(current, forecast, now, t) {
  const { time, provisional } = current;
  const age = ageOf(current, forecast, now);
  return [
    el("p", { class: "current-when" },
      el("span", {}, t.observedAt(t.dayHour(hourOf(time)), nameOfDay(time, forecast, now, t))),
      provisional && el("span", { class: "tag tag-plain" }, t.provisional),
      age > OLD_HOURS && el("span", { class: "current-age" }, t.ago(t.age(age)))),
    el("p", { class: "current-values" },
      TARGETS.map((quantity) => el("b", { class: `current-${quantity.name}` },
        el("span", { class: "visually-hidden" }, `${t[quantity.name]} `), withUnit(current[quantity.field], quantity)))),
  ];
}

/** The forecast of the present hour, which says more than an old observation. */
function expectedNow(hours, t) {
  const hour = hours.find(({ isNow, observed: past }) => isNow && !past);
  return hour && el("p", { class: "current-expected" },
    t.expectedNow(...TARGETS.map((quantity) => withUnit(hour[quantity.name].value, quantity))));
}

/** `어제`, a date, or "" for today. */
function nameOfDay(time, forecast, now, t) {
  const name = relativeDay(dayOf(time), forecast, now, t);
  return name === t.relative.today ? "" : t.withinText(name) || dayText(dayOf(time), t.locale, "short");
}

/** `5분 전 갱신 · 관측 10시까지 + 기상청 단기예보 08시 발표`. */
function updatedText(forecast, now, t) {
  const { issued_at: issued, origin } = forecast;
  const when = (time) => [nameOfDay(time, forecast, now, t), t.clockHour(clockOf(time).slice(0, 2))].filter(Boolean).join(" ");
  const updated = isOnReadersClock(forecast, now) ? t.updated(agoText(hoursSince(issued, now), t)) : t.updatedAt(dateTime(issued, t));
  return [
    `${updated} · ${t.observedUntil(when(origin))}`,
    guidanceOf(forecast).map((source) => [` + ${t.publishedAt(guidanceName(source, t), when(source.issued_at))}`, licence(source)]),
  ];
}

// Open-Meteo's data are under CC BY, which asks for a link to its terms.
const licence = ({ name, simulated }) => name === "open_meteo" && !simulated && [" (", el("a", { href: CC_BY, rel: "noreferrer" }, "CC BY 4.0"), ")"];

const agoText = (hours, t) => {
  const minutes = Math.floor((hours * HOUR_MS) / 60_000);
  if (minutes < 1) return t.justNow;
  return t.ago(minutes < 60 ? t.minutes(minutes) : t.age(hours));
};

/** The published forecasts that the forecast uses at any lead. */
export const guidanceOf = ({ sources = [] }) =>
  sources.filter(({ name, share }) => name !== "station_model" && Object.values(share).flat().some((part) => part > 0));

export const guidanceName = ({ name, simulated }, t) => (simulated ? t.simulatedGuidance : (text) => text)(t.guidance[name] ?? name);

/** A published forecast and its share a day ahead, for the list of what the forecast is made from. */
export const guidanceText = (source, t) => [
  t.publishedAt(guidanceName(source, t), dateTime(source.issued_at, t)),
  el("span", { class: "fact-more" }, t.guidanceShare(...TARGETS.map(({ target }) => percent(source.share[target][DAY_AHEAD])))),
];

/** Why published forecasts or live observations are missing, in words; a reason this page does not know in general ones. */
export const guidanceReasons = ({ guidance_reasons: codes = [] }, t) =>
  [...new Set(codes.map((code) => t.guidanceReason[code] ?? t.guidanceReason.other))];
