// Observed and forecast hours as one path, an object an hour, and their table.
import { el } from "../../core/dom.js";
import { dayOf, dayText, hourOf, hoursSince, later } from "../../core/kst.js";
import { roundedHonestly } from "../../core/numbers.js";
import { TARGETS, groupedFigures } from "../parts.js";
import { isOnReadersClock, relativeDay } from "./days.js";
import { rainText, skyIcon, skyTexts } from "./sky.js";

const HOURS_BEFORE = 48; // as many observed hours as forecast ones

/** The air's dryness, for plants that have a limit of it. It comes with the advice: no target, so neither range nor past. */
export const DRYNESS = { name: "dryness", field: "vapour_pressure_deficit", unit: " kPa", decimals: 2, colour: "--dryness", bounds: [0, Infinity] };

/** The quantities with the limits of a plant (of `/api/plants`; null: unknown, no limits). */
export function quantitiesOf(plant) {
  const limitsOf = ({ field }) => (plant?.limits ?? []).filter((limit) => limit.variable === field);
  const shown = limitsOf(DRYNESS).length > 0 ? [...TARGETS, DRYNESS] : TARGETS;
  return shown.map((quantity) => ({ ...quantity, limits: limitsOf(quantity) }));
}

/**
 * `[{time, day, dayName, observed, isNow, temperature: {value, low, high, reached}, humidity: {…}, dryness?: {…}, sky, rain}]`:
 * the observed hours before the forecast's first, then the forecast's. Unknown values are null; `sky` is the KMA's code, `rain` the
 * probability of precipitation in per cent.
 */
export function hoursOf({ forecast, observations, advice }, quantities, now, t) {
  const first = forecast.hourly.time[0];
  // While the observations are on their way their place is kept, so that nothing moves when they arrive.
  const expected = Array.from({ length: HOURS_BEFORE }, (_, index) => later(first, index - HOURS_BEFORE));
  const past = observations === undefined ? { time: expected } : observations?.hourly ?? { time: [] };
  const before = past.time.filter((time) => Date.parse(time) < Date.parse(first)).slice(-HOURS_BEFORE);
  const lookup = (hourly) => {
    const places = new Map(hourly?.time.map((time, index) => [time, index]));
    return (field, time) => hourly?.[field]?.[places.get(time)] ?? null;
  };
  const [observedAt, advisedAt, forecastAt] = [past, advice?.hourly, forecast.hourly].map(lookup);
  const hour = (time, observed) => {
    const values = quantities.map((quantity) => {
      const value = (observed ? observedAt : quantity.target ? forecastAt : advisedAt)(quantity.field, time);
      const [low, high] = ["_p10", "_p90"].map((suffix) => forecastAt(quantity.field + suffix, time));
      return [quantity.name, { value, low, high, reached: reaches(value, quantity) }];
    });
    const day = dayOf(time);
    const dayName = relativeDay(day, forecast, now, t) || dayText(day, t.locale, "short");
    const isNow = isOnReadersClock(forecast, now) && Math.floor(hoursSince(time, now)) === 0;
    const [sky, rain] = ["sky", "precipitation_probability"].map((field) => (observed ? null : forecastAt(field, time)));
    return { time, day, dayName, observed, isNow, sky, rain, ...Object.fromEntries(values) };
  };
  return [...before.map((time) => hour(time, true)), ...forecast.hourly.time.map((time) => hour(time, false))];
}

const reaches = (value, { limits }) =>
  value !== null && limits.some((limit) => (limit.comparison === "at_least" ? value >= limit.threshold : value <= limit.threshold));

/** `24.9`, without unit; a dash where there is no value. */
export const number = (value, { decimals, limits = [] }) =>
  value === null ? "–" : roundedHonestly(value, decimals, limits.map((limit) => limit.threshold));

/** `24.9 °C`. */
export const withUnit = (value, quantity) => (value === null ? "–" : `${number(value, quantity)}${quantity.unit.replace(" ", "\u00a0")}`);

/** `23.1 – 26.2`, without unit; a dash where there is no range. */
export const rangeText = (low, high, quantity) =>
  low === null || high === null ? "–" : `${number(low, quantity)}\u00a0–\u00a0${number(high, quantity)}`;

/** The table of the hours, grouped by day. */
export function hourTable(hours, quantities, t) {
  const heads = quantities.flatMap(({ name, unit, target }) => [`${t[`${name}Short`]}${unit}`, ...(target ? [t.range] : [])]);
  const days = [...new Set(hours.map((hour) => hour.day))];
  const time = hours.some((hour) => skyTexts(hour, t).length > 0) ? `${t.time} · ${t.skyHead}` : t.time;
  return groupedFigures(t.tableCaption, [time, ...heads], days.map((day) => {
    const own = hours.filter((hour) => hour.day === day);
    return [dayHeading(own[0], t), own.map((hour) => tableRow(hour, quantities, t))];
  }));
}

function dayHeading({ day, dayName }, t) {
  const date = dayText(day, t.locale, "short");
  return dayName === date ? date : `${dayName} · ${date}`;
}

const tableRow = (hour, quantities, t) => [
  [t.hour(hourOf(hour.time)), hour.observed && el("span", { class: "table-kind" }, ` ${t.observed}`),
    el("span", { class: "table-sky" }, skyIcon(hour, t), hour.rain !== null && ` ${rainText(hour.rain)}`)],
  ...quantities.flatMap((quantity) => {
    const { value, low, high, reached } = hour[quantity.name];
    const text = number(value, quantity);
    return [reached ? el("b", { class: "is-reached" }, "● ", text) : text, ...(quantity.target ? [rangeText(low, high, quantity)] : [])];
  }),
];
